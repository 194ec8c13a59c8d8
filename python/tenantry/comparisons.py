"""Plans side by side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from tenantry import _core
from tenantry._documents import Answer
from tenantry._options import of_type
from tenantry.plans import Proof, Status
from tenantry.records import Records

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ComparedValue:
    """A figure of a plan, and what is known of how small it can be."""

    value: float | None
    """``None`` where there is no plan, or it is not known."""
    bound: float | None
    """No plan has less that is as good in the levels before; ``None`` where it is no level, or nothing is known."""
    proof: Proof
    """What backs the bound."""


@dataclass(frozen=True, slots=True)
class ComparedPlan:
    """One of the plans."""

    name: str
    """What the call names it."""
    fleet: str
    """The fleet's name."""
    fleet_digest: str
    as_of: str
    """The day on which waivers were judged."""
    planned: bool
    """It was planned by the call; else it was a plan before, and stands here as it says of itself."""
    status: Status
    proof: Proof
    stopped: Literal["time", "work", "cancelled"] | None
    """Which limit cut it short."""
    clusters: ComparedValue
    cost: ComparedValue
    """Without a value where a cluster has no price."""
    moves: ComparedValue | None
    """``None`` where nothing runs yet."""
    exposure: ComparedValue
    """Pairs of workloads of different tenants that share a cluster."""
    isolation_premium: int | None
    """Clusters that the rules of trust take; ``None`` where it was not asked for, or is not known."""
    premium_left_out: str | None
    """Why it is not known, where it was asked for."""
    tenants: int
    workloads: int
    pods: int


class Comparison(Answer):
    """Plans side by side. Immutable; can be pickled. Made by `tenantry.compare`, or read with `from_json`."""

    _kind = "comparison"

    def __init__(self, document: str) -> None:
        """The same as `Comparison.from_json`."""
        of_type(document, str, "a comparison is read from its text", {dict: "json.dumps"})
        self._json = _core.read_comparison(document)

    @classmethod
    def from_json(cls, document: str) -> Comparison:
        """Reads a ``tenantry-comparison/v1`` document.

        Raises:
            PlanError: it is none.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> made = tenantry.compare(fleet, fleet, names=["this", "that"])
            >>> tenantry.Comparison.from_json(made.to_json()) == made
            True
        """
        return cls(document)

    @property
    def name(self) -> str:
        """What the plans are called, in one line."""
        return ", ".join(plan.name for plan in self.plans)

    @property
    def as_of(self) -> str:
        """The days on which waivers were judged, in one line: one, unless they differ."""
        return ", ".join(sorted({plan.as_of for plan in self.plans}))

    @cached_property
    def plans(self) -> Records[ComparedPlan]:
        """One a fleet or plan, in the order of the call."""
        return Records(map(compared, self._document["plans"]), ComparedPlan)

    @property
    def stopped(self) -> Literal["time", "work", "cancelled"] | None:
        """Which limit cut a run of the call short."""
        stopped: Literal["time", "work", "cancelled"] | None = self._document["stopped"]
        return stopped

    def to_columns(self) -> dict[str, list[Any]]:
        """A row a plan, for a DataFrame: each figure with its bound and what backs it.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> columns = tenantry.compare(fleet, fleet.without("distrust:pci-scope")).to_columns()
            >>> columns["clusters"], columns["clusters_proof"]
            ([7, 6], ['certified', 'certified'])
        """
        columns: dict[str, list[Any]] = {
            key: [getattr(plan, key) for plan in self.plans]
            for key in ("name", "fleet", "as_of", "planned", "status", "proof", "stopped")
        }
        for figure in ("clusters", "cost", "moves", "exposure"):
            values = [getattr(plan, figure) for plan in self.plans]
            for part in ("value", "bound", "proof"):
                key = figure if part == "value" else f"{figure}_{part}"
                columns[key] = [None if value is None else getattr(value, part) for value in values]
        for key in ("isolation_premium", "premium_left_out", "tenants", "workloads", "pods"):
            columns[key] = [getattr(plan, key) for plan in self.plans]
        return columns

    def __str__(self) -> str:
        return _core.comparison_text(self._json)

    def __repr__(self) -> str:
        return f"<tenantry.Comparison: {len(self.plans)} plans>"


def _value(row: Mapping[str, Any]) -> ComparedValue:
    return ComparedValue(row["value"], row["bound"], row["proof"])


def compared(row: Mapping[str, Any]) -> ComparedPlan:
    """One of the plans, as documents have it."""
    return ComparedPlan(
        name=row["name"],
        fleet=row["fleet"],
        fleet_digest=row["fleetDigest"],
        as_of=row["asOf"],
        planned=row["planned"],
        status=row["status"],
        proof=row["proof"],
        stopped=row["stopped"],
        clusters=_value(row["clusters"]),
        cost=_value(row["cost"]),
        moves=None if row["moves"] is None else _value(row["moves"]),
        exposure=_value(row["exposure"]),
        isolation_premium=row["isolationPremium"],
        premium_left_out=row["premiumLeftOut"],
        tenants=row["tenants"],
        workloads=row["workloads"],
        pods=row["pods"],
    )
