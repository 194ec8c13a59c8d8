"""What a compromised workload reaches, and what losses take."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from tenantry import _core
from tenantry._documents import Answer
from tenantry._options import of_type
from tenantry.comparisons import ComparedPlan, compared
from tenantry.plans import Status, _fields
from tenantry.records import Records

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Reach:
    """What is in reach of somebody, in all of its clusters together, and what is its own left out."""

    tenants: int
    workloads: int
    pods: int | None
    """``None`` where those of the platform are not known: a plan without its fleet does not say."""
    namespaces: int | None
    platform: int
    """Of the workloads those of the platform, which run in every cluster."""


@dataclass(frozen=True, slots=True)
class BlastCluster:
    """A cluster, and the workload that reaches most in it."""

    cluster: str
    region: str | None
    worst: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class BlastTenant:
    """A tenant, and what all of its workloads together reach."""

    tenant: str
    clusters: int
    reach: Reach
    pairs: int
    """Pairs with workloads of other tenants: if it stood alone, the exposure would be so much smaller."""


@dataclass(frozen=True, slots=True)
class BlastWorkload:
    """A workload, and what it reaches."""

    workload: str
    tenant: str
    platform: bool
    """It is one of the platform, and so in every cluster."""
    clusters: int
    reach: Reach
    pairs: int
    """Workloads of other tenants beside it: if it stood alone, the exposure would be so much smaller."""


@dataclass(frozen=True, slots=True)
class KeptElsewhere:
    """A workload that loses pods and has some left."""

    workload: str
    left: int
    of: int
    """Pods that it has."""


@dataclass(frozen=True, slots=True)
class BlastLoss:
    """What the loss of a cluster or a region takes."""

    of: str
    clusters: int
    gone: tuple[str, ...]
    """Workloads that have no pod left."""
    kept: tuple[KeptElsewhere, ...]
    pods: int
    tenants: int
    """Tenants that lose a pod."""


@dataclass(frozen=True, slots=True)
class InReach:
    """What is in reach in one cluster, by name."""

    cluster: str
    tenants: tuple[str, ...]
    namespaces: tuple[str, ...]
    """That are not its own; those of the platform among them where they are known."""
    workloads: tuple[str, ...]
    """Those of the platform aside."""
    platform: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Alone:
    """What it takes that somebody stands alone: two plans."""

    today: ComparedPlan
    alone: ComparedPlan | None
    forbidden: str | None
    """Why the fleet does not let it."""


@dataclass(frozen=True, slots=True)
class BlastSubject:
    """A tenant or a workload that was asked about."""

    name: str
    is_tenant: bool
    reach: Reach
    pairs: int
    clusters: tuple[InReach, ...]
    alone: Alone | None
    """``None`` where nothing was planned for it."""


class Blast(Answer):
    """What a compromised workload reaches, and what losses take. Immutable; can be pickled.

    Made by `Fleet.blast` and `Plan.blast`, or read with `from_json`. Lists come worst first.
    """

    _kind = "blast"

    def __init__(self, document: str) -> None:
        """The same as `Blast.from_json`."""
        of_type(document, str, "a document of `blast` is read from its text", {dict: "json.dumps"})
        self._json = _core.read_blast(document)

    @classmethod
    def from_json(cls, document: str) -> Blast:
        """Reads a ``tenantry-blast/v1`` document.

        Raises:
            PlanError: it is none.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> made = fleet.blast()
            >>> tenantry.Blast.from_json(made.to_json()) == made
            True
        """
        return cls(document)

    @property
    def of(self) -> Literal["plan", "today"]:
        """What it speaks of."""
        of: Literal["plan", "today"] = self._document["of"]
        return of

    @property
    def status(self) -> Status | None:
        """How the planning ended. Without a plan every list is empty. ``None`` of today: nothing was planned."""
        status: Status | None = self._document["status"]
        return status

    @cached_property
    def clusters(self) -> Records[BlastCluster]:
        """One a cluster that holds somebody."""
        rows = self._document["clusters"]
        return Records((BlastCluster(**_fields(row, reach=Reach(**row["reach"]))) for row in rows), BlastCluster)

    @cached_property
    def tenants(self) -> Records[BlastTenant]:
        """One a tenant that has a workload somewhere."""
        return Records(
            (BlastTenant(**_fields(row, reach=Reach(**row["reach"]))) for row in self._document["tenants"]), BlastTenant
        )

    @cached_property
    def workloads(self) -> Records[BlastWorkload]:
        """One a workload, those of the platform too."""
        rows = self._document["workloads"]
        return Records((BlastWorkload(**_fields(row, reach=Reach(**row["reach"]))) for row in rows), BlastWorkload)

    @cached_property
    def losses(self) -> Records[BlastLoss]:
        """What the loss of each cluster takes."""
        return Records(map(_loss, self._document["losses"]), BlastLoss)

    @cached_property
    def losses_of_regions(self) -> Records[BlastLoss]:
        """What the loss of each region takes; empty where the fleet has none."""
        return Records(map(_loss, self._document["lossesOfRegions"]), BlastLoss)

    @cached_property
    def subject(self) -> BlastSubject | None:
        """Whom the call asks about."""
        row = self._document["subject"]
        if row is None:
            return None
        return BlastSubject(
            name=row["name"],
            is_tenant=row["isTenant"],
            reach=Reach(**row["reach"]),
            pairs=row["pairs"],
            clusters=tuple(
                InReach(it["cluster"], *(tuple(it[key]) for key in ("tenants", "namespaces", "workloads", "platform")))
                for it in row["clusters"]
            ),
            alone=None if row["alone"] is None else _alone(row["alone"]),
        )

    @cached_property
    def planned(self) -> Blast | None:
        """The same of the plan that was given beside what runs today."""
        row = self._document["planned"]
        return None if row is None else Blast(json.dumps(row))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the figures leave out."""
        return tuple(self._document["notes"])

    def to_columns(self) -> dict[str, list[Any]]:
        """A row a workload, for a DataFrame.

        Example:
            >>> import tenantry
            >>> columns = tenantry.plan(tenantry.Fleet.load("examples/acme.yaml")).blast().to_columns()
            >>> columns["workload"][1], columns["other_tenants"][1]
            ('quality/loadgenerator', 2)
        """
        rows = self.workloads
        columns: dict[str, list[Any]] = {
            key: [getattr(row, key) for row in rows] for key in ("workload", "tenant", "platform", "clusters", "pairs")
        }
        for key in ("tenants", "workloads", "pods", "namespaces", "platform"):
            columns[f"other_{key}"] = [getattr(row.reach, key) for row in rows]
        return columns

    def __str__(self) -> str:
        return _core.blast_text(self._json)

    def __repr__(self) -> str:
        return f"<tenantry.Blast {self.name!r}: {len(self.workloads)} workloads in {len(self.clusters)} clusters>"


def _loss(row: Mapping[str, Any]) -> BlastLoss:
    kept = tuple(KeptElsewhere(**it) for it in row["kept"])
    return BlastLoss(row["of"], row["clusters"], tuple(row["gone"]), kept, row["pods"], row["tenants"])


def _alone(row: Mapping[str, Any]) -> Alone:
    alone = None if row["alone"] is None else compared(row["alone"])
    return Alone(compared(row["today"]), alone, row["forbidden"])
