"""What is in the clusters of a plan, and how full they are."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, Any

from tenantry._options import of_type
from tenantry.plans import Cluster, Plan
from tenantry.plot._style import (
    Ground,
    Row,
    altair,
    counted,
    data,
    distinct,
    finished,
    heat,
    kept,
    listed,
    named,
    names_axis,
    short,
    shown,
    title,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from altair import FacetChart, LayerChart

    from tenantry.plans import ResourceUse

_INSTEAD: Mapping[type, str] = {str: "Plan.from_json(text)"}
MOST_BARS = 30
"""So many clusters have a bar each; more are counted in steps of 5 %."""
STEPS = 20
MOST_ROWS, MOST_COLUMNS = 30, 30
"""Of the matrix; the rest is one row and one column."""


def utilisation(plan: Plan, *, dark: bool = False) -> FacetChart:
    """How full the clusters of a plan are: requested over usable, a column for each resource.

    Up to 30 clusters have a bar each, the fullest first. Of more it is counted how many are how full, in steps of 5 %,
    with the median, each resource on a scale of its own. Resources that nobody requests, those without a limit, and
    those of which a cluster has none are named below the title.

    Args:
        plan: the plan.
        dark: draws on a dark ground.

    Raises:
        ImportError: Altair is not installed.
        NoPlanError: the plan has no clusters.
        TypeError: that is no plan.

    Example:
        >>> import tenantry
        >>> from tenantry import plot
        >>> plan = tenantry.plan(tenantry.Fleet.load("examples/acme.yaml"))
        >>> chart = plot.utilisation(plan)
        >>> [bars] = chart.to_dict()["datasets"].values()
        >>> len(bars) == 3 * len(plan.clusters)
        True
    """
    of_type(plan, Plan, "utilisation() takes a Plan", _INSTEAD)
    on = Ground(dark)
    rows: list[dict[str, Any]] = []
    below: list[str] = []
    unused: list[str] = []
    endless: Counter[str] = Counter()
    absent: Counter[str] = Counter()
    uses = [(cluster, _uses(cluster)) for cluster in plan.clusters]
    names = distinct(cluster.name for cluster, _ in uses)
    resources = sorted({name for _, of in uses for name in of}, key=_first_cpu)
    for name in resources:
        known = [(cluster, of[name]) for cluster, of in uses if name in of]
        if all(use.requested in ("0", "") for _, use in known):
            unused.append(name)
            continue
        for cluster, use in known:
            if use.utilisation is None:
                (endless if use.usable == "unlimited" else absent)[name] += 1
                continue
            share = use.utilisation
            # what somebody requests is not shown as nothing
            label = _share(share) if share >= 0.0005 or use.requested in ("0", "") else "≈0%"
            row = {"cluster": names[cluster.name], "resource": shown(name), "share": share, "label": label}
            rows.append({**row, "requested": shown(use.requested), "usable": shown(use.usable)})
    if unused:
        below.append(f"nobody requests {listed(unused, 6)}")
    for why, counts in (("without a limit", endless), ("none is there", absent)):
        texts = [f"{name} of {counted(count, 'cluster')}" for name, count in sorted(counts.items())]
        if texts:
            below.append(f"{why}, not shown: {listed(texts, 6)}")
    order = [shown(name) for name in resources if name not in unused]
    draw = _bars if len(uses) <= MOST_BARS else _steps
    made: FacetChart = draw(plan, rows, order, below, on)
    return made


def _uses(cluster: Cluster) -> Mapping[str, ResourceUse]:
    """By resource, those of dedicated pools by resource and pool."""
    pools = {f"{name} of {pool.name}": use for pool in cluster.pools for name, use in pool.resources.items()}
    return {**cluster.resources, **pools}


def _first_cpu(name: str) -> tuple[int, str]:
    known = ("cpu", "memory", "pods")
    return (known.index(name) if name in known else len(known), name)


def _bars(plan: Plan, rows: Sequence[Row], resources: Sequence[str], below: Sequence[str], on: Ground) -> Any:
    alt = altair()
    fullest: dict[str, float] = {}
    for row in rows:
        fullest[row["cluster"]] = max(fullest.get(row["cluster"], 0.0), row["share"])
    order = sorted(fullest, key=lambda cluster: (-fullest[cluster], cluster))
    base = alt.Chart().encode(
        y=alt.Y("cluster:N", sort=order, title=None, axis=names_axis()),
        x=alt.X("share:Q", title="requested / usable", scale=alt.Scale(domain=[0, 1.18]), axis=_percent()),
        tooltip=[
            alt.Tooltip("cluster:N"),
            alt.Tooltip("resource:N"),
            alt.Tooltip("share:Q", format=".1%", title="requested / usable"),
            alt.Tooltip("requested:N"),
            alt.Tooltip("usable:N"),
        ],
    )
    bars = base.mark_bar(color=on.main, height={"band": 0.7})
    texts = base.mark_text(align="left", dx=4, fontSize=11, color=on.ink).encode(text="label:N")
    heads = title(named(plan.name, "how full the clusters are"), [_of(plan), *below])
    return finished(_facets(alt.layer(bars, texts).properties(width=170), rows, resources), heads, on)


def _steps(plan: Plan, rows: Sequence[Row], resources: Sequence[str], below: Sequence[str], on: Ground) -> Any:
    alt = altair()
    counts: list[Row] = []
    for resource in resources:
        of = sorted((row["share"], row["cluster"]) for row in rows if row["resource"] == resource)
        middle = median([share for share, _ in of] or [0.0])
        inside: dict[int, list[str]] = {}
        for share, cluster in of:
            inside.setdefault(min(int(share * STEPS + 1e-9), STEPS - 1), []).append(cluster)
        # room for the line with the median above the bars
        room = 1.1 * max(map(len, inside.values()), default=1)
        for step, names in sorted(inside.items()):
            ends = {"from": step / STEPS, "to": (step + 1) / STEPS, "none": 0, "room": room}
            row = {"resource": resource, **ends, "clusters": len(names), "which": listed(names), "middle": middle}
            # what somebody requests is not shown as nothing
            counts.append({**row, "median": f"median {_share(middle) if middle >= 0.0005 else '≈0%'}"})
    base = alt.Chart()
    scale = alt.Scale(zero=True, nice=False)
    top = base.mark_point(opacity=0).encode(y=alt.Y("max(room):Q", scale=scale))
    bars = base.mark_bar(color=on.main, stroke=on.ground, strokeWidth=1).encode(
        x=alt.X("from:Q", title="requested / usable", scale=alt.Scale(domain=[0, 1]), axis=_percent()),
        x2=alt.X2("to:Q"),
        y=alt.Y("clusters:Q", title="clusters", scale=scale, axis=alt.Axis(tickMinStep=1, format=",d")),
        y2=alt.Y2("none:Q"),
        tooltip=[
            alt.Tooltip("resource:N"),
            alt.Tooltip("from:Q", format=".0%"),
            alt.Tooltip("to:Q", format=".0%"),
            alt.Tooltip("clusters:Q", format=",d"),
            alt.Tooltip("which:N"),
        ],
    )
    rule = base.mark_rule(color=on.second, strokeWidth=2, strokeDash=[5, 3]).encode(x=alt.X("min(middle):Q"))
    text = base.mark_text(color=on.ink, align="left", baseline="top", dx=5, fontSize=11, y=3).encode(
        x=alt.X("min(middle):Q"), text=alt.Text("min(median):N")
    )
    lines = [
        _of(plan),
        f"how many of them are how full, in steps of {1 / STEPS:.0%}, each resource on its own scale",
        *below,
    ]
    heads = title(named(plan.name, "how full the clusters are"), lines)
    chart = alt.layer(bars, top, rule, text).properties(width=230, height=220)
    # what nearly nobody uses is nearly nothing everywhere, and would flatten all others
    return finished(_facets(chart, counts, resources).resolve_scale(y="independent"), heads, on)


def _facets(chart: Any, rows: Sequence[Row], resources: Sequence[str]) -> Any:
    alt = altair()
    head = alt.Facet("resource:N", sort=list(resources), title=None, header=alt.Header(labelFontWeight="bold"))
    return chart.facet(facet=head, columns=min(4, max(1, len(resources))), data=data(rows))


def _share(share: float) -> str:
    return f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"


def _percent() -> Any:
    return altair().Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1])


def _of(plan: Plan) -> str:
    return f"{counted(len(plan.clusters), 'cluster')}, {plan.status}, lower bound {plan.lower_bound}"


def matrix(plan: Plan, *, dark: bool = False) -> LayerChart:
    """Who shares with whom: how many workloads of each tenant stand in each cluster.

    Up to 30 tenants and 30 clusters have a row and a column each. Of more, those have one that share most, and the rest
    is added up in one row and one column, with their number. Platform workloads are in every cluster and not shown.

    Args:
        plan: the plan.
        dark: draws on a dark ground.

    Raises:
        ImportError: Altair is not installed.
        NoPlanError: the plan has no clusters.
        TypeError: that is no plan.

    Example:
        >>> import tenantry
        >>> from tenantry import plot
        >>> plan = tenantry.plan(tenantry.Fleet.load("examples/acme.yaml"))
        >>> [cells] = plot.matrix(plan).to_dict()["datasets"].values()
        >>> sum(cell["workloads"] for cell in cells) == len(plan.assignments)
        True
    """
    of_type(plan, Plan, "matrix() takes a Plan", _INSTEAD)
    alt, on = altair(), Ground(dark)
    cells = Counter((row.tenant, row.cluster) for row in plan.assignments)
    homes = Counter(tenant for tenant, _ in cells)
    guests = Counter(cluster for _, cluster in cells)
    # those that share, the most first
    columns = sorted((it.name for it in plan.clusters), key=lambda name: (-guests[name], name))
    shares: Counter[str] = Counter()
    for tenant, cluster in cells:
        shares[tenant] += guests[cluster] - 1
    tenants = sorted(homes, key=lambda name: (-shares[name], -homes[name], name))
    wide, more_columns = kept(columns, MOST_COLUMNS, "cluster")
    high, more_rows = kept(tenants, MOST_ROWS, "tenant")
    sums: Counter[tuple[str, str]] = Counter()
    for (tenant, cluster), count in cells.items():
        sums[high.get(tenant, more_rows), wide.get(cluster, more_columns)] += count
    rest = {more_rows, more_columns}
    most = max((count for ends, count in sums.items() if rest.isdisjoint(ends)), default=1)
    rows: list[dict[str, Any]] = []
    for (tenant, cluster), count in sorted(sums.items()):
        row = {"tenant": tenant, "cluster": cluster, "workloads": count, "label": short(count)}
        rows.append({**row, **on.cell(count / most, not rest.isdisjoint((tenant, cluster)))})
    platform = sorted({name for it in plan.clusters for name in it.platform})
    lines = [
        f"workloads of a tenant in a cluster; {counted(len(tenants), 'tenant')}, {counted(len(columns), 'cluster')}",
        _added_up(len(tenants) - len(high), len(columns) - len(wide)),
        f"in every cluster, not shown: {listed(platform)}" if platform else "",
    ]
    across = [*wide.values(), *([more_columns] if len(wide) < len(columns) else [])]
    down = [*high.values(), *([more_rows] if len(high) < len(tenants) else [])]
    heads = title(named(plan.name, "who shares with whom"), lines)
    base = alt.Chart(data(rows)).encode(
        x=alt.X("cluster:N", sort=across, title="cluster", axis=names_axis(labelAngle=-50)),
        y=alt.Y("tenant:N", sort=down, title="tenant", axis=names_axis()),
        tooltip=[alt.Tooltip("tenant:N"), alt.Tooltip("cluster:N"), alt.Tooltip("workloads:Q", format=",d")],
    )
    scale = alt.Scale(scheme="cividis", domain=[0, most], clamp=True)
    ticks = sorted({round(most * part / 4) for part in range(5)})
    legend = alt.Legend(format=",d", values=ticks, gradientLength=120)
    color = alt.Color("workloads:Q", scale=scale, legend=legend)
    made: LayerChart = finished(heat(base, color, (len(across), len(down)), on), heads, on)
    return made


def _added_up(tenants: int, clusters: int) -> str:
    rest = [counted(count, what) for count, what in ((tenants, "tenant"), (clusters, "cluster")) if count]
    return f"added up: {' and '.join(rest)} that share least" if rest else ""
