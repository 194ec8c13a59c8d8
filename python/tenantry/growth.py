"""How far a fleet can grow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from tenantry._documents import Document
from tenantry.records import Records

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class GrowthPoint:
    """What is known of one factor."""

    factor: float
    clusters: int | None
    """Of the best plan; ``None`` where none was found."""
    lower_bound: int | None
    """The fewest clusters that any plan can have; ``None`` where no plan exists."""
    proof: Literal["certified", "claimed", "none"]
    """What backs the bound, or that no plan exists."""
    why: str
    """Why there cannot be fewer, or why no plan exists."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A limit that growth runs into."""

    what: Literal["resource", "maximum", "maxCount", "maxClusters", "workload", "nodes"]
    name: str
    """The resource (of a dedicated pool ``RESOURCE@POOL``), the template, the region, or the workload."""


@dataclass(frozen=True, slots=True)
class Rise:
    """A number of clusters and where it stops to suffice."""

    start: int
    """So many clusters,"""
    lasts_to: float
    """suffice up to this factor: there is a plan."""
    needed_from: float | None
    """At this factor more are proved to be needed, or no plan to exist; ``None`` where that is proved of none."""
    exact: bool
    """Whether nothing lies between the two."""
    after: GrowthPoint
    """What is known where more are needed."""
    breaks: tuple[Broken, ...]
    """Each limit without which the old number would do there. Empty where it takes several to go, or where who may
    share with whom is the reason."""


@dataclass(frozen=True, slots=True)
class GrowthPart:
    """What grows, and what came of it."""

    by: str
    """``all``, ``tenant`` or ``attribute:NAME``."""
    name: str | None
    """The tenant or the class; ``None`` for all, and for workloads without a value."""
    workloads: int
    pods: int
    rises: tuple[Rise, ...]
    """Where the number of clusters rises, the smallest factor first."""
    end: GrowthPoint | None
    """The greatest factor; ``None`` where it was not reached."""
    complete: bool
    """Whether every rise up to the greatest factor is listed."""


class Growth(Document):
    """How the number of clusters grows with the fleet. Immutable; can be pickled. Made by `Fleet.grow`."""

    _text: str

    @classmethod
    def _with(cls, document: str, text: str) -> Growth:
        it = cls._of(document)
        it._text = text
        return it

    @cached_property
    def start(self) -> GrowthPoint:
        """The fleet as it is, with what was added."""
        return GrowthPoint(*_point(self._document["start"]))

    @cached_property
    def before(self) -> GrowthPoint | None:
        """The fleet without what was added; ``None`` where nothing was."""
        added = self._document["added"]
        return None if added is None else GrowthPoint(*_point(added["before"]))

    @cached_property
    def parts(self) -> Records[GrowthPart]:
        """All of it, or one tenant or class at a time, by name."""
        return Records(map(_part, self._document["parts"]), GrowthPart)

    @property
    def parts_left_out(self) -> int:
        """Tenants or classes that were not looked at: those with the fewest pods, or those behind a limit."""
        left_out: int = self._document["partsLeftOut"]
        return left_out

    @property
    def stopped(self) -> Literal["time", "work", "cancelled"] | None:
        """Which limit cut the call short."""
        stopped: Literal["time", "work", "cancelled"] | None = self._document["stopped"]
        return stopped

    @property
    def document(self) -> str:
        """The document ``tenantry-growth/v1``, as JSON text."""
        return self._json

    @property
    def text(self) -> str:
        """All of it in plain words."""
        return self._text

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<tenantry.Growth {self.name!r}: {len(self.parts)} parts>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Growth._with, (self._json, self._text))


def _point(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[key] for key in ("factor", "clusters", "lowerBound", "proof", "why"))


def _part(row: Mapping[str, Any]) -> GrowthPart:
    end = None if row["end"] is None else GrowthPoint(*_point(row["end"]))
    rises = tuple(map(_rise, row["rises"]))
    return GrowthPart(row["by"], row["name"], row["workloads"], row["pods"], rises, end, row["complete"])


def _rise(row: Mapping[str, Any]) -> Rise:
    breaks = tuple(Broken(**it) for it in row["breaks"])
    return Rise(
        row["from"], row["lastsTo"], row["neededFrom"], row["exact"], GrowthPoint(*_point(row["after"])), breaks
    )
