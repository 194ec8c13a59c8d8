"""What keeps workloads apart, and what that costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from tenantry._options import of_type
from tenantry.fleet import Fleet
from tenantry.graphs import TrustGraph
from tenantry.levers import LadderStep, Prices
from tenantry.plot._style import (
    WIDTH,
    Ground,
    Row,
    altair,
    amount,
    beside,
    counted,
    data,
    distinct,
    finished,
    heat,
    kept,
    listed,
    named,
    names_axis,
    plural,
    title,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from altair import LayerChart, VConcatChart

MOST_NODES = 30
"""So many tenants, classes or workloads have a row each."""
MOST_RULES = 15
"""So many rules have a bar each."""
MOST_STEPS = 25
"""So many steps of a ladder are shown one by one."""


def conflicts(fleet: Fleet | TrustGraph, *, dark: bool = False) -> VConcatChart:
    """Who may not share a cluster with whom: of each pair of tenants how many pairs of their workloads are separated.

    Up to 30 tenants have a row each. Of more, those have one of which most pairs are separated, and the rest is added
    up. Below, by which rules: how many pairs of tenants each of them keeps apart, alone or with others; up to 15 rules,
    and what the others do at most.

    Args:
        fleet: a fleet, or what `Fleet.trust_graph` made of it: by class or workload, or for another day.
        dark: draws on a dark ground.

    Raises:
        ImportError: Altair is not installed.
        UsageError: the fleet has too many pairs of tenants that are separated: give its graph by class.
        TypeError: that is neither.

    Example:
        >>> import tenantry
        >>> from tenantry import plot
        >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
        >>> len(plot.conflicts(fleet).vconcat)
        2
    """
    of_type(fleet, (Fleet, TrustGraph), "conflicts() takes a Fleet or a TrustGraph")  # type: ignore[arg-type]
    alt, on = altair(), Ground(dark)
    graph = fleet.trust_graph("tenant") if isinstance(fleet, Fleet) else fleet
    what = {"class": "trust class", "tenant": "tenant", "workload": "workload"}[graph.by]
    nodes = {row["node"]: row for row in graph.nodes if row["workloads"]}
    edges = graph.edges
    weight: Counter[Hashable] = Counter()
    for edge in edges:
        for end in {edge["first"], edge["second"]}:
            weight[end] += edge["pairs"]
    order = sorted(nodes, key=lambda node: (-weight[node], str(node)))
    names = {_name(nodes[node], graph.by): node for node in order}
    own, rest = kept(list(names), MOST_NODES, what)
    place = {node: own.get(name, rest) for name, node in names.items()}

    # of everybody how many pairs there are, of edges how many are separated
    total: Counter[str] = Counter()
    for node, row in nodes.items():
        total[place[node]] += row["workloads"]
    apart: Counter[tuple[str, str]] = Counter()
    why: dict[tuple[str, str], Counter[str]] = {}
    for edge in edges:
        ends = (place[edge["first"]], place[edge["second"]])
        for key in {ends, (ends[1], ends[0])}:
            apart[key] += edge["pairs"]
            why.setdefault(key, Counter()).update(dict.fromkeys(edge["reasons"], edge["pairs"]))
    rows: list[Row] = []
    for (first, second), pairs in sorted(apart.items()):
        of = total[first] * (total[first] - 1) // 2 if first == second else total[first] * total[second]
        rules = [rule for rule, _ in sorted(why[first, second].items(), key=lambda it: (-it[1], it[0]))]
        row = {"first": first, "second": second, "share": pairs / of, "pairs": pairs, "of": of, "by": listed(rules, 6)}
        text = {"label": "" if pairs == of else _part(pairs, of)}
        rows.append({**row, **text, **on.cell(pairs / of if dark else 1 - pairs / of, False)})
    shown_rows = [*own.values(), *([rest] if len(own) < len(order) else [])]
    lines = [
        f"pairs of workloads that may not share a cluster; {counted(len(order), what)}, as of {graph.as_of}",
        "blank: all of them may share",
        f"added up: {rest}, of which fewest pairs are separated" if len(own) < len(order) else "",
        f"in every cluster, not shown: {listed(graph.platform)}" if graph.platform else "",
    ]
    base = alt.Chart(data(rows)).encode(
        x=alt.X("first:N", sort=shown_rows, title=what, axis=names_axis(labelAngle=-50)),
        y=alt.Y("second:N", sort=shown_rows, title=what, axis=names_axis()),
        tooltip=[
            alt.Tooltip("first:N"),
            alt.Tooltip("second:N"),
            alt.Tooltip("pairs:Q", format=",d", title="pairs apart"),
            alt.Tooltip("of:Q", format=",d", title="of pairs"),
            alt.Tooltip("by:N", title="by"),
        ],
    )
    scale = alt.Scale(scheme="cividis", reverse=not dark, domain=[0, 1])
    legend = alt.Legend(title="pairs apart", format=".0%", values=[0, 0.25, 0.5, 0.75, 1], gradientLength=120)
    color = alt.Color("share:Q", scale=scale, legend=legend)
    panels = [heat(base, color, (len(shown_rows), len(shown_rows)), on)]
    if edges:
        panels.append(_by_rule(edges, what, on))
    heads = title(named(graph.about["fleet"], "who may not share with whom"), lines)
    chart = alt.vconcat(*panels, spacing=24).resolve_scale(color="independent")
    made: VConcatChart = finished(chart, heads, on)
    return made


def _part(pairs: int, of: int) -> str:
    """What is neither nothing nor all is not rounded to it."""
    return f"{min(max(round(100 * pairs / of), 1), 99)}%"


def _by_rule(edges: Sequence[Row], what: str, on: Ground) -> Any:
    """How many edges each rule is a reason of, alone or not."""
    alt = altair()
    alone: Counter[str] = Counter()
    beside: Counter[str] = Counter()
    for edge in edges:
        (alone if len(edge["reasons"]) == 1 else beside).update(edge["reasons"])
    order = sorted({*alone, *beside}, key=lambda rule: (-alone[rule] - beside[rule], rule))
    own = distinct(order[:MOST_RULES])
    left = order[MOST_RULES:]
    rows: list[Row] = []
    for rule, text in own.items():
        for kind, count in (("the only rule", alone[rule]), ("with others", beside[rule])):
            if count:
                rows.append({"rule": text, "kind": kind, "pairs": count, "order": kind != "the only rule"})
    pairs = f"pairs of {plural(what)}"
    axis = whole(max((alone[rule] + beside[rule] for rule in own), default=0))
    kinds = alt.Scale(domain=["the only rule", "with others"], range=[on.second, on.main])
    most = max((alone[rule] + beside[rule] for rule in left), default=0)
    below = {"subtitle": [f"not shown: {counted(len(left), 'rule')}, none of more than {most:,}"]} if left else {}
    head = alt.TitleParams(text="by which rules", fontSize=13, anchor="start", offset=6, **below)
    bars = alt.Chart(data(rows), title=head).mark_bar(height={"band": 0.7})
    bars = bars.encode(
        y=alt.Y("rule:N", sort=list(own.values()), title=None, axis=names_axis()),
        x=alt.X("pairs:Q", title=pairs, axis=axis),
        color=alt.Color("kind:N", scale=kinds, title="keeps apart as"),
        order=alt.Order("order:Q"),
        tooltip=[alt.Tooltip("rule:N"), alt.Tooltip("kind:N"), alt.Tooltip("pairs:Q", format=",d", title=pairs)],
    )
    return bars.properties(width=360, height=alt.Step(20))


def _name(row: Row, by: str) -> str:
    if by != "class":
        return str(row["node"])
    others = f" and {row['workloads'] - 1} more" if row["workloads"] > 1 else ""
    return f"{row['node']}: {row['members'][0]}{others}"


def ladder(prices: Prices, *, dark: bool = False) -> LayerChart:
    """What the rules of trust cost, added one at a time: a step for each, from no rule to the fleet as it is.

    Of more than 25 steps those are shown that add something, and the rest is counted in the line below the title. Where
    the least is not known, a line goes from the bound to the best plan that was found.

    Args:
        prices: what `Fleet.prices` found.
        dark: draws on a dark ground.

    Raises:
        ImportError: Altair is not installed.
        TypeError: those are no prices.

    Example:
        >>> import tenantry
        >>> from tenantry import plot
        >>> prices = tenantry.Fleet.load("examples/acme.yaml").prices()
        >>> [steps] = plot.ladder(prices).to_dict()["datasets"].values()
        >>> steps[0]["needed"], steps[-1]["needed"]
        (2, 7)
    """
    of_type(prices, Prices, "ladder() takes Prices", {str: "Prices.from_json(text)", Fleet: "its prices()"})
    alt, on = altair(), Ground(dark)
    rows, below = _rungs(list(prices.ladder))
    money = prices.aim == "cost"
    unit = "cost" if money else "clusters"
    format = ",.2f" if money else ",d"
    what = f"what rules of trust take, in {unit}, added one at a time"
    heads = title(named(prices.name, what), [_steps_of(prices), *below])
    base = alt.Chart(data(rows))
    y = alt.Y("step:N", sort=[row["step"] for row in rows], title=None, axis=names_axis())
    kinds = alt.Scale(domain=["no rules", "one more rule"], range=[on.main, on.second])
    most = max((row["to"] for row in rows), default=1)
    scale = alt.Scale(domain=[0, beside(most, (row["label"] for row in rows))], nice=False)
    axis = alt.Axis(format=format) if money else whole(most)
    x = alt.X("from:Q", title=f"{unit} needed", scale=scale, axis=axis)
    tooltip = [
        alt.Tooltip("step:N"),
        alt.Tooltip("needed:Q", format=format),
        alt.Tooltip("added:Q", format=f"+{format}"),
        alt.Tooltip("least:Q", format=format, title="at least"),
        alt.Tooltip("proof:N", title="what backs that"),
    ]
    color = alt.Color("kind:N", scale=kinds, legend=None)
    bars = base.mark_bar(height={"band": 0.65}).encode(y=y, x=x, x2="to:Q", color=color, tooltip=tooltip)
    ticks = base.mark_tick(thickness=2, color=on.ink, height=14).encode(y=y, x=alt.X("needed:Q"), tooltip=tooltip)
    open_to = base.mark_rule(strokeWidth=2, strokeDash=[3, 2], color=on.ink)
    open_to = open_to.encode(y=y, x=alt.X("least:Q"), x2="needed:Q")
    labels = base.mark_text(align="left", dx=6, fontSize=11, color=on.ink).encode(y=y, x=alt.X("to:Q"), text="label:N")
    chart = alt.layer(bars, open_to.transform_filter("datum.needed > datum.least"), ticks, labels)
    made: LayerChart = finished(chart.properties(width=WIDTH, height=alt.Step(24)), heads, on)
    return made


def _rungs(steps: Sequence[LadderStep]) -> tuple[list[Row], list[str]]:
    """The steps that are shown, and what is said of the others."""
    texts = distinct("no rule of trust" if step.lever is None else f"+ {step.lever}" for step in steps)
    rows: list[Row] = []
    below: list[str] = []
    before: float = 0
    hidden: list[tuple[str, float]] = []
    unknown: list[str] = []
    chosen = _chosen(steps)
    for at, step in enumerate(steps):
        text = texts["no rule of trust" if step.lever is None else f"+ {step.lever}"]
        value = step.needed.value
        if value is None:
            unknown.append(f"{text} ({'no plan exists' if step.needed.never else 'no plan found'})")
            continue
        added, low = value - before, step.needed.bound
        if at in chosen:
            ends = {"from": min(before, value), "to": max(before, value)}
            row = {"step": text, "needed": value, "added": added, "least": low, "proof": step.needed.proof}
            kind = "no rules" if step.lever is None else "one more rule"
            rows.append({**row, **ends, "kind": kind, "label": _label(added, value, at == 0)})
        else:
            hidden.append((text, added))
        before = value
    if hidden:
        less = "add least" if any(added for _, added in hidden) else "add nothing"
        names = listed([text for text, _ in hidden])
        below.append(f"not shown: {counted(len(hidden), 'step')} that {less}, {names}")
    if unknown:
        below.append(f"without a number: {listed(unknown)}")
    return rows, below


def _label(added: float, value: float, first: bool) -> str:
    return amount(value) if first or not added else f"{amount(value)} ({amount(added, '+')})"


def _steps_of(prices: Prices) -> str:
    took = prices.premium
    if took.most is None:
        return f"all of them take {amount(took.least)} or more"
    return f"all of them take {amount(took.least)}" + (f" to {amount(took.most)}" if took.most != took.least else "")


def _chosen(steps: Sequence[LadderStep]) -> set[int]:
    """The numbers of the steps that are shown: all, or the first, the last and those that add most."""
    if len(steps) <= MOST_STEPS:
        return set(range(len(steps)))
    values = [step.needed.value or 0 for step in steps]
    inner = range(1, len(steps) - 1)
    added = {at: values[at] - values[at - 1] for at in inner}
    most = sorted((at for at in inner if added[at]), key=lambda at: (-abs(added[at]), at))
    return {0, len(steps) - 1, *most[: MOST_STEPS - 2]}
