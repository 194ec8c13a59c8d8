"""How a run went."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tenantry._options import called, of_type
from tenantry.errors import UsageError
from tenantry.plot._style import GREY, WIDTH, Ground, Row, altair, around, counted, data, finished, listed, near, title
from tenantry.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from altair import LayerChart

MOST_POINTS = 500
"""So many points a line has."""


def convergence(events: Iterable[Progress], *, dark: bool = False) -> LayerChart:
    """How a run went: the best plan and the best bound over time, and when each phase began first.

    Args:
        events: what was recorded: ``tenantry.plan(fleet, progress=events.append)``. Where several runs are in it, the
            first is drawn; of several levels of the objective the first that is bounded: clusters, cost or moves.
        dark: draws on a dark ground.

    Raises:
        ImportError: Altair is not installed.
        UsageError: neither a plan nor a bound is among them.
        TypeError: those are no events.

    Example:
        >>> import tenantry
        >>> from tenantry import plot
        >>> events = []
        >>> plan = tenantry.plan(tenantry.Fleet.load("examples/acme.yaml"), progress=events.append)
        >>> plot.convergence(events).to_dict()["title"]["subtitle"][0]
        'best plan 7; lower bound 7'
    """
    says = "convergence() takes the list that plan(progress=events.append) recorded"
    if not isinstance(events, Iterable) or isinstance(events, str | bytes):
        raise TypeError(f"{says}, not {called(events)}")
    recorded = list(events)
    for event in recorded:
        of_type(event, Progress, f"{says}, of Progress")
    alt, on = altair(), Ground(dark)
    end = next((at for at, it in enumerate(recorded) if it.kind == "run"), len(recorded))
    first = recorded[:end]
    last = max((it.seconds for it in first), default=0.0)
    numbered = [it for it in first if it.kind in ("plan", "bound")]
    level = next((it.level for it in [*(it for it in numbered if it.kind == "bound"), *numbered]), None)
    drawn = [it for it in numbered if it.level == level]
    what = level or "clusters"
    lines = {kind: _best(drawn, kind, better, last, what) for kind, better in (("plan", min), ("bound", max))}
    rows = [row for line in lines.values() for row in line]
    if not rows:
        raise UsageError("no plan and no bound is among these events")
    begun: dict[str, float] = {}
    for event in first:
        if event.phase is not None:
            begun.setdefault(event.phase, event.seconds)
    others = [it.level or "clusters" for it in numbered if it.level != level]
    runs = sum(1 for it in recorded if it.kind == "run")
    said = {"plan": "best plan", "bound": "lower bound"}
    below = [
        "; ".join(f"{said[kind]} {line[-1][what]:,.10g}" for kind, line in lines.items() if line),
        *_begun(begun),
        f"not shown: plans and bounds of {listed(list(dict.fromkeys(others)))}" if others else "",
        f"not shown: {counted(runs, 'further run')} of the same call, about other problems" if runs else "",
    ]
    base = alt.Chart(data(rows))
    x = alt.X("seconds:Q", title="seconds", scale=alt.Scale(domain=[0, last * 1.02 or 1], nice=False))
    values = [row[what] for row in rows]
    y = alt.Y(f"{what}:Q", title=what, **(near(values) if level == "cost" else around(map(int, values))))
    kinds = alt.Scale(domain=["plan", "bound"], range=[on.main, on.second])
    legend = alt.Legend(orient="right", symbolType="stroke", symbolStrokeWidth=3, symbolSize=300)
    color = alt.Color("kind:N", scale=kinds, title=None, legend=legend)
    dashes = alt.Scale(domain=["plan", "bound"], range=[[1, 0], [6, 3]])
    dash = alt.StrokeDash("kind:N", scale=dashes, title=None, legend=legend)
    tooltip = [
        alt.Tooltip("kind:N"),
        alt.Tooltip(f"{what}:Q", format=",.10~g"),
        alt.Tooltip("seconds:Q", format=".3~f"),
    ]
    stairs = base.mark_line(interpolate="step-after", strokeWidth=2.5).encode(x=x, y=y, color=color, strokeDash=dash)
    dots = base.mark_point(filled=True, size=30, opacity=1).encode(x=x, y=y, color=color, tooltip=tooltip)
    marks = [{"phase": phase, "seconds": seconds} for phase, seconds in begun.items()]
    phases = alt.Chart(data(marks)).mark_rule(color=GREY, strokeDash=[2, 3])
    phases = phases.encode(x=x, tooltip=["phase:N", "seconds:Q"])
    chart = alt.layer(phases, stairs, dots).properties(width=WIDTH, height=300)
    made: LayerChart = finished(chart, title("How the run went", below), on)
    return made


def _begun(phases: dict[str, float]) -> list[str]:
    """When phases began, a few on a line."""
    said = [f"{phase} from {seconds:.3g} s" for phase, seconds in phases.items()]
    return [", ".join(said[at : at + 4]) for at in range(0, len(said), 4)]


def _best(events: Sequence[Progress], kind: str, better: Any, last: float, what: str) -> list[Row]:
    """Where the best so far became better, up to the last moment, in not more points than can be seen."""
    rows: list[Row] = []
    for event in events:
        if event.kind != kind or event.number is None:
            continue
        if not rows or better(event.number, rows[-1][what]) != rows[-1][what]:
            rows.append({"kind": kind, "seconds": event.seconds, what: event.number})
    if rows and rows[-1]["seconds"] < last:
        rows.append({**rows[-1], "seconds": last})
    end = len(rows) - 1
    return rows if end < MOST_POINTS else [rows[round(at * end / (MOST_POINTS - 1))] for at in range(MOST_POINTS)]
