"""Answers as small pages for notebooks (that of a plan is its report). What came from the input is escaped."""

from __future__ import annotations

import unicodedata
from html import escape as markup
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tenantry.blasts import Blast, BlastLoss, Reach
    from tenantry.comparisons import ComparedValue, Comparison
    from tenantry.diffs import PlanDiff
    from tenantry.facts import Fact, Why
    from tenantry.frontiers import Frontier, FrontierFigure
    from tenantry.levers import Needed, Prices, Relaxed, Saved, WhyNot

_MOST = 50
"""Rows shown; a longer list says how many are left out."""

_STYLE = (
    "<style>.tenantry{font:14px/1.5 system-ui,sans-serif;max-width:72em}"
    ".tenantry table{border-collapse:collapse;margin:.6em 0}"
    ".tenantry th,.tenantry td{text-align:left!important;padding:.25em .8em .25em 0;vertical-align:top;"
    "border-bottom:1px solid #8884}"
    ".tenantry h4{margin:.2em 0}</style>"
)

_HIDDEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
_HARMLESS = "\n\t\u200c\u200d"
"""Line breaks, which a page ignores, and the joiners of running text."""


def escape(text: str) -> str:
    """Text for a page: no mark-up, and nothing that hides or turns the direction of what is read."""
    return markup(visible(text, _HARMLESS))


def visible(text: str, harmless: str = "", shown: str = "") -> str:
    """Text with codes for marks that hide or turn what is read, but for the `harmless`, and for those to be `shown`."""

    def told(mark: str) -> str:
        plain = mark in harmless or (mark not in shown and unicodedata.category(mark) not in _HIDDEN)
        return mark if plain else f"\\u{{{ord(mark):x}}}"

    clear = text.isascii() and text.isprintable() and not any(mark in text for mark in shown)
    return text if clear else "".join(map(told, text))


def frontier_page(frontier: Frontier) -> str:
    """A frontier as an HTML fragment."""
    name = f"{escape(frontier.name)}: " if frontier.name else ""
    heads = ("clusters at most", "fewest moves", "least cost", "")
    lines = [_STYLE, f'<div class="tenantry"><h4>{name}what fewer clusters take</h4>']
    rows: list[tuple[str, str, str, str]] = []
    for point in frontier.points:
        marks = [
            mark for mark, is_so in (("today", point.today), ("no plan moves less", point.no_plan_moves_less)) if is_so
        ]
        cost = "" if point.cost is None else _figure(point.cost)
        rows.append((str(point.clusters), _figure(point.moves), cost, ", ".join(marks)))
    return "".join([*lines, *_table(heads, rows, "numbers of clusters"), "</div>"])


def prices_page(prices: Prices) -> str:
    """Prices as an HTML fragment: the premium, what each lever saves, and the ladder."""
    name = f"{escape(prices.name)}: " if prices.name else ""
    lines = [_STYLE, f'<div class="tenantry"><h4>{name}prices in {prices.aim}</h4>']
    lines.append(
        f"<div>{_needed(prices.today)} as it is, {_needed(prices.without_rules)} without rules of trust: "
        f"those take {_saved(prices.premium, prices.today, prices.without_rules)}</div>"
    )
    rows = [
        (
            escape(row.lever.id),
            _saved(row.saves, prices.today, row.without),
            _needed(row.without),
            "" if row.alone is None else _needed(row.alone),
            "" if row.pairs_alone is None else str(row.pairs_alone),
        )
        for row in prices.levers
    ]
    lines += _table(("lever", "saves", "without it", "alone", "pairs alone"), rows, "levers")
    ladder = [
        ("none" if step.lever is None else f"+ {escape(step.lever)}", _needed(step.needed)) for step in prices.ladder
    ]
    lines += _table(("rules of trust, added one at a time", "needed"), ladder, "steps")
    return "".join([*lines, "</div>"])


def relaxed_page(relaxed: Relaxed) -> str:
    """What would have to change, as an HTML fragment."""
    name = f"{escape(relaxed.name)}: " if relaxed.name else ""
    goal = relaxed.goal
    wanted = goal if isinstance(goal, str) else ", ".join(f"{most:g} {word}" for word, most in goal.items())
    lines = [_STYLE, f'<div class="tenantry"><h4>{name}what would have to change for {escape(wanted)}</h4>']
    lines.append(f"<div>{_needed(relaxed.today)} as it is</div>")
    rows = [
        (", ".join(escape(lever.id) for lever in it.levers), str(it.weight), _needed(it.reached), escape(it.minimal))
        for it in relaxed.sets
    ]
    lines += _table(("without", "weight", "needed", "minimal"), rows, "sets")
    more = "there are no others" if relaxed.complete else "there may be others"
    return "".join([*lines, f"<div>{more}</div></div>"])


def why_not_page(why_not: WhyNot) -> str:
    """Whether something can be done, as an HTML fragment."""
    name = f"{escape(why_not.name)}: " if why_not.name else ""
    lines = [_STYLE, f'<div class="tenantry"><h4>{name}why not? {_ANSWERS[why_not.answer]}</h4>']
    levels = [
        (escape(it.objective), *map(_bounded, ((it.wished, it.wished_bound), (it.value, it.bound))))
        for it in why_not.levels
    ]
    if levels:
        lines += _table(("level", "with it", "as it is"), levels, "levels")
    lines += [f"<div>{escape(reason)}</div>" for reason in why_not.reasons]
    if why_not.against is not None:
        rows = [(escape(it.id), escape(it.says), escape(it.path or "built in")) for it in why_not.against.levers]
        lines += _table(("stands against it", "says", "where"), rows, "levers")
        lines.append(f"<div>without that: {_needed(why_not.against.reached)}</div>")
    elif why_not.hopeless:
        lines.append("<div>not even without every lever that was looked at</div>")
    return "".join([*lines, "</div>"])


_ANSWERS = {
    "already": "The plan already has it.",
    "free": "It can be done, at no cost.",
    "costs": "It can be done, at a cost.",
    "possible": "It can be done; whether it costs something is not known.",
    "impossible": "No plan has it.",
    "open": "That is not known.",
}


def _bounded(figure: tuple[float | None, float | None]) -> str:
    value, bound = figure
    shown = "not found" if value is None else f"{value:g}"
    return shown if bound is None or bound == value else f"{shown}, at least {bound:g}"


def why_page(why: Why) -> str:
    """Why there cannot be fewer clusters, as an HTML fragment: the facts, each over what it follows from."""
    name = f"{escape(why.name)}: " if why.name else ""
    proof = escape(why.proof)
    if why.status == "infeasible":
        head = f"why there is no plan ({proof})"
    elif why.bound is None:
        head = "nothing is known about the fewest clusters"
    else:
        head = f"why at least {_count(why.bound, 'cluster')} ({proof})"
    lines = [_STYLE, f'<div class="tenantry"><h4>{name}{head}</h4>']
    for fact in why.facts:
        lines += _fact(fact)
    search = "not an argument but a search: " + "; ".join(map(escape, why.searched)) if why.searched else ""
    end = search or ("nothing of it is a search" if why.facts else "there is no argument")
    return "".join([*lines, f"<div>{end}</div></div>"])


def _fact(fact: Fact) -> list[str]:
    """A fact as the first line of its text says it, and under it a table of whom and by what."""
    number = "" if fact.least is None else f"{fact.least}: "
    lines = ["<details open><summary>", number, escape(_WHAT.get(fact.kind, fact.kind)), "</summary>"]
    text = fact.because.get("text")
    if text is not None:
        lines.append(f"<div>{escape(text)}</div>")
    for part in fact.parts[:_MOST]:
        lines += _fact(part)
    if len(fact.parts) > _MOST:
        lines.append(f"<div>and {len(fact.parts) - _MOST} more</div>")
    if fact.kind in ("runsOut", "noRoom"):
        lines.append(f"<div>{fact.because['load']} of {escape(fact.because['resource'])} requested</div>")
    if fact.kind == "weights":
        lines.append(f"<div>{fact.because['total']} / {fact.because['each']}, rounded up</div>")
    if fact.kind == "tooFew":
        lines.append(f"<div>{fact.because['allowed']} may be there</div>")
    who = [row.get("group", row) for row in fact.because.get("who", ())]
    rows = [(escape(it["tenant"]), str(it["units"]), escape(_some(tuple(it["workloads"]))), _place(it)) for it in who]
    members = fact.because.get("members", [fact.because["member"]] if "member" in fact.because else [])
    rows += [
        (escape(it["tenant"]), str(it["copies"]), escape(", ".join(it["workloads"])), _place(it)) for it in members
    ]
    if rows:
        lines += _table(("tenant", "units", "workloads", "where"), rows, "groups")
    rules = [*fact.because.get("rules", ()), *fact.because.get("apart", ())]
    by = [(escape(it["rule"]), str(it["pairs"]), escape(it["says"]), _place(it)) for it in rules]
    if by:
        lines += _table(("pairs kept apart by", "pairs", "why", "where"), by, "rules")
    places = [fact.because["largest"]] if "largest" in fact.because else []
    places += [*fact.because.get("clusters", ()), *fact.because.get("limits", ())]
    if places:
        at = [(escape(it["name"]), str(it["number"]), _place(it)) for it in places]
        lines += _table(("cluster or limit", "number", "where"), at, "places")
    return [*lines, "</details>"]


_WHAT = {
    "one": "there is something to place",
    "each": "sets that share with nobody outside, one cluster each",
    "sum": "sets that share with nobody outside add up",
    "refuse": "no two of these may share a cluster",
    "copies": "copies, no two of them in one cluster",
    "runsOut": "a resource runs out: what is requested over what the largest cluster holds, rounded up",
    "weights": "by weights, of which no legal cluster holds more than it counts",
    "kept": "existing clusters are kept",
    "priced": "at prices on clusters",
    "tooFew": "more clusters are needed than there may be",
    "noRoom": "more is requested than all clusters that there may be hold",
    "stated": "the inputs contradict",
    "searched": "a search",
}


def _place(it: Mapping[str, Any]) -> str:
    return escape(it["path"] if it["line"] is None else f"{it['path']}, line {it['line']}")


def diff_page(diff: PlanDiff) -> str:
    """What differs between two plans, as an HTML fragment."""
    name = f"{escape(diff.name)}: " if diff.name else ""
    lines = [_STYLE, f'<div class="tenantry"><h4>{name}what differs</h4>']
    if not diff:
        lines.append("<div>nothing</div>")
    figures = [(escape(it.figure), _said(it.before), _said(it.after)) for it in diff.figures]
    if figures:
        lines += _table(("figure", "before", "after"), figures, "figures")
    workloads = [
        (
            it.change,
            escape(f"{it.tenant}/{it.workload}"),
            *(escape(", ".join(homes)) for homes in (it.before, it.after)),
        )
        for it in diff.workloads
    ]
    if workloads:
        lines += _table(("", "workload", "before", "after"), workloads, "workloads")
    return "".join([*lines, "</div>"])


def comparison_page(comparison: Comparison) -> str:
    """Plans side by side, as an HTML fragment."""
    lines = [_STYLE, '<div class="tenantry"><h4>plans side by side</h4>']
    rows = [
        (
            escape(it.name) + ("" if it.planned else " *"),
            escape(it.as_of),
            _compared(it.clusters),
            _compared(it.cost),
            _compared(it.moves),
            _compared(it.exposure),
            "" if it.isolation_premium is None else str(it.isolation_premium),
            escape(it.status),
        )
        for it in comparison.plans
    ]
    heads = ("plan", "as of", "clusters", "cost", "moves", "exposure", "isolation premium", "status")
    lines += _table(heads, rows, "plans")
    if not all(it.planned for it in comparison.plans):
        lines.append("<div>*: as its document says; nothing of it was planned or checked here</div>")
    return "".join([*lines, "</div>"])


def blast_page(blast: Blast) -> str:
    """What a compromised workload reaches, as an HTML fragment."""
    name = f"{escape(blast.name)}: " if blast.name else ""
    when = " today" if blast.of == "today" else ""
    lines = [_STYLE, f'<div class="tenantry"><h4>{name}what a compromised workload reaches{when}</h4>']
    heads = ("tenants", "workloads", "pods", "namespaces", "of the platform")
    clusters = [(escape(it.cluster), *_reach(it.reach), escape(it.worst)) for it in blast.clusters]
    lines += _table(("cluster", *heads, "if it is"), clusters, "clusters")
    subject = blast.subject
    if subject is not None:
        lines.append(f"<div>{escape(subject.name)}</div>")
        rows = [
            (escape(it.cluster), escape(_some(it.tenants)), escape(_some(it.workloads)), escape(_some(it.platform)))
            for it in subject.clusters
        ]
        lines += _table(("in", "tenants", "workloads", "of the platform"), rows, "clusters")
        if subject.alone is not None:
            then = _compared(subject.alone.alone.clusters) if subject.alone.alone else "the fleet does not let it"
            lines.append(f"<div>clusters {_compared(subject.alone.today.clusters)}, if it stood alone: {then}</div>")
    tenants = [(escape(it.tenant), str(it.clusters), *_reach(it.reach), str(it.pairs)) for it in blast.tenants]
    lines += _table(("tenant", "clusters", *heads, "pairs"), tenants, "tenants")
    for what, losses in (("cluster", blast.losses), ("region", blast.losses_of_regions)):
        if losses:
            heads_of_losses = (f"if this {what} is lost", "gone", "pods elsewhere", "pods lost")
            lines += _table(heads_of_losses, [_loss(it) for it in losses], f"{what}s")
    lines += [f"<div>{escape(note)}</div>" for note in blast.notes]
    lines.append("</div>")
    if blast.planned is not None:
        lines.append(blast_page(blast.planned))
    return "".join(lines)


def _reach(it: Reach) -> tuple[str, ...]:
    figures = (it.tenants, it.workloads, it.pods, it.namespaces, it.platform)
    return tuple("?" if figure is None else str(figure) for figure in figures)


def _loss(it: BlastLoss) -> tuple[str, ...]:
    return (escape(it.of), str(len(it.gone)), str(len(it.kept)), str(it.pods))


def _compared(it: ComparedValue | None) -> str:
    if it is None or (it.value is None and it.bound is None):
        return ""
    value = "none found" if it.value is None else _number(it.value)
    proof = "" if it.proof == "none" else f" ({escape(it.proof)})"
    if it.bound is None or it.bound == it.value:
        return f"{value}{proof}"
    return f"{value}, at least {_number(it.bound)}{proof}"


def _said(value: object) -> str:
    return "none" if value is None else escape(str(value))


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], what: str) -> list[str]:
    """A table of cells that are escaped already."""
    lines = ["<table><tr>", *(f"<th>{head}</th>" for head in heads), "</tr>"]
    for row in rows[:_MOST]:
        lines += ["<tr>", *(f"<td>{cell}</td>" for cell in row), "</tr>"]
    lines.append("</table>")
    if len(rows) > _MOST:
        lines.append(f"<div>and {len(rows) - _MOST} more {what}</div>")
    return lines


def _needed(it: Needed) -> str:
    if it.never:
        return "no plan exists"
    value = "not found" if it.value is None else f"{it.value:g}"
    return value if it.bound is None or it.bound == it.value else f"{value}, at least {it.bound:g}"


def _saved(it: Saved, today: Needed, then: Needed) -> str:
    if today.never:
        return "nothing: no plan then either" if then.never else "a plan" if then.value is not None else "not known"
    if it.most is None:
        return f"at least {it.least:g}"
    return f"{it.least:g}" if it.least == it.most else f"{it.least:g} to {it.most:g}"


def _figure(figure: FrontierFigure) -> str:
    value = "not found" if figure.value is None else str(figure.value)
    if figure.bound is None or figure.bound == figure.value:
        return value
    return f"{value}, at least {figure.bound}"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


def _some(names: tuple[str, ...], most: int = 4) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
