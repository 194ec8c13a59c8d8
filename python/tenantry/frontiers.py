"""What fewer clusters take."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from tenantry import _core
from tenantry._documents import Answer
from tenantry._options import of_type
from tenantry.records import Records

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class FrontierFigure:
    """A figure, and what is known of how small it can be."""

    value: float | None
    """Of the best plan that was found; ``None`` where none was, or where a price is not known. A whole number, but for
    money."""
    bound: float | None
    """No plan has less; ``None`` where nothing is known."""
    proof: Literal["certified", "claimed", "none"]
    """What backs the bound."""


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """At most so many clusters."""

    clusters: int
    today: bool
    """As many as are in use today."""
    no_plan_moves_less: bool
    """No plan moves less, whatever its clusters."""
    moves: FrontierFigure
    """The fewest moves."""
    moves_with: int
    """Clusters of the plan that has so few moves."""
    cost: FrontierFigure | None
    """The least cost; ``None`` where some cluster has no price."""


class Frontier(Answer):
    """What fewer clusters take. Immutable; can be pickled. Made by `Fleet.frontier`, or read with `from_json`."""

    _kind = "frontier"

    def __init__(self, document: str) -> None:
        """The same as `Frontier.from_json`."""
        of_type(document, str, "a frontier is read from its text", {dict: "json.dumps"})
        self._json = _core.read_frontier(document)

    @classmethod
    def from_json(cls, document: str) -> Frontier:
        """Reads a ``tenantry-frontier/v1`` document.

        Raises:
            PlanError: it is none.

        Example:
            >>> import tenantry
            >>> fleet = (
            ...     tenantry.Fleet.builder()
            ...     .tenant("bank", trust="trusted")
            ...     .tenant("guest", trust="untrusted")
            ...     .workload("ledger", tenant="bank", cpu=1, memory="1Gi", runs_in="east")
            ...     .workload("demo", tenant="guest", cpu=1, memory="1Gi", runs_in="east")
            ...     .existing("east", cpu=8, memory="32Gi")
            ...     .existing("west", cpu=8, memory="32Gi")
            ...     .build()
            ... )
            >>> made = fleet.frontier()
            >>> tenantry.Frontier.from_json(made.to_json()) == made
            True
        """
        return cls(document)

    @property
    def status(self) -> Literal["optimal", "feasible", "infeasible", "unknown"]:
        """What is known of the fewest clusters."""
        status: Literal["optimal", "feasible", "infeasible", "unknown"] = self._document["status"]
        return status

    @property
    def fewest(self) -> FrontierFigure:
        """The fewest clusters."""
        return _figure(self._document["fewest"])

    @property
    def today(self) -> int:
        """Existing clusters in which somebody runs today, or that are in every plan."""
        return int(self._document["today"])

    @property
    def least_moves(self) -> int:
        """The least that the moves of any plan count, as far as it is proved."""
        return int(self._document["leastMoves"])

    @cached_property
    def points(self) -> Records[FrontierPoint]:
        """One for each number of clusters, the fewest first. Moves and cost never rise along them."""
        return Records(map(_point, self._document["points"]), FrontierPoint)

    @property
    def stopped(self) -> Literal["time", "work", "cancelled"] | None:
        """Which limit cut the call short."""
        stopped: Literal["time", "work", "cancelled"] | None = self._document["stopped"]
        return stopped

    @property
    def notes(self) -> tuple[str, ...]:
        """How to read the figures."""
        return tuple(self._document["notes"])

    def __str__(self) -> str:
        return _core.frontier_text(self._json)

    def __repr__(self) -> str:
        return f"<tenantry.Frontier {self.name!r}: {len(self.points)} points>"


def _figure(row: Mapping[str, Any]) -> FrontierFigure:
    return FrontierFigure(row["value"], row["bound"], row["proof"])


def _point(row: Mapping[str, Any]) -> FrontierPoint:
    cost = None if row["cost"] is None else _figure(row["cost"])
    marks = (row["clusters"], row["today"], row["noPlanMovesLess"])
    return FrontierPoint(*marks, _figure(row["moves"]), row["movesWith"], cost)
