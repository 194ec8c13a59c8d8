"""What all charts have in common: colours, texts and sizes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from tenantry._extras import wanted
from tenantry.html import visible

if TYPE_CHECKING:
    import altair as alt

Row: TypeAlias = dict[str, Any]

WIDTH = 620
"""Of a chart, in pixels, where nothing decides it."""
LONGEST = 120
"""Characters of a name that are shown."""
WIDEST = 320
"""Of a name beside an axis, in pixels."""
BESIDE = 46
"""Characters of a name that are shown beside an axis: so many Latin ones are hardly more than that wide."""

# Okabe and Ito, "Color Universal Design" (2008): told apart with every kind of colour vision
BLUE, ORANGE, GREEN, SKY, VERMILION, PURPLE = "#0072B2", "#E69F00", "#009E73", "#56B4E9", "#D55E00", "#CC79A7"
GREY = "#8A8A8A"


class Ground:
    """What a chart is drawn on, and the colours that can be seen there."""

    def __init__(self, dark: bool) -> None:
        light = ("#FFFFFF", "#222222", "#E2E2E2")
        self.ground, self.ink, self.line = ("#16181D", "#E6E6E6", "#3A3E46") if dark else light
        self.main = SKY if dark else BLUE
        self.second = ORANGE if dark else VERMILION

    def cell(self, share: float, rest: bool) -> Row:
        """How a cell is written in that has so much of the scale, from dark to light; or that is added up."""
        return {"ink": self.ink if rest else "#111111" if share > 0.5 else "#FFFFFF", "rest": rest}


def altair() -> Any:
    """The package, where it is.

    Raises:
        ImportError: it is not there; says what to install.
    """
    return wanted("altair", "tenantry.plot", "tenantry[plot]")


def shown(text: str) -> str:
    """A text of the fleet: no mark-up anywhere, nothing that hides, not endless."""
    short = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return visible(short, shown="<")


def distinct(names: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Each name as it is shown, and no two alike: what was cut off or looks like another gets a number."""
    used = set(taken)
    found: dict[str, str] = {}
    for name in names:
        text, number = shown(name), 1
        while text in used:
            number += 1
            text = f"{shown(name)} ({number})"
        used.add(text)
        found[name] = text
    return found


def kept(names: Sequence[str], most: int, what: str) -> tuple[dict[str, str], str]:
    """The first names, which have a row of their own, as they are shown, and what all others are called together."""
    own = names if len(names) <= most + 1 else names[:most]
    rest = f"{len(names) - len(own)} more {plural(what)}"
    return distinct(own, [rest]), rest


def named(name: str, what: str) -> str:
    """A title: of which fleet, and what."""
    return f"{shown(name)}: {what}" if name else f"{what[0].upper()}{what[1:]}"


def listed(names: Sequence[str], most: int = 3) -> str:
    """A few names, and how many more there are."""
    few = ", ".join(map(shown, names[:most]))
    return few if len(names) <= most else f"{few} and {len(names) - most} more"


def counted(count: int, what: str) -> str:
    """A number of things."""
    return f"{count:,} {what if count == 1 else plural(what)}"


def plural(what: str) -> str:
    """Several of them."""
    return f"{what}es" if what.endswith("s") else f"{what}s"


def data(rows: Iterable[Row]) -> alt.InlineData:
    """Rows as they are: no limit of Altair's on their number is met, as charts add up before."""
    return altair().InlineData(values=list(rows))  # type: ignore[no-any-return]


def title(text: str, below: Iterable[str]) -> Any:
    """A title, and what is to be known beside it."""
    return altair().TitleParams(text=text, subtitle=[line for line in below if line])


def finished(chart: Any, heads: Any, on: Ground) -> Any:
    """A chart with its title and its style."""
    alt = altair()
    chart = chart.properties(title=heads)
    text = {"labelColor": on.ink, "titleColor": on.ink, "labelFontSize": 12, "titleFontSize": 12}
    return chart.configure(
        background=on.ground,
        font="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif",
        padding=12,
        axis=alt.AxisConfig(
            **text,
            titleFontWeight="normal",
            labelLimit=WIDEST,
            # where labels take more than this the title is drawn over them
            maxExtent=WIDEST + 40,
            gridColor=on.line,
            domainColor=GREY,
            tickColor=GREY,
        ),
        legend=alt.LegendConfig(**text, titleFontWeight="normal", labelLimit=WIDEST, symbolOpacity=1),
        header=alt.HeaderConfig(**text, titleFontWeight="normal"),
        title=alt.TitleConfig(
            color=on.ink,
            fontSize=15,
            subtitleColor=on.ink,
            subtitleFontSize=12,
            anchor="start",
            frame="group",
            offset=12,
            subtitlePadding=4,
        ),
        view=alt.ViewConfig(stroke=on.line),
    )


def amount(value: float, sign: str = "") -> str:
    """A count, or money to the hundredth; with ``+`` as `sign` what is more has one."""
    text = f"{value:{sign},.2f}"
    return text.rstrip("0").rstrip(".")


def short(number: int) -> str:
    """A number for a narrow cell; what is cut off is told where one points at it."""
    return f"{number:,}" if number < 1000 else f"{number / 1000:.3g}k" if number < 1_000_000 else f"{number / 1e6:.3g}M"


def names_axis(**more: Any) -> Any:
    """An axis of names. Of a long one the middle is left out: many begin alike, and differ at the end."""
    side, label = BESIDE // 2 - 1, "datum.label"
    cut = f"substring({label}, 0, {side}) + '…' + substring({label}, length({label}) - {side})"
    return altair().Axis(labelExpr=f"length({label}) > {BESIDE} ? {cut} : {label}", **more)


def whole(most: float, least: float = 0) -> Any:
    """An axis of whole numbers up to the greatest."""
    few = {"values": list(range(int(least), int(most) + 1))} if most - least <= 8 else {}
    return altair().Axis(format=",d", tickMinStep=1, **few)


def beside(most: float, labels: Iterable[str]) -> float:
    """How far an axis goes on behind the greatest value, so that a label ends before the chart does."""
    room = 14 + 6.5 * max(map(len, labels), default=0)
    return (most or 1) * WIDTH / max(WIDTH - room, WIDTH / 4)


def near(numbers: Iterable[float]) -> dict[str, Any]:
    """The scale and the axis of amounts, with a little room around them."""
    known = list(numbers) or [0.0]
    room = (max(known) - min(known)) / 20 or max(abs(max(known)) / 20, 1)
    scale = altair().Scale(domain=[max(0.0, min(known) - room), max(known) + room], zero=False, nice=False)
    return {"scale": scale, "axis": altair().Axis(format=",.10~g")}


def around(numbers: Iterable[int]) -> dict[str, Any]:
    """The scale and the axis of whole numbers, with a little room around them."""
    known = list(numbers) or [0]
    least, most = max(0, min(known) - 1), max(known) + 1
    scale = altair().Scale(domain=[least, most], zero=False, nice=False)
    return {"scale": scale, "axis": whole(most, least)}


def heat(base: Any, color: Any, size: tuple[int, int], on: Ground) -> Any:
    """Cells with texts in them, of so many columns and rows. Rows of the data have ``rest``, ``label`` and ``ink``.

    What is added up (``rest``) has no colour: it would outshine all others.
    """
    alt = altair()
    columns, rows = size
    cells = base.mark_rect(stroke=on.ground, strokeWidth=1)
    cells = cells.encode(color=alt.condition("datum.rest", alt.value(on.line), color))
    texts = base.mark_text(fontSize=10).encode(text="label:N", color=alt.Color("ink:N", scale=None))
    step = 34 if columns <= 16 else 26
    layers = alt.layer(cells, texts).resolve_scale(color="independent")
    return layers.properties(width=step * max(columns, 1), height=22 * max(rows, 1))
