"""What fewer clusters take, and how far a fleet grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenantry._options import of_type
from tenantry.errors import UsageError
from tenantry.fleet import Fleet
from tenantry.frontiers import Frontier, FrontierFigure
from tenantry.growth import Growth, GrowthPart, GrowthPoint, Rise
from tenantry.plot._style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    WIDTH,
    Ground,
    Row,
    altair,
    around,
    counted,
    data,
    finished,
    kept,
    listed,
    named,
    names_axis,
    shown,
    title,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from altair import LayerChart, VConcatChart

MOST_PARTS = 30
"""So many tenants or classes have a row each."""


def frontier(frontier: Frontier, *, dark: bool = False) -> VConcatChart:
    """What fewer clusters take: of each number the fewest moves and, where prices are known, the least cost.

    A line is of the best plans that were found; where they are not proved to be the best, the ground reaches down to
    the bound. Today's number is marked.

    Args:
        frontier: what `Fleet.frontier` found.
        dark: draws on a dark ground.

    Raises:
        ImportError: Altair is not installed.
        TypeError: that is no frontier.
        UsageError: nothing is known of any number of clusters.

    Example:
        >>> import tenantry
        >>> from tenantry import plot
        >>> fleet = (
        ...     tenantry.Fleet.builder()
        ...     .tenant("bank", trust="trusted")
        ...     .workload("ledger", tenant="bank", cpu=1, memory="1Gi", runs_in="east")
        ...     .workload("archive", tenant="bank", cpu=1, memory="1Gi", runs_in="west")
        ...     .existing("east", cpu=8, memory="32Gi")
        ...     .existing("west", cpu=8, memory="32Gi")
        ...     .build()
        ... )
        >>> [points] = plot.frontier(fleet.frontier()).to_dict()["datasets"].values()
        >>> [(point["clusters"], point["value"]) for point in points]
        [(1, 1), (2, 0)]
    """
    instead = {str: "Frontier.from_json(text)", Fleet: "its frontier()"}
    of_type(frontier, Frontier, "frontier() takes a Frontier", instead)
    alt, on = altair(), Ground(dark)
    rows: list[Row] = []
    for point in frontier.points:
        figures = [("moves", point.moves)] + ([("cost", point.cost)] if point.cost is not None else [])
        for figure, of in figures:
            marks = {"today": point.today, "proved": _proved(of), "proof": of.proof}
            row = {"figure": figure, "clusters": point.clusters, "value": of.value, "bound": of.bound}
            rows.append({**row, **marks, "least": of.value if of.bound is None else of.bound})
    missing = sum(1 for row in rows if row["value"] is None)
    fewest = frontier.fewest
    lines = [
        f"at least {counted(int(fewest.bound), 'cluster')} needed" if fewest.bound is not None else "",
        f"today {counted(frontier.today, 'cluster')}; no plan moves less than {frontier.least_moves:,}",
        f"no plan was found for {counted(missing, 'figure')}, not drawn" if missing else "",
        f"cut short by a limit: {frontier.stopped}" if frontier.stopped else "",
    ]
    panels: list[Any] = []
    for figure, unit, format in (("moves", "moves (sum of moveCost)", ",d"), ("cost", "cost", ",.2f")):
        of_figure = [row for row in rows if row["figure"] == figure and row["value"] is not None]
        if of_figure:
            panels.append(_line(of_figure, unit, format, on))
    if not panels:
        raise UsageError("nothing is known of any number of clusters in this frontier")
    heads = title(named(frontier.name, "what fewer clusters take"), lines)
    made: VConcatChart = finished(alt.vconcat(*panels), heads, on)
    return made


def _proved(figure: FrontierFigure) -> str:
    known = figure.value is not None and figure.value == figure.bound
    return "proved" if known else "best found"


def _line(rows: Sequence[Row], unit: str, format: str, on: Ground) -> Any:
    alt = altair()
    few = len(rows) <= 60
    base = alt.Chart(data(rows))
    ends = [rows[0]["clusters"], rows[-1]["clusters"]]
    scale = alt.Scale(domain=[min(ends) - 0.5, max(ends) + 0.5], nice=False)
    x = alt.X("clusters:Q", title="clusters at most", scale=scale, axis=whole(max(ends), min(ends)))
    top = max(row["value"] for row in rows)
    room = alt.Scale(domain=[0, top * 1.14 or 1], nice=False)
    axis = whole(top * 1.14) if format == ",d" else alt.Axis(format=",d" if top >= 10 else "~g")
    y = alt.Y("value:Q", title=unit, scale=room, axis=axis)
    tooltip = [
        alt.Tooltip("clusters:Q", format=",d", title="clusters at most"),
        alt.Tooltip("value:Q", format=format, title="best found"),
        alt.Tooltip("bound:Q", format=format, title="at least"),
        alt.Tooltip("proof:N", title="what backs that"),
    ]
    least = alt.Y("least:Q", title=unit)
    ground = base.mark_area(color=on.main, opacity=0.25, interpolate="step-after").encode(x=x, y=least, y2="value:Q")
    line = base.mark_line(color=on.main, strokeWidth=2, interpolate="step-after").encode(x=x, y=y)
    shape = alt.Scale(domain=["proved", "best found"], range=["circle", "diamond"])
    paint = alt.Scale(domain=["proved", "best found"], range=[on.main, on.second])
    legend = alt.Legend(title=None, orient="top-right")
    points = base.mark_point(filled=True, opacity=1, size=60 if few else 14).encode(
        x=x,
        y=y,
        shape=alt.Shape("proved:N", scale=shape, legend=legend),
        color=alt.Color("proved:N", scale=paint, legend=legend),
        tooltip=tooltip,
    )
    today = base.transform_filter("datum.today")
    rule = today.mark_rule(color=on.ink, strokeDash=[4, 3]).encode(x=x)
    text = today.mark_text(color=on.ink, align="right", dx=-5, baseline="top", fontSize=11).encode(
        x=x, y=alt.value(4), text=alt.value("today")
    )
    return alt.layer(ground, line, rule, text, points).properties(width=WIDTH, height=220)


_BREAKS = {
    "resource": ("a resource", BLUE),
    "maximum": ("a maximum", PURPLE),
    "maxCount": ("maxCount of a template", VERMILION),
    "maxClusters": ("maxClusters of a region", ORANGE),
    "workload": ("a workload fits nowhere", SKY),
    "nodes": ("nodes", GREEN),
    "": ("who may share, or several", GREY),
}
_SAID = {
    "maximum": "the maximum of {}",
    "maxCount": "maxCount of {}",
    "maxClusters": "maxClusters of {}",
    "workload": "{} fits nowhere",
    "nodes": "nodes: {}",
}


def growth(growth: Growth, *, dark: bool = False) -> LayerChart:
    """How far a fleet can grow before it needs more clusters.

    Of the whole fleet: the number of clusters over the factor, with what runs out at each rise. By tenant or attribute:
    a row for each, and the factor at which one cluster more is needed first; of more than 30 those that rise first,
    the rest counted in the line below the title. Where it is not known exactly, a line goes over the range.

    Args:
        growth: what `Fleet.grow` found.
        dark: draws on a dark ground.

    Raises:
        ImportError: Altair is not installed.
        TypeError: that is no growth.

    Example:
        >>> import tenantry
        >>> from tenantry import plot
        >>> growth = tenantry.Fleet.load("examples/acme.yaml").grow(by="tenant", up_to=20)
        >>> [rows] = plot.growth(growth).to_dict()["datasets"].values()
        >>> [(row["part"], row["factor"]) for row in rows]
        [('ci', 1.6), ('analytics', 2.5), ('payments', 8.0), ('quality', 13.75)]
    """
    of_type(growth, Growth, "growth() takes a Growth", {Fleet: "its grow()"})
    on, all_of_it = Ground(dark), len(growth.parts) == 1 and growth.parts[0].by == "all"
    made: LayerChart = _stairs(growth, growth.parts[0], on) if all_of_it else _parts(growth, on)
    return made


def _breaks(rise: Rise) -> tuple[str, str]:
    """The kind of what breaks first, and all of it in words."""
    words = [_SAID.get(it.what, "{}").format(it.name) for it in rise.breaks]
    kind, _ = _BREAKS.get(rise.breaks[0].what if rise.breaks else "", _BREAKS[""])
    return kind, listed(words) if words else kind


def _kinds(rows: Sequence[Row]) -> Any:
    alt = altair()
    used = [it for it in _BREAKS.values() if any(row["kind"] == it[0] for row in rows)]
    paint = alt.Scale(domain=[kind for kind, _ in used], range=[color for _, color in used])
    return alt.Color("kind:N", scale=paint, title="what runs out first")


def _at_last(end: GrowthPoint | None) -> str:
    """What is known of the greatest factor."""
    if end is None or end.clusters is None:
        return ""
    return f"; at {end.factor:g} {counted(end.clusters, 'cluster')} will do"


def _stairs(growth: Growth, part: GrowthPart, on: Ground) -> Any:
    alt = altair()
    start = growth.start
    points: list[Row] = []
    rises: list[Row] = []
    if start.clusters is not None:
        points.append({"factor": start.factor, "clusters": start.clusters})
    for rise in part.rises:
        to = rise.lasts_to if rise.needed_from is None else rise.needed_from
        after = rise.after.clusters
        points.append({"factor": to, "clusters": rise.start})
        if after is not None:
            points.append({"factor": to, "clusters": after})
        kind, words = _breaks(rise)
        row = {"factor": rise.lasts_to, "to": to, "clusters": rise.start, "after": after, "breaks": words}
        rises.append({**row, "kind": kind, "exact": rise.exact, "none": after is None})
    end = part.end if part.complete else None
    if end is not None and end.clusters is not None:
        points.append({"factor": end.factor, "clusters": end.clusters})
    none = next((row for row in rises if row["none"]), None)
    lines = [
        f"{counted(part.workloads, 'workload')}, {counted(part.pods, 'pod')}, all of them growing by the same factor",
        "" if part.complete else "not every rise up to the greatest factor is known" + _at_last(part.end),
        f"grey: no plan from {none['to']:g} on, {none['breaks']}" if none else "",
        f"cut short by a limit: {growth.stopped}" if growth.stopped else "",
    ]
    heads = title(named(growth.name, "clusters as the fleet grows"), lines)
    base = alt.Chart(data(points))
    factors = [start.factor, *(row["to"] for row in rises), *([] if end is None else [end.factor])]
    scale = alt.Scale(domain=[min(factors), max(factors)], nice=False)
    x = alt.X("factor:Q", title="factor", scale=scale, axis=alt.Axis(format="~g"))
    y = alt.Y("clusters:Q", title="clusters", **around(row["clusters"] for row in points))
    line = base.mark_line(color=on.main, strokeWidth=2.5).encode(x=x, y=y, order="factor:Q")
    marks = alt.Chart(data(rises))
    tooltip = [
        alt.Tooltip("clusters:Q", format=",d", title="clusters"),
        alt.Tooltip("factor:Q", format=".4~g", title="suffice up to"),
        alt.Tooltip("to:Q", format=".4~g", title="more needed from"),
        alt.Tooltip("after:Q", format=",d", title="then"),
        alt.Tooltip("breaks:N", title="what runs out"),
    ]
    spans = marks.transform_filter("!datum.exact").mark_rule(color=on.second, strokeWidth=5, opacity=0.8)
    spans = spans.encode(x=x, x2="to:Q", y=y)
    dots = marks.mark_point(filled=True, size=70, opacity=1).encode(x=x, y=y, color=_kinds(rises), tooltip=tooltip)
    layers = [line, spans, dots]
    if none:
        rest = alt.Chart(data([{"factor": none["to"], "to": max(factors)}]))
        layers.insert(0, rest.mark_rect(color=GREY, opacity=0.25).encode(x=x, x2="to:Q"))
    return finished(alt.layer(*layers).properties(width=WIDTH, height=320), heads, on)


def _parts(growth: Growth, on: Ground) -> Any:
    alt = altair()
    by = growth.parts[0].by if growth.parts else "tenant"
    what = by.partition(":")[2] or by
    rising = [(part, part.rises[0]) for part in growth.parts if part.rises]
    rising.sort(key=lambda it: (it[1].lasts_to, it[0].name or ""))
    names = {id(part): "(none)" if part.name is None else part.name for part in growth.parts}
    own, rest = kept([names[id(part)] for part, _ in rising], MOST_PARTS, what)
    rows: list[Row] = []
    for part, rise in rising:
        text = own.get(names[id(part)])
        if text is None:
            continue
        kind, words = _breaks(rise)
        after = rise.after.clusters
        to = rise.lasts_to if rise.needed_from is None else rise.needed_from
        row = {"part": text, "one": 1, "factor": rise.lasts_to, "to": to, "clusters": rise.start}
        then = "no plan" if after is None else f"{after:,}"
        rows.append({**row, "kind": kind, "breaks": words, "then": then, "rises": len(part.rises)})
    late = [part for part in growth.parts if not part.rises and part.complete]
    unknown = [part for part in growth.parts if not part.rises and not part.complete]
    hidden = [it for it in rising if names[id(it[0])] not in own]
    lines = [
        f"each {shown(what)} grows alone; how far until one cluster more is needed, or no plan exists",
        f"not shown: {rest}, which suffice up to {hidden[0][1].lasts_to:g} or more" if hidden else "",
        f"without a rise: {listed([names[id(part)] for part in late])}" if late else "",
        f"not looked at to the end: {listed([names[id(part)] for part in unknown])}" if unknown else "",
        f"not looked at: {counted(growth.parts_left_out, what)}" if growth.parts_left_out else "",
        f"cut short by a limit: {growth.stopped}" if growth.stopped else "",
    ]
    heads = title(named(growth.name, "who outgrows the clusters first"), lines)
    base = alt.Chart(data(rows))
    y = alt.Y("part:N", sort=[row["part"] for row in rows], title=shown(what), axis=names_axis())
    most = max((row["to"] for row in rows), default=1)
    scale = alt.Scale(domain=[1, 1 + 1.1 * (most - 1) or 2], nice=False)
    x = alt.X("factor:Q", title="factor", scale=scale, axis=alt.Axis(format="~g"))
    color = _kinds(rows)
    tooltip = [
        alt.Tooltip("part:N", title=shown(what)),
        alt.Tooltip("factor:Q", format=".4~g", title="suffices up to"),
        alt.Tooltip("to:Q", format=".4~g", title="more needed from"),
        alt.Tooltip("clusters:Q", format=",d", title="clusters"),
        alt.Tooltip("then:N", title="then"),
        alt.Tooltip("rises:Q", format=",d", title="rises in all"),
        alt.Tooltip("breaks:N", title="what runs out"),
    ]
    stems = base.mark_rule(color=on.line, strokeWidth=2).encode(y=y, x=alt.X("one:Q", scale=scale), x2="factor:Q")
    spans = base.mark_rule(strokeWidth=5, opacity=0.5).encode(y=y, x=x, x2="to:Q", color=color)
    dots = base.mark_point(filled=True, size=80, opacity=1).encode(y=y, x=x, color=color, tooltip=tooltip)
    factor = alt.Text("factor:Q", format=".3~g")
    texts = base.mark_text(align="left", dx=8, fontSize=11, color=on.ink).encode(
        y=y, x=alt.X("to:Q", scale=scale), text=factor
    )
    return finished(alt.layer(stems, spans, dots, texts).properties(width=WIDTH, height=alt.Step(20)), heads, on)
