"""What runs today, judged: audits, and where somebody may go."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from tenantry import _core
from tenantry._documents import Document
from tenantry._options import of_type, whole
from tenantry.frozen import FrozenDict
from tenantry.plans import Loss, LossOfRegion, Warning, _fields
from tenantry.records import Records

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class AuditSummary:
    """The figures of an audit."""

    clusters: int
    """Existing clusters."""
    used_clusters: int
    """Those in which somebody of the fleet runs."""
    running: int
    """Workloads that run somewhere."""
    nowhere: int
    """Workloads that run nowhere yet."""
    violations: int
    new: int
    """Those that the baseline does not know (all of them without one)."""
    worse: int
    """Those that it knows, and that have grown."""
    known: int
    mended: int
    """Those of the baseline that are there no more."""


@dataclass(frozen=True, slots=True)
class AuditGroup:
    """The violations of one rule in one cluster."""

    cluster: str | None
    """``None`` where they are about several."""
    rule: str
    title: str
    """What the rule is about."""
    count: int
    counting: int
    """Those of them that count: new ones, and known ones that have grown."""
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditedViolation:
    """One violation."""

    id: str
    """Stays as long as its rule, cluster and workload are called the same."""
    rule: str
    cluster: str | None
    workload: str | None
    """``None`` where it is about the whole cluster."""
    figure: int
    """How bad: neighbours, units beyond what is usable (thousandths of cpu, bytes), counts too many."""
    state: Literal["new", "worse", "known"]
    message: str

    def __str__(self) -> str:
        return f"{self.message} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class MendedViolation:
    """A violation of the baseline that is there no more."""

    id: str
    rule: str
    cluster: str | None
    workload: str | None
    figure: int


@dataclass(frozen=True, slots=True)
class EndingSoon:
    """A waiver or a stay in force that ends."""

    what: Literal["waiver", "tenant-stay", "stay"]
    name: str
    """The waiver's id, the tenant, or the workload."""
    until: str
    days: int
    """0: today is the last day."""
    count: int
    """Pairs of workloads that share a cluster today by the waiver; workloads that the stay holds."""


class Audit(Document):
    """What an audit found. Immutable; can be pickled and copied. Made by `Fleet.audit`, or read with `from_json`."""

    def __init__(self, document: str) -> None:
        """The same as `Audit.from_json`."""
        of_type(document, str, "an audit is read from its text", {dict: "json.dumps"})
        self._json = _core.read_audit(document)

    @classmethod
    def from_json(cls, document: str) -> Audit:
        """Reads a ``tenantry-audit/v1`` document.

        Raises:
            PlanError: it is no audit.

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
            >>> made = fleet.audit()
            >>> tenantry.Audit.from_json(made.to_json()) == made
            True
        """
        return cls(document)

    @property
    def numbers(self) -> AuditSummary:
        """The figures."""
        return AuditSummary(**_fields(self._document["summary"]))

    @cached_property
    def groups(self) -> Records[AuditGroup]:
        """The violations by cluster and rule, the largest group first."""
        return Records(
            (AuditGroup(**_fields(row, samples=tuple(row["samples"]))) for row in self._document["groups"]),
            AuditGroup,
        )

    @cached_property
    def violations(self) -> Records[AuditedViolation]:
        """Every violation, in the order of the groups, the worst of each first."""
        return Records((AuditedViolation(**_fields(row)) for row in self._document["violations"]), AuditedViolation)

    @property
    def mended(self) -> Records[MendedViolation]:
        """Violations of the baseline that are there no more."""
        return Records((MendedViolation(**_fields(row)) for row in self._document["mended"]), MendedViolation)

    @property
    def losses(self) -> Records[Loss]:
        """What the loss of each cluster takes, the largest first."""
        return Records((Loss(**_fields(row, samples=tuple(row["samples"]))) for row in self._document["losses"]), Loss)

    @property
    def losses_of_regions(self) -> Records[LossOfRegion]:
        """What the loss of each region takes, the largest first."""
        rows = self._document["lossesOfRegions"]
        return Records((LossOfRegion(**_fields(row, samples=tuple(row["samples"]))) for row in rows), LossOfRegion)

    @property
    def ending(self) -> Records[EndingSoon]:
        """Waivers and stays in force that end soon, the first first."""
        return Records((EndingSoon(**_fields(row)) for row in self._document["ending"]), EndingSoon)

    @property
    def warnings(self) -> Records[Warning]:
        """What the reader should know of the fleet."""
        return Records((Warning(**row) for row in self._document["warnings"]), Warning)

    @property
    def notes(self) -> Records[Warning]:
        """What is no violation, and may be of use."""
        return Records((Warning(**row) for row in self._document["notes"]), Warning)

    @property
    def not_covered(self) -> tuple[str, ...]:
        """What no rule saw."""
        return tuple(self._document["notCovered"])

    def failures(
        self, fail_on: Literal["violation", "warning", "note"] = "violation", *, within: int | None = None
    ) -> int:
        """How many findings count; none: the audit passes.

        Args:
            fail_on: ``"warning"`` counts warnings and what ends soon too, ``"note"`` notes as well.
            within: what ends within so many days counts in any case.

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
            >>> fleet.audit().failures() > 0
            True
        """
        return _core.audit_failures(self._json, fail_on, _days(within))

    def baseline_json(self) -> str:
        """A baseline that knows every violation of this audit, as JSON text.

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
            >>> fleet.audit(baseline=fleet.audit().baseline_json()).failures()
            0
        """
        return _core.audit_baseline(self._json)

    def to_sarif(
        self, fail_on: Literal["violation", "warning", "note"] = "violation", *, within: int | None = None
    ) -> str:
        """SARIF 2.1.0, without places in a file: ``tenantry audit --format sarif`` knows those.

        Args:
            fail_on: which findings are errors, as in `failures`.
            within: as in `failures`.

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
            >>> '"version": "2.1.0"' in fleet.audit().to_sarif()
            True
        """
        return _core.audit_as(self._json, "sarif", fail_on, _days(within))

    def to_junit(
        self, fail_on: Literal["violation", "warning", "note"] = "violation", *, within: int | None = None
    ) -> str:
        """JUnit XML: which findings fail, `fail_on` and `within` say as in `failures`.

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
            >>> "<failure" in fleet.audit().to_junit()
            True
        """
        return _core.audit_as(self._json, "junit", fail_on, _days(within))

    def to_github(
        self, fail_on: Literal["violation", "warning", "note"] = "violation", *, within: int | None = None
    ) -> str:
        """Annotations of GitHub, without places in a file: errors are what `fail_on` and `within` say in `failures`.

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
            >>> fleet.audit().to_github().startswith("::error")
            True
        """
        return _core.audit_as(self._json, "github", fail_on, _days(within))

    def __str__(self) -> str:
        return _core.audit_as(self._json, "text", "violation", None)

    def __repr__(self) -> str:
        return f"<tenantry.Audit {self.name!r}: {self.numbers.violations} violations>"


def _days(within: Any) -> int | None:
    return None if within is None else whole(within, "`within`", 16)


@dataclass(frozen=True, slots=True)
class PlaceReason:
    """Why somebody may not go somewhere."""

    rule: str
    """As an audit names it."""
    message: str

    def __str__(self) -> str:
        return f"{self.message} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An existing cluster, or a further cluster of a template."""

    kind: Literal["existing", "new"]
    name: str
    """The cluster's name, or the template's."""
    template: str | None
    regions: tuple[str, ...]
    """Its region, or those in which the further cluster could stand."""
    fits: bool
    current: bool
    """They all run there today."""
    workloads: int
    """Workloads that are there today."""
    left: Mapping[str, str]
    """What is left of each resource when they are there; empty where they may not go."""
    reasons: tuple[PlaceReason, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where some workloads may go together."""

    workloads: tuple[str, ...]
    company: tuple[str, ...]
    """Those that go with them: they must share a cluster, and run nowhere yet."""
    runs_in: tuple[str, ...]
    places: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Where workloads may go now, with nobody moved."""

    as_of: str
    asked: tuple[Placed, ...]
    """One entry a workload, or one for all of them together."""
    document: str
    """The document ``tenantry-places/v1``, as JSON text."""
    text: str
    """All of it in plain words."""

    @property
    def all_have_one(self) -> bool:
        """Whether everything that was asked for has a place."""
        return all(it.places > 0 for it in self.asked)

    @classmethod
    def _of(cls, document: str, text: str) -> Places:
        read = json.loads(document)
        return cls(read["asOf"], tuple(map(_placed, read["asked"])), document, text)

    def to_dict(self) -> dict[str, Any]:
        """The document as plain Python values.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> fleet.place("shop/frontend").to_dict()["schema"]
            'tenantry-places/v1'
        """
        document: dict[str, Any] = json.loads(self.document)
        return document

    def __str__(self) -> str:
        return self.text


def _placed(row: Mapping[str, Any]) -> Placed:
    workloads, company, runs_in = (tuple(row[key]) for key in ("workloads", "company", "runsIn"))
    return Placed(workloads, company, runs_in, row["places"], tuple(map(_candidate, row["candidates"])))


def _candidate(row: Mapping[str, Any]) -> Candidate:
    reasons = tuple(PlaceReason(**reason) for reason in row["reasons"])
    regions = tuple(row["regions"])
    return Candidate(**_fields(row, regions=regions, left=FrozenDict(row["left"]), reasons=reasons))
