"""The plan, as frozen typed objects."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from tenantry import _core
from tenantry._options import checked, of_type
from tenantry.errors import Interrupted, NoPlanError, PlanError, UsageError
from tenantry.frozen import FrozenDict
from tenantry.manifests import ExportTarget, Manifests, PodSecurity
from tenantry.records import LazyRecords, Records

if TYPE_CHECKING:
    import datetime

    from tenantry.blasts import Blast
    from tenantry.diffs import PlanDiff
    from tenantry.facts import Why
    from tenantry.fleet import Fleet
    from tenantry.levers import Prices
    from tenantry.migrations import Migration
    from tenantry.progress import Interrupt, Tells

Status: TypeAlias = Literal["optimal", "feasible", "infeasible", "unknown"]
Proof: TypeAlias = Literal["certified", "claimed", "none"]

_HUMP = re.compile(r"(?<!^)(?=[A-Z])")


def _snake(name: str) -> str:
    return _HUMP.sub("_", name).lower()


def _fields(document: Mapping[str, Any], **instead: Any) -> dict[str, Any]:
    """The fields of a record: those of a document, but for some that are given."""
    return {_snake(key): value for key, value in document.items()} | instead


@dataclass(frozen=True, slots=True)
class ResourceUse:
    """Use of one resource of a cluster, as Kubernetes quantities."""

    requested: str
    """Requested by the workloads assigned, and by their tenants once."""
    usable: str
    """Usable after headroom, maximums and per-cluster overhead, or ``unlimited``."""
    utilisation: float | None
    """Requested / usable; ``None`` where unlimited or 0."""


@dataclass(frozen=True, slots=True)
class BlastRadius:
    """What a compromised workload could reach in its cluster, platform workloads included."""

    tenants: int
    workloads: int
    pods: int


@dataclass(frozen=True, slots=True)
class PoolUse:
    """Use of one node pool of a cluster."""

    name: str
    dedicated: bool
    """Only for workloads that name it."""
    nodes: int | None
    """Nodes in use; ``None`` where the pods are not placed on nodes."""
    paid: int | None
    """Nodes that are paid for: those in use, and at least the minimum."""
    max: int
    resources: Mapping[str, ResourceUse]
    """What a dedicated pool that some workload names is used for."""


@dataclass(frozen=True, slots=True)
class NodeUse:
    """Equal nodes of a cluster and what runs on each of them."""

    pool: str
    count: int
    pods: Mapping[str, int]
    """Pods of each workload, by identity."""


@dataclass(frozen=True, slots=True)
class Existing:
    """What a plan says of a cluster because it exists."""

    mode: Literal["open", "cordon", "drain"]
    kept: bool
    """It is in every plan, even if it is empty."""
    because: Literal["keep", "occupied"] | None = None
    """Why it is kept: it says so, or others are there who are not in the fleet."""


@dataclass(frozen=True, slots=True)
class MoveCount:
    """Workloads that go elsewhere, and what that counts."""

    cost: int
    """The sum of the ``moveCost``."""
    workloads: int
    pods: int
    stateful: int
    regions: int = 0
    """Workloads that go to another region."""


@dataclass(frozen=True, slots=True)
class Moves:
    """What a plan moves."""

    forced: MoveCount
    """Workloads that can stay where they run in no plan."""
    chosen: MoveCount
    """Workloads that this plan moves for the sake of its other values, or of somebody else."""
    by_tenant: Mapping[str, MoveCount]
    """Both, where something of the tenant moves."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster of a plan."""

    name: str
    template: str
    island: int
    """Clusters of different islands can never exchange workloads."""
    tenants: tuple[str, ...]
    namespaces: tuple[str, ...]
    workloads: tuple[str, ...]
    """Identities: ``tenant/name``, or ``tenant/namespace/name`` where that is not unique."""
    platform: tuple[str, ...]
    """Per-cluster platform workloads."""
    overhead: Mapping[str, str]
    """What its tenants take once in a cluster, added up, by resource."""
    resources: Mapping[str, ResourceUse]
    blast_radius: BlastRadius
    cost: float | None
    """By the nodes in use, or in the minimum of their pool."""
    nodes: int | None = None
    """Nodes in use; ``None`` where the pods are not placed on nodes."""
    nodes_lower_bound: int | None = None
    """The fewest nodes that its pods can use, by each resource and each size of pod alone."""
    pools: tuple[PoolUse, ...] = ()
    placement: tuple[NodeUse, ...] = ()
    """A placement of every pod on the nodes: it shows that there is room for each."""
    existing: Existing | None = None
    """Where the cluster exists already."""
    region: str | None = None
    """``None`` where the fleet names none."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where one workload goes."""

    tenant: str
    workload: str
    namespace: str
    cluster: str
    replicas: int
    requests: Mapping[str, str]
    """What it takes in all, as Kubernetes quantities."""
    labels: Mapping[str, str] = field(default_factory=FrozenDict[str, str])
    change: str = "new"
    """``new``, ``stay`` or ``move``, against where it runs today."""
    moved_from: str | None = None
    """The existing cluster that it leaves, where it moves."""
    copy: int | None = None
    """Which of several copies this is, from 1 in the order of the clusters; ``None`` where there is one."""
    because: str | None = None
    """Why it moves: ``drain``, ``cordon``, ``pin``, ``stay``, ``admits``, ``needs`` or ``room``; else ``chosen``."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A copy that is given up."""

    tenant: str
    workload: str
    namespace: str
    cluster: str
    """The existing cluster that it leaves."""


@dataclass(frozen=True, slots=True)
class Separation:
    """One separating rule: how many pairs of workloads it keeps apart, and some of them."""

    rule: str
    """The reason id, such as ``separate:environment``."""
    trust: bool
    """Whether it is a matter of trust (``apart`` is technical)."""
    description: str
    pairs: int
    """Pairs of workloads that it separates, after waivers."""
    only: int
    """Pairs that no other rule separates."""
    samples: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class OtherValue:
    """A value of an attribute that no class lists: the class with ``*`` took it."""

    attribute: str
    class_name: str
    value: str
    workloads: int
    """Workloads that have it."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A waiver of the fleet and what it does."""

    id: str
    state: str
    """``in force``, ``expiring`` (within 90 days) or ``expired``."""
    expires: str
    waives: tuple[str, ...]
    approved_by: str
    reason: str
    pairs: int
    """Pairs of workloads that lose a reason by it."""


@dataclass(frozen=True, slots=True)
class Warning:
    """Something that the reader of a plan should know."""

    code: str
    message: str

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Violation:
    """Something in a plan that is against the fleet or against itself."""

    code: str
    """Stable code, such as ``over-capacity``."""
    message: str
    """In words, with names and figures."""

    def __str__(self) -> str:
        return f"[{self.code}] {self.message}"


@dataclass(frozen=True)
class Check:
    """What `Fleet.check` found."""

    violations: tuple[Violation, ...]
    """What is against the fleet or wrong in itself; empty: the plan is legal for this fleet, its figures are right."""
    remarks: tuple[str, ...]
    """What else to know."""
    places: bool = True
    """Whether the plan places anything: one that is `infeasible` or `unknown` does not."""
    _of: ClassVar[tuple[Fleet, str, str | None] | None] = None
    """The fleet, the plan and the day of a check that `Fleet.check` made."""

    @property
    def legal(self) -> bool:
        """Whether everything is placed, and there are no violations."""
        return self.places and not self.violations

    def to_sarif(self, source: str | os.PathLike[str] | None = None) -> str:
        """SARIF 2.1.0, as ``tenantry check --format sarif`` writes it.

        Args:
            source: the file that the fleet was read from: findings stand at its lines.

        Raises:
            UsageError: that file is another fleet, or this was not made by `Fleet.check`.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> check = fleet.check(tenantry.plan(fleet))
            >>> '"results": []' in check.to_sarif("examples/acme.yaml")
            True
        """
        return self._as("sarif", source)

    def to_junit(self) -> str:
        """JUnit XML, as ``tenantry check --format junit`` writes it.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> check = fleet.check(tenantry.plan(fleet))
            >>> "<failure" in check.to_junit()
            False
        """
        return self._as("junit", None)

    def to_github(self, source: str | os.PathLike[str] | None = None) -> str:
        """Annotations of GitHub, as ``tenantry check --format github`` writes them; `source` as in `to_sarif`.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> check = fleet.check(tenantry.plan(fleet))
            >>> "::error" in check.to_github()
            False
        """
        return self._as("github", source)

    def _as(self, kind: str, source: str | os.PathLike[str] | None) -> str:
        if self._of is None:
            raise UsageError("only what `Fleet.check` found can be written")
        fleet, plan, day = self._of
        return _core.check_as(fleet._core, plan, day, kind, source)


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of a plan in short."""

    clusters: int | None
    lower_bound: int
    gap: int | None
    lower_bound_reason: str
    cost: float | None
    cost_lower_bound: float | None
    isolation_premium: int | None
    """Clusters with the trust rules minus clusters without; ``None`` where the second is not proved."""
    treated_as_not_fitting: int
    """Sets of workloads whose sums fit and for which no placement on nodes was found within the work."""
    clusters_without_waivers: int | None
    tenants: int
    workloads: int
    pods: int
    islands: int
    trust_classes: int


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the objective, solved with the earlier ones fixed."""

    objective: Literal["clusters", "cost", "moves", "exposure", "balance"]
    status: Status
    """``optimal`` where the bound meets the value, ``feasible`` where it does not, ``unknown`` without a plan."""
    value: float | None
    """The plan's value: a count, or an amount of money."""
    bound: float | None
    """The least that any plan can have whose earlier values are at most this plan's."""
    proof: Proof
    forgot: tuple[str, ...]
    """Constraints that the plan obeys and the bound does not know of."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What the loss of a cluster takes."""

    cluster: str
    workloads: int
    """Workloads that are left with fewer pods than their ``replicas``."""
    pods: int
    tenants: int
    samples: tuple[str, ...]
    left: int | None = None
    """Pods that those workloads have left elsewhere; ``None`` in a fleet without copies and splits."""


@dataclass(frozen=True, slots=True)
class LossOfRegion:
    """What the loss of a region takes."""

    region: str
    clusters: int
    workloads: int
    """Workloads that are left with fewer pods than their ``replicas``."""
    pods: int
    tenants: int
    samples: tuple[str, ...]
    left: int | None = None
    """Pods that those workloads have left elsewhere; ``None`` in a fleet without copies and splits."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason that separates a pair of workloads, or would."""

    rule: str
    """The reason id, as a waiver would name it."""
    trust: bool
    """Whether it is a matter of trust (``apart`` is technical)."""
    text: str
    """In words, with direction and values."""
    waived: tuple[str, ...]
    """The waivers in force that take it away; empty: it stands."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why two workloads may or may not share a cluster."""

    first: str
    second: str
    as_of: str
    """The day against which waivers were judged."""
    verdict: Literal["separated", "may-share", "must-share", "same-workload", "in-every-cluster"]
    reasons: tuple[Reason, ...]
    """Every reason, the waived ones too."""
    notes: tuple[str, ...]
    """What else to know."""
    text: str
    """All of it in plain words."""

    @property
    def may_share(self) -> bool:
        """Whether nothing separates them."""
        return self.verdict != "separated"

    @classmethod
    def _from_json(cls, document: str, text: str) -> Explanation:
        fields = _fields(json.loads(document))
        fields["reasons"] = tuple(Reason(**_fields(row, waived=tuple(row["waived"]))) for row in fields["reasons"])
        return cls(**_fields(fields, notes=tuple(fields["notes"])), text=text)

    def __str__(self) -> str:
        return self.text


class Plan:
    """A plan: clusters, assignments, status, bound and reasons. Immutable; can be pickled and copied.

    Made by `tenantry.plan`, or read back with `Plan.from_json`.
    """

    def __init__(self, document: str, fleet: Fleet | None = None, *, other_fleet: bool = False) -> None:
        """The same as `Plan.from_json`."""
        from tenantry.fleet import Fleet as FleetType  # it checks plans: a circle at import time

        of_type(document, str, "a plan is read from its text", {dict: "json.dumps"})
        if fleet is not None:
            of_type(fleet, FleetType, "`fleet` is a Fleet")
        self._set(_core.Made(document), fleet, None)
        if fleet is not None and not other_fleet and self.fleet_digest != fleet.digest:
            raise PlanError(
                "this plan is of another fleet, or of another version of it: it names the digest "
                f"{self.fleet_digest[:12]}..., the fleet's is {fleet.digest[:12]}...; other_fleet=True reads it anyway"
            )

    def _set(self, made: _core.Made | str, fleet: Fleet | None, proved: _core.Proved | str | None) -> None:
        self._of_engine = made
        self._fleet = fleet
        self._proved = proved

    @classmethod
    def _of(cls, made: _core.Made | str, fleet: Fleet | None, proved: _core.Proved | str | None) -> Plan:
        """Wraps a plan of the engine, or a document that it wrote."""
        plan = cls.__new__(cls)
        plan._set(made, fleet, proved)
        return plan

    @cached_property
    def _made(self) -> _core.Made:
        made = self._of_engine
        return _core.Made(made) if isinstance(made, str) else made

    @cached_property
    def _json(self) -> str:
        made = self._of_engine
        return made if isinstance(made, str) else made.to_json()

    @classmethod
    def from_json(cls, document: str, fleet: Fleet | None = None, *, other_fleet: bool = False) -> Plan:
        """Reads a ``tenantry-plan/v1`` document.

        Args:
            document: the text.
            fleet: the fleet that it plans, for `explain`.
            other_fleet: reads it even though `fleet` is another fleet, or another version of it: `explain` then speaks
                of that one.

        Raises:
            PlanError: the document is not a plan, or is of another fleet.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> text = tenantry.plan(fleet).to_json()
            >>> len(tenantry.Plan.from_json(text, fleet).clusters)
            7
        """
        return cls(document, fleet, other_fleet=other_fleet)

    @cached_property
    def _document(self) -> dict[str, Any]:
        """The document without its clusters and assignments, which can name a million workloads."""
        document: dict[str, Any] = json.loads(self._made.head())
        return document

    @cached_property
    def _assigned(self) -> list[dict[str, Any]]:
        """The assignments of the document."""
        rows: list[dict[str, Any]] = json.loads(self._made.assignments_json())
        return rows

    @property
    def fleet(self) -> Fleet | None:
        """The fleet that was planned; ``None`` where the plan was read from a document alone."""
        return self._fleet

    @property
    def name(self) -> str:
        """The fleet's name."""
        return str(self._document["name"])

    @property
    def status(self) -> Status:
        """``optimal``, ``feasible`` (see `gap`), ``infeasible`` or ``unknown``."""
        status: Status = self._document["status"]
        return status

    @property
    def proof(self) -> Proof:
        """What backs the bound: ``certified``, ``claimed`` or ``none``."""
        proof: Proof = self._document["proof"]
        return proof

    @property
    def stopped(self) -> str | None:
        """Which limit cut the run short: ``time``, ``work``, ``cancelled``; ``None`` if none did."""
        return self._document.get("stopped")

    @property
    def as_of(self) -> str:
        """The day against which waivers were judged."""
        return str(self._document["asOf"])

    @property
    def seed(self) -> int:
        """The seed."""
        return int(self._document["seed"])

    @property
    def fleet_digest(self) -> str:
        """SHA-256 of the fleet's canonical document."""
        return str(self._document["fleetDigest"])

    @cached_property
    def numbers(self) -> Summary:
        """The numbers in short, typed; `summary()` says them in words."""
        return Summary(**_fields(self._document["summary"]))

    @cached_property
    def levels(self) -> Records[Level]:
        """The levels of the objective, in order; empty where no plan exists."""
        rows = self._document["levels"]
        return Records((Level(**_fields(row, forgot=tuple(row.get("forgot", ())))) for row in rows), Level)

    @property
    def losses(self) -> Records[Loss]:
        """What the loss of each cluster takes, the largest first.

        Empty where fewer than two are in use, and in a fleet without existing clusters, copies and splits: there the
        list of the clusters says it.
        """
        rows = self._document.get("losses", ())
        return Records((Loss(**_fields(row, samples=tuple(row["samples"]))) for row in rows), Loss)

    @property
    def losses_of_regions(self) -> Records[LossOfRegion]:
        """What the loss of each region takes, the largest first; empty where fewer than two are in use."""
        rows = self._document.get("lossesOfRegions", ())
        return Records((LossOfRegion(**_fields(row, samples=tuple(row["samples"]))) for row in rows), LossOfRegion)

    @property
    def asked(self) -> tuple[str, ...] | None:
        """The objective that the call asked for in place of the fleet's; ``None`` where it asked for none."""
        levels = self._document.get("objective")
        return None if levels is None else tuple(levels)

    @property
    def limits(self) -> dict[str, float]:
        """The highest ``clusters``, ``cost`` and ``moves`` that the plan may have; empty where there is no limit."""
        return dict(self._document.get("limits") or {})

    @property
    def lower_bound(self) -> int:
        """The fewest clusters of any plan that is as good in the levels before; 0 where nothing is known of it."""
        return self.numbers.lower_bound

    @property
    def lower_bound_reason(self) -> str:
        """Why there cannot be fewer, in words."""
        return self.numbers.lower_bound_reason

    @property
    def gap(self) -> int | None:
        """Clusters minus lower bound; ``None`` where there is no plan, or nothing is known of the fewest clusters."""
        return self.numbers.gap

    @property
    def cost(self) -> float | None:
        """Cost of the plan; ``None`` where a template in use names none."""
        return self.numbers.cost

    @cached_property
    def moves(self) -> Moves | None:
        """What moves against today; ``None`` where nothing exists yet, or there is no plan."""
        document = self._document.get("moves")
        if document is None:
            return None
        tenants = {row["tenant"]: {key: row[key] for key in row if key != "tenant"} for row in document["byTenant"]}
        by_tenant = FrozenDict({tenant: MoveCount(**count) for tenant, count in tenants.items()})
        return Moves(MoveCount(**document["forced"]), MoveCount(**document["chosen"]), by_tenant)

    @property
    def emptied(self) -> tuple[str, ...]:
        """Existing clusters that the plan does not use, and where somebody of the fleet runs today."""
        return tuple(self._document.get("emptied", ()))

    @property
    def unused(self) -> tuple[str, ...]:
        """Existing clusters that the plan does not use, and where nobody of the fleet runs today."""
        return tuple(self._document.get("unused", ()))

    @property
    def leaving(self) -> Records[Leaving]:
        """Copies that are given up, where workloads run in more clusters than they have copies."""
        return Records((Leaving(**row) for row in self._document.get("leaving", ())), Leaving)

    @property
    def contradictions(self) -> tuple[str, ...]:
        """Why no plan exists; empty unless infeasible."""
        return tuple(self._document.get("contradictions", ()))

    @property
    def found(self) -> bool:
        """Whether there are clusters: the status is ``optimal`` or ``feasible``."""
        return self._made.found

    @cached_property
    def clusters(self) -> Records[Cluster]:
        """The clusters. Their number, or ``None`` where there is no plan, is ``numbers.clusters``.

        Raises:
            NoPlanError: there is no plan (`found` is false): none exists, or none was found within the limits.
        """
        documents = json.loads(self._made.clusters_json())
        if documents is None:
            why = "; ".join(self.contradictions) or "none was found within the limits"
            raise NoPlanError(f"there is no plan, its status is {self.status}: {why}")
        return Records((_cluster(document) for document in documents), Cluster)

    @cached_property
    def assignments(self) -> LazyRecords[Assignment]:
        """One row a workload or copy; empty where there is no plan.

        A table as such, ``plan.assignments.to_polars()``, takes no record in Python, however large the plan is.
        """
        made = self._made
        return LazyRecords(made.assigned, made.assignments, lambda: map(_assignment, self._assigned), Assignment)

    @cached_property
    def certificate_json(self) -> str | None:
        """The ``tenantry-certificate/v1`` document: what proves the bound; ``None`` for a plan that was read."""
        return self._proved.to_json() if isinstance(self._proved, _core.Proved) else self._proved

    @cached_property
    def certificate(self) -> dict[str, Any] | None:
        """The certificate as plain Python values; `tenantry.check.check_plan` takes it."""
        return None if self.certificate_json is None else json.loads(self.certificate_json)

    @cached_property
    def separations(self) -> Records[Separation]:
        """One row a separating rule."""
        return Records(
            (
                Separation(**_fields(row, samples=tuple((a, b) for a, b in row["samples"])))
                for row in self._document["separations"]
            ),
            Separation,
        )

    @cached_property
    def other_values(self) -> Records[OtherValue]:
        """One row a value that no class of its attribute lists."""
        return Records(
            (
                OtherValue(row["attribute"], row["class"], entry["value"], entry["workloads"])
                for row in self._document.get("otherValues", ())
                for entry in row["values"]
            ),
            OtherValue,
        )

    @cached_property
    def waivers(self) -> Records[Waiver]:
        """Every waiver of the fleet and whether it is in force."""
        return Records(
            (Waiver(**_fields(row, waives=tuple(row["waives"]))) for row in self._document["waivers"]), Waiver
        )

    @cached_property
    def warnings(self) -> Records[Warning]:
        """What the reader should know."""
        return Records((Warning(**row) for row in self._document["warnings"]), Warning)

    @property
    def not_covered(self) -> tuple[str, ...]:
        """What the proof does not cover."""
        return tuple(self._document["notCovered"])

    def explain(self, a: str, b: str) -> Explanation:
        """Why two workloads may or may not share a cluster.

        Args:
            a: a workload: ``tenant/name``, ``tenant/namespace/name``, or ``name`` where that is unique.
            b: the other.

        Raises:
            UsageError: unknown workload.
            PlanError: the plan was read without its fleet.

        Example:
            >>> import tenantry
            >>> plan = tenantry.plan(tenantry.Fleet.load("examples/acme.yaml"))
            >>> [reason.rule for reason in plan.explain("shop/frontend", "analytics/notebooks").reasons]
            ['separate:environment']
        """
        if self._fleet is None:
            raise PlanError("this plan was read without its fleet: pass `fleet=` to Plan.from_json")
        return self._fleet.explain(a, b, as_of=self.as_of)

    def why(
        self,
        *,
        certificate: str | None = None,
        time_limit: float | None = None,
        work_limit: int | None = None,
        threads: int | None = None,
    ) -> Why:
        """Why there cannot be fewer clusters, or why there is no plan: facts, down to workloads, rules and numbers.

        A plan that this process made is not planned again. One that was read is gone through first, as `Fleet.check`
        does on the day that it names; then its certificate is, or without one the fleet is planned as the plan says,
        and what that proves is told. Of a fleet without a plan, what some workloads would need if there were no maximum
        counts is asked.

        Args:
            certificate: the text of the certificate of a plan that was read.
            time_limit: wall-clock seconds.
            work_limit: elementary steps of each of these runs.
            threads: default: one a core, which is also the most that are used. Never changes the answer.

        Raises:
            PlanError: the plan was read without its fleet, or the certificate proves something else, or less.
            UsageError: the plan is not right for the fleet, or what its bound speaks of is in its certificate alone.
            Interrupted: Ctrl-C; what is known so far is in its ``partial``.

        Example:
            >>> import tenantry
            >>> why = tenantry.plan(tenantry.Fleet.load("examples/acme.yaml")).why()
            >>> (why.bound, why.facts[0].kind, len(why.facts[0].because["members"]), why.searched)
            (7, 'refuse', 7, ())
        """
        from tenantry.facts import Why  # it reads words of plans: a circle at import time

        if self._fleet is None:
            raise PlanError("this plan was read without its fleet: pass `fleet=` to Plan.from_json")
        if certificate is not None:
            of_type(certificate, str, "a certificate is its text")
        options = checked(time_limit=time_limit, work_limit=work_limit, seed=self.seed, threads=threads)
        proved = self._proved if certificate is None else None
        document, interrupted = _core.why(self._fleet._core, self._json, proved, certificate=certificate, **options)
        why = Why._of(document)
        if interrupted:
            raise Interrupted(why)
        return why

    def diff(self, other: Plan) -> PlanDiff:
        """What differs between this plan and another, workload by workload: false where nothing does.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> plan = tenantry.plan(fleet)
            >>> bool(plan.diff(plan))
            False
            >>> other = tenantry.plan(fleet.without("distrust:signing-alone"))
            >>> [(it.figure, it.before, it.after) for it in plan.diff(other).figures if it.figure == "clusters"]
            [('clusters', 7, 6)]
        """
        from tenantry.diffs import PlanDiff

        of_type(other, Plan, "a plan is held against a plan")
        return PlanDiff._of(_core.diff(self._json, other._json))

    def blast(self, subject: str | None = None) -> Blast:
        """What a compromised workload reaches in this plan, and what the loss of a cluster or region takes.

        Nothing is planned: `Fleet.blast` also says what it takes that somebody stands alone. Without its fleet a plan
        does not say how many pods of the platform there are, nor their namespaces.

        Args:
            subject: a tenant, or a workload by ``tenant/name``, ``tenant/namespace/name``, or ``name`` where that is
                unique: whom it reaches by name.

        Raises:
            UsageError: nobody is called so.

        Example:
            >>> import tenantry
            >>> plan = tenantry.plan(tenantry.Fleet.load("examples/acme.yaml"))
            >>> plan.blast("shop/frontend").subject.clusters[0].workloads
            ('shop/recommendationservice',)
        """
        from tenantry.blasts import Blast

        name = None if subject is None else of_type(subject, str, "a subject is named")
        return Blast._of(_core.blast_of(self._json, None if self._fleet is None else self._fleet._core, name))

    def migration(
        self,
        *,
        max_in_flight: int | None = None,
        first: int | None = None,
        allow_downtime: bool = False,
        extra_clusters: int = 0,
        extra_template: str | None = None,
        until: str | datetime.date | None = None,
        time_limit: float | None = None,
        work_limit: int | None = None,
        progress: Tells = None,
        interrupt: Interrupt = "raise",
    ) -> Migration:
        """Orders the moves from what runs today to this plan, on its day: `Fleet.migration` of its fleet.

        Args:
            max_in_flight: moves in a batch at most; workloads that must share a cluster are one.
            first: only the first so many batches.
            allow_downtime: workloads that say ``downtime: allowed`` may stop before they start.
            extra_clusters: so many further clusters may be used for the time of the migration.
            extra_template: their template, where the fleet has several.
            until: sharing that only a waiver allows must last until this day.
            time_limit: wall-clock seconds, from the call on.
            work_limit: elementary steps.
            progress: is told what happens, as with `tenantry.plan`; ``True`` shows a bar.
            interrupt: ``"raise"``: Ctrl-C raises `Interrupted`; ``"return"``: it returns what is known so far.

        Examples:
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
            >>> tenantry.plan(fleet).migration().leads_there
            True

        Raises:
            PlanError: the plan was read without its fleet.
            UsageError: as `Fleet.migration`.
            Interrupted: Ctrl-C; ``partial`` is what was found.
        """
        if self._fleet is None:
            raise PlanError("this plan was read without its fleet: pass `fleet=` to Plan.from_json")
        return self._fleet.migration(
            self,
            max_in_flight=max_in_flight,
            first=first,
            allow_downtime=allow_downtime,
            extra_clusters=extra_clusters,
            extra_template=extra_template,
            until=until,
            as_of=self.as_of,
            time_limit=time_limit,
            work_limit=work_limit,
            progress=progress,
            interrupt=interrupt,
        )

    def to_json(self) -> str:
        """The ``tenantry-plan/v1`` document: same fleet, seed and work limit, same bytes.

        Example:
            >>> import tenantry
            >>> plan = tenantry.plan(tenantry.Fleet.load("examples/shop.yaml"))
            >>> tenantry.Plan.from_json(plan.to_json()) == plan
            True
        """
        return self._json

    def to_dict(self) -> dict[str, Any]:
        """The document as plain Python values (a copy).

        Example:
            >>> import tenantry
            >>> plan = tenantry.plan(tenantry.Fleet.load("examples/shop.yaml"))
            >>> plan.to_dict()["schema"]
            'tenantry-plan/v1'
        """
        document: dict[str, Any] = json.loads(self._json)
        return document

    def to_csv(self) -> str:
        """The assignments as CSV.

        Example:
            >>> import tenantry
            >>> plan = tenantry.plan(tenantry.Fleet.load("examples/shop.yaml"))
            >>> len(plan.to_csv().splitlines()) == 1 + len(plan.assignments)
            True
        """
        return _core.plan_csv(self._json)

    def to_columns(self) -> dict[str, list[Any]]:
        """The assignments as columns, for a frame of any library: ``pandas.DataFrame(plan.to_columns())``.

        They are ``tenant``, ``workload``, ``namespace``, ``cluster``, ``replicas``, ``change`` (where workloads have
        several copies ``copy``, where clusters exist already ``from`` and ``because``), and one for each resource and
        label: ``requests.cpu``, ``labels.team``; ``None`` where a workload has no such label. The rows are those of
        `assignments`, of which no record is made.

        Example:
            >>> import tenantry
            >>> plan = tenantry.plan(tenantry.Fleet.load("examples/shop.yaml"))
            >>> columns = plan.to_columns()
            >>> columns["workload"] == [row.workload for row in plan.assignments]
            True
        """
        rows = self._assigned
        plain = ("tenant", "workload", "namespace", "cluster", "replicas", "change")
        columns: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in plain}
        if any("copy" in row for row in rows):
            columns["copy"] = [row.get("copy") for row in rows]
        if self.moves is not None:
            columns |= {name: [row.get(name) for row in rows] for name in ("from", "because")}
        for part in ("requests", "labels"):
            maps: list[dict[str, str]] = [row.get(part, {}) for row in rows]
            for name in sorted(set[str]().union(*maps)):
                columns[f"{part}.{name}"] = [entries.get(name) for entries in maps]
        return columns

    def summary(self) -> str:
        """The plan in words, as ``tenantry plan`` prints it.

        Example:
            >>> import tenantry
            >>> plan = tenantry.plan(tenantry.Fleet.load("examples/shop.yaml"))
            >>> "1 cluster" in plan.summary()
            True
        """
        return _core.plan_text(self._json)

    def report(
        self,
        fleet: Fleet | None = None,
        *,
        format: Literal["html", "markdown"] = "html",
        prices: Prices | None = None,
        migration: Migration | None = None,
    ) -> str:
        """This plan on one page: HTML that needs nothing else, or Markdown.

        The plan is checked against its fleet first, as `Fleet.check` does, on the day that it names; its bound is not,
        which takes the certificate. Nothing is planned for it: prices and the order of moves are in it where they are
        given.

        Args:
            fleet: the fleet of the plan; without it the one that the plan was made or read with.
            format: what it is written in.
            prices: what `Fleet.prices` found.
            migration: what `Plan.migration` found.

        Example:
            >>> import tenantry
            >>> plan = tenantry.plan(tenantry.Fleet.load("examples/shop.yaml"))
            >>> plan.report().startswith("<!doctype html>")
            True

        Raises:
            PlanError: the plan was read without its fleet, and none is given.
            UsageError: the plan is one for another fleet or not right for it, or prices or migration are of another
                fleet.
        """
        fleet = self._fleet if fleet is None else fleet
        if fleet is None:
            raise PlanError("this plan was read without its fleet: pass `fleet`")
        documents = (None if it is None else it.to_json() for it in (prices, migration))
        return _core.report(self._json, fleet._core, format, *documents)

    def write_report(
        self,
        path: str | os.PathLike[str],
        fleet: Fleet | None = None,
        *,
        prices: Prices | None = None,
        migration: Migration | None = None,
    ) -> None:
        """Writes the report to a file: ``.html`` and ``.htm`` as a page, ``.md`` as Markdown.

        Args:
            path: the file, which is replaced.
            fleet: where the plan was read without it.
            prices: what each rule costs, for a section of its own.
            migration: the order of the moves, likewise.

        Example:
            >>> import pathlib, tempfile, tenantry
            >>> plan = tenantry.plan(tenantry.Fleet.load("examples/shop.yaml"))
            >>> with tempfile.TemporaryDirectory() as place:
            ...     plan.write_report(pathlib.Path(place) / "report.md")
            ...     (pathlib.Path(place) / "report.md").read_text(encoding="utf-8")[:9]
            '# Plan of'

        Raises:
            UsageError: no format has the ending of the file; and as `report`.
            PlanError: as `report`.
            OSError: the file cannot be written.
        """
        file = Path(path)
        formats: dict[str, Literal["html", "markdown"]] = {".html": "html", ".htm": "html", ".md": "markdown"}
        format = formats.get(file.suffix.lower())
        if format is None:
            raise UsageError(f"{file}: no format is known by its ending: the known ones are {', '.join(formats)}")
        page = self.report(fleet, format=format, prices=prices, migration=migration)
        with file.open("w", encoding="utf-8", newline="\n") as to:
            to.write(page)

    def bundle(
        self,
        path: str | os.PathLike[str],
        fleet: Fleet | None = None,
        *,
        source: str | None = None,
        time_limit: float | None = None,
        work_limit: int | None = None,
    ) -> None:
        """Files this plan away with all that proves it, in one archive, as ``tenantry bundle`` does.

        In it are fleet, plan, certificate, report and, where clusters exist, audit and migration. The plan and its
        certificate are gone through first. The same plan gives the same bytes, and those of the command where
        ``source`` is the text of the file that it read. ``python -m tenantry.check`` and ``tenantry check`` take the
        archive.

        Args:
            path: the file, a ZIP archive.
            fleet: the fleet of the plan; without it the one that the plan was made or read with.
            source: the text that the fleet was read from, to be kept beside the document.
            time_limit: seconds for ordering the moves.
            work_limit: work units for ordering the moves.

        Example:
            >>> import pathlib, tempfile, tenantry
            >>> from tenantry.check import check_evidence
            >>> plan = tenantry.plan(tenantry.Fleet.load("examples/shop.yaml"))
            >>> with tempfile.TemporaryDirectory() as place:
            ...     plan.bundle(pathlib.Path(place) / "evidence.zip")
            ...     check_evidence((pathlib.Path(place) / "evidence.zip").read_bytes()).word
            'VERIFIED'

        Raises:
            PlanError: the plan was read without its fleet, and none is given.
            UsageError: the plan is not right for the fleet, or ``source`` is not the text of it.
            Interrupted: Ctrl-C; nothing is written.
            OSError: the file cannot be written.
        """
        began = time.monotonic()
        fleet = self._fleet if fleet is None else fleet
        if fleet is None:
            raise PlanError("this plan was read without its fleet: pass `fleet`")
        text = None if source is None else of_type(source, str, "`source` is the text of the fleet")
        options = checked(time_limit=time_limit, work_limit=work_limit, seed=0, threads=None)
        archive, interrupted = _core.bundle(
            fleet._core,
            self._json,
            self.certificate_json,
            source=text,
            began=began,
            time_limit=options["time_limit"],
            work_limit=options["work_limit"],
        )
        if interrupted:
            raise Interrupted
        Path(path).write_bytes(archive)

    def export(
        self,
        target: ExportTarget,
        fleet: Fleet | None = None,
        *,
        group: str = "{tenant}",
        pod_security: Mapping[str, PodSecurity] | None = None,
        quota_headroom: int = 0,
        dns_namespace: str = "kube-system",
        repo: str | None = None,
        branch: str | None = None,
        path: str | None = None,
        apps: str | None = None,
        hub_namespace: str | None = None,
        kubernetes_version: str | None = None,
        control_plane: int | None = None,
    ) -> Manifests:
        """The manifests that carry this plan out.

        ``kubernetes``: for each cluster the namespaces of its tenants with quotas, limits, RBAC, Pod Security and
        network policies, ready for kustomize. The other targets are what Argo CD, Flux, Karmada, Open Cluster
        Management and Cluster API read. The plan is checked as for `report`. An option that the target does not read is
        an error.

        Args:
            target: what the manifests are for.
            fleet: the fleet of the plan; without it the one that the plan was made or read with.
            group: the group of a tenant's people, ``{tenant}`` in it the tenant's name.
            pod_security: Pod Security levels by whose they are: ``{"level:trusted": "restricted", "tenant:infra":
                "privileged", "namespace:monitoring": "baseline"}``.
            quota_headroom: what quotas have on top of what is planned, in percent.
            dns_namespace: the namespace of the cluster's DNS.
            repo: ``argocd``, ``flux``: the Git repository that holds the folder and the tenants' own manifests.
            branch: ``argocd``, ``flux``: its branch; ``main`` without it.
            path: ``argocd``, ``flux``: where the folder lies in the repository; at its root without it.
            apps: ``argocd``, ``flux``: where the tenants' own manifests lie in it; without it
                ``apps/{tenant}/{namespace}``.
            hub_namespace: ``argocd``, ``ocm``, ``clusterapi``: the namespace of the objects.
            kubernetes_version: ``clusterapi``: the version of new clusters, such as ``v1.35.2``.
            control_plane: ``clusterapi``: machines of a control plane; left to the class without it.

        Example:
            >>> import tenantry
            >>> plan = tenantry.plan(tenantry.Fleet.load("examples/acme.yaml"))
            >>> files = plan.export("kubernetes").files
            >>> {path.split("/")[1] for path in files} == {cluster.name for cluster in plan.clusters}
            True

        Raises:
            PlanError: the plan was read without its fleet, and none is given.
            UsageError: the plan is one for another fleet or not right for it, or places nothing; options are missing,
                wrong, or not read by the target.
            FleetError: names that Kubernetes or the target cannot have, all of them.
        """
        fleet = self._fleet if fleet is None else fleet
        if fleet is None:
            raise PlanError("this plan was read without its fleet: pass `fleet`")
        security = [
            ({whose.partition(":")[0]: whose.partition(":")[2]}, level) for whose, level in (pod_security or {}).items()
        ]
        options = {
            "group": group,
            "podSecurity": security,
            "quotaHeadroom": quota_headroom,
            "dnsNamespace": dns_namespace,
            "repo": repo,
            "branch": branch,
            "path": path,
            "apps": apps,
            "hubNamespace": hub_namespace,
            "kubernetesVersion": kubernetes_version,
            "controlPlane": control_plane,
        }
        return Manifests._make(self._json, fleet, target, json.dumps(options))

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        count = f"{len(self.clusters)} clusters" if self.found else "no plan"
        return f"<tenantry.Plan {self.name!r}: {count}, {self.status}, lower bound {self.lower_bound}>"

    def _repr_html_(self) -> str:
        return _core.report_fragment(self._json)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plan) and self._json == other._json

    def __hash__(self) -> int:
        return hash(self._json)

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self)._of, (self._json, self._fleet, self.certificate_json))

    def __copy__(self) -> Plan:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Plan:
        return self


def _cluster(document: Mapping[str, Any]) -> Cluster:
    fields = _fields(document)
    for name in ("tenants", "namespaces", "workloads", "platform"):
        fields[name] = tuple(fields[name])
    fields["overhead"] = FrozenDict(fields.get("overhead", {}))
    fields["resources"] = _uses(fields["resources"])
    pools = (PoolUse(**_fields(pool, resources=_uses(pool.get("resources", {})))) for pool in fields.get("pools", ()))
    fields["pools"] = tuple(pools)
    nodes = fields.get("placement", ())
    fields["placement"] = tuple(NodeUse(**_fields(node, pods=FrozenDict(node["pods"]))) for node in nodes)
    fields["blast_radius"] = BlastRadius(**fields["blast_radius"])
    if "existing" in fields:
        fields["existing"] = Existing(**fields["existing"])
    return Cluster(**fields)


def _uses(document: Mapping[str, Any]) -> FrozenDict[str, ResourceUse]:
    return FrozenDict({name: ResourceUse(**use) for name, use in document.items()})


def _assignment(document: dict[str, Any]) -> Assignment:
    fields = {"moved_from" if key == "from" else key: value for key, value in document.items()}
    fields |= {name: FrozenDict(fields[name]) for name in ("requests", "labels") if name in fields}
    return Assignment(**fields)
