"""Draws the pictures of docs/concepts.md: `python docs/site/pictures.py` writes docs/pictures/*.svg.

Each picture stands on a light ground of its own, so that it reads the same on a light page and on a dark one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "pictures"
INK, QUIET, GROUND = "#1f2933", "#52606d", "#fbfaf7"
REFUSES, ACCEPTS = "#b42318", "#1b6e53"
FILLS = {"trusted": "#d9efe4", "untrusted": "#fde9c8", "hostile": "#f8d7d3", "plain": "#e4e9f0"}


@dataclass
class Picture:
    """An SVG under construction."""

    width: int
    height: int
    title: str
    parts: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, words: str, *, size: int = 15, ink: str = INK, weight: int = 400) -> None:
        self.parts.append(
            f'<text x="{x}" y="{y}" font-size="{size}" fill="{ink}" font-weight="{weight}" text-anchor="middle">'
            f"{escape(words)}</text>"
        )

    def box(self, x: float, y: float, width: float, height: float, *, fill: str = "none", dashed: bool = False) -> None:
        dash = ' stroke-dasharray="6 5"' if dashed else ""
        self.parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="9" fill="{fill}" stroke="{QUIET}"'
            f' stroke-width="1.4"{dash}/>'
        )

    def card(self, x: float, y: float, words: str, kind: str = "plain", *, width: float = 120) -> None:
        """A workload: a box around its name, centred on (x, y)."""
        self.box(x - width / 2, y - 19, width, 38, fill=FILLS[kind])
        self.text(x, y + 5, words)

    def line(self, start: tuple[float, float], end: tuple[float, float], ink: str, *, dashed: bool = False) -> None:
        dash = ' stroke-dasharray="7 5"' if dashed else ""
        self.parts.append(
            f'<line x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}" stroke="{ink}"'
            f' stroke-width="2.4"{dash}/>'
        )

    def write(self, name: str) -> None:
        FOLDER.mkdir(exist_ok=True)
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" width="{self.width}"'
            f' height="{self.height}" role="img" font-family="system-ui, sans-serif">'
        )
        ground = f'<rect width="{self.width}" height="{self.height}" rx="12" fill="{GROUND}"/>'
        lines = [head, f"<title>{escape(self.title)}</title>", ground, *self.parts, "</svg>", ""]
        (FOLDER / f"{name}.svg").write_text("\n".join(lines), encoding="utf-8")


def levels() -> None:
    """The three built-in levels: who is in a cluster with whom."""
    picture = Picture(
        720, 300, "Trusted workloads share; untrusted ones only within a tenant; hostile ones with nobody"
    )
    for x, kind, sharing in [
        (20, "trusted", "shares with whoever is trusted"),
        (255, "untrusted", "shares with its own tenant"),
        (490, "hostile", "shares with nobody"),
    ]:
        picture.text(x + 105, 36, kind, size=18, weight=700)
        picture.text(x + 105, 58, sharing, size=13, ink=QUIET)
    picture.box(20, 76, 210, 188)
    for row, name in enumerate(["shop/cart", "shop/pay", "search/index"]):
        picture.card(125, 108 + 60 * row, name, "trusted", width=160)
    picture.box(255, 76, 210, 118)
    picture.card(360, 106, "a/plugins", "untrusted", width=160)
    picture.card(360, 162, "a/reports", "untrusted", width=160)
    picture.box(255, 208, 210, 56)
    picture.card(360, 236, "b/plugins", "untrusted", width=160)
    for row, name in enumerate(["ci/strangers-1", "ci/strangers-2", "ci/strangers-3"]):
        picture.box(490, 76 + 66 * row, 210, 56)
        picture.card(595, 104 + 66 * row, name, "hostile", width=160)
    picture.text(360, 287, "each outer box is a cluster", size=13, ink=QUIET)
    picture.write("levels")


def floors() -> None:
    """A floor is what somebody accepts; both floors must allow."""
    picture = Picture(720, 250, "Each accepts neighbours from its floor upwards; both floors must allow")
    for row, name in enumerate(["internal", "builds", "strangers"]):
        y = 60 + 70 * row
        picture.line((20, y + 36), (700, y + 36), "#d5dae1")
        picture.text(66, y + 5, name, size=15, weight=700)
    picture.text(66, 22, "level", size=13, ink=QUIET)
    picture.text(420, 22, "green: the floor; red, dashed: below the floor of the other", size=13, ink=QUIET)
    spots = [(230, 60, "shop", "trusted"), (410, 130, "runners", "untrusted"), (610, 200, "pull requests", "hostile")]
    for (x, y, *_), (lower, below, *_) in pairwise(spots):
        picture.line((x + 40, y + 10), (lower - 20, below - 10), REFUSES, dashed=True)
    for x, y, name, kind in spots:
        picture.card(x, y, name, kind, width=124)
        picture.line((x - 54, y + 26), (x + 54, y + 26), ACCEPTS)
    picture.write("floors")


def islands() -> None:
    """Connected components of who may share."""
    picture = Picture(720, 270, "Two islands: nobody of the one may share with anybody of the other")
    picture.box(20, 44, 430, 190, fill="#f1f5f2", dashed=True)
    picture.box(490, 44, 210, 190, fill="#f1f5f2", dashed=True)
    picture.text(235, 32, "island 1: production", weight=700)
    picture.text(595, 32, "island 2: staging", weight=700)
    spots = {"shop": (100, 100), "search": (235, 180), "ledger": (370, 100)}
    picture.line(spots["shop"], spots["search"], ACCEPTS)
    picture.line(spots["search"], spots["ledger"], ACCEPTS)
    picture.line(spots["shop"], spots["ledger"], REFUSES, dashed=True)
    for name, (x, y) in spots.items():
        picture.card(x, y, name, "trusted")
    picture.line((595, 100), (595, 180), ACCEPTS)
    picture.card(595, 100, "shop-staging", "plain")
    picture.card(595, 180, "load tests", "plain")
    picture.text(360, 256, "green: may share; red, dashed: may not", size=13, ink=QUIET)
    picture.write("islands")


def transitive() -> None:
    """Why trust does not pass on."""
    picture = Picture(720, 250, "The shop and the ledger both accept search, and refuse one another: two clusters")
    picture.text(175, 32, "who accepts whom", weight=700)
    picture.text(545, 32, "so", weight=700)
    for start, end, ink in [((70, 150), (175, 80), ACCEPTS), ((175, 80), (280, 150), ACCEPTS)]:
        picture.line(start, end, ink)
    picture.line((70, 150), (280, 150), REFUSES, dashed=True)
    picture.card(175, 80, "search", "trusted")
    picture.card(75, 150, "shop", "trusted", width=100)
    picture.card(275, 150, "ledger", "trusted", width=100)
    picture.text(175, 178, "refuses", size=13, ink=REFUSES)
    picture.box(400, 60, 140, 130)
    picture.card(470, 96, "shop", "trusted", width=110)
    picture.card(470, 154, "search", "trusted", width=110)
    picture.box(560, 60, 140, 130)
    picture.card(630, 125, "ledger", "trusted", width=110)
    picture.text(360, 226, "all three in one cluster would put the shop beside the ledger", size=13, ink=QUIET)
    picture.write("transitive")


def tenancy() -> None:
    """What lies between two tenants."""
    picture = Picture(720, 260, "Soft tenancy: namespaces in one cluster. Hard tenancy: a cluster each")
    picture.text(180, 32, "soft: a namespace each", weight=700)
    picture.text(528, 32, "hard: a cluster each", weight=700)
    picture.box(30, 50, 300, 160)
    for x, name in [(105, "shop"), (255, "search")]:
        picture.box(x - 62, 68, 124, 62, dashed=True)
        picture.card(x, 100, name, "trusted", width=100)
    picture.card(180, 176, "kernel, API server, DNS", "plain", width=260)
    for x, name in [(440, "customer a"), (615, "customer b")]:
        picture.box(x - 80, 50, 160, 160)
        picture.box(x - 62, 68, 124, 62, dashed=True)
        picture.card(x, 100, name, "untrusted", width=104)
        picture.card(x, 176, "its own", "plain", width=130)
    picture.text(360, 240, "dashed: a namespace; solid: a cluster", size=13, ink=QUIET)
    picture.write("tenancy")


if __name__ == "__main__":
    for draw in (levels, floors, islands, transitive, tenancy):
        draw()
