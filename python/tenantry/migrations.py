"""Orders of moves, from what runs today to a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tenantry import _core
from tenantry._documents import Document
from tenantry._options import of_type
from tenantry.plans import _fields
from tenantry.records import Records

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class MigrationStep:
    """One step: of one workload, or of several that must share a cluster."""

    action: Literal["create", "start", "switch", "stop", "release"]
    cluster: str
    workloads: tuple[str, ...] = ()
    from_: str | None = None
    """Where the traffic of a switch came from."""
    template: str | None = None
    """The template of a cluster that is made."""
    region: str | None = None
    replicas: int | None = None
    """How many replicas of a split; None of all others."""
    temporary: bool = False
    """A start where they do not stay, a cluster that is made for the time of the migration."""
    given_up: bool = False
    """A stop of copies that the plan does not have."""


@dataclass(frozen=True, slots=True)
class MigrationBatch:
    """Steps that belong together: all starts, then the switches, then all stops."""

    number: int
    steps: tuple[MigrationStep, ...]


@dataclass(frozen=True, slots=True)
class MigrationReason:
    """A rule, and what it says."""

    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.message} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class MigrationLeft:
    """Workloads that are not where the plan has them when the batches are done."""

    workloads: tuple[str, ...]
    from_: tuple[str, ...]
    to: str | None
    """None: nowhere, the plan gives them up."""
    reasons: tuple[MigrationReason, ...]
    """Empty where only a limit ended the order."""
    waits_for: tuple[str, ...]
    """Who would have to leave first."""
    replicas: int | None = None
    """How many replicas of a split; None of all others."""


@dataclass(frozen=True, slots=True)
class MigrationSummary:
    """The figures of a migration."""

    batches: int
    steps: int
    moved: int
    new: int
    pods: int
    stays: int
    """Starts of a workload in a cluster where it does not stay; of a split all that start beyond those moved or new."""
    stopped_first: int
    """Workloads that stop before they start."""
    created: int
    released: int
    left: int
    broken_today: int
    broken_after: int
    states: int | None
    """States that were tried where an order is said to be impossible."""
    given_up: int = 0
    """Copies that run today and that the plan does not have."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What going through a migration again found."""

    wrong: tuple[str, ...]
    undecided: tuple[str, ...]
    """States for which no placement of the pods on the nodes was found."""
    arrives: bool
    """Whether the batches end in the plan."""

    @property
    def safe(self) -> bool:
        """Whether every state keeps the rules: nothing is wrong, and nothing undecided."""
        return not self.wrong and not self.undecided


class Migration(Document):
    """An order of moves. Immutable; can be pickled and copied. Made by `Fleet.migration`, or read with `from_json`."""

    def __init__(self, document: str) -> None:
        """The same as `Migration.from_json`."""
        of_type(document, str, "a migration is read from its text", {dict: "json.dumps"})
        self._json = _core.read_migration(document)

    @classmethod
    def from_json(cls, document: str) -> Migration:
        """Reads a ``tenantry-migration/v1`` document.

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
            >>> made = tenantry.plan(fleet).migration()
            >>> tenantry.Migration.from_json(made.to_json()) == made
            True
        """
        return cls(document)

    @property
    def status(self) -> Literal["complete", "prefix", "impossible", "impossible-directly", "not-found"]:
        """Whether the batches lead to the plan, and what is known if not."""
        status: Literal["complete", "prefix", "impossible", "impossible-directly", "not-found"]
        status = self._document["status"]
        return status

    @property
    def stopped(self) -> Literal["time", "work", "cancelled"] | None:
        """Which limit cut the search short."""
        stopped: Literal["time", "work", "cancelled"] | None = self._document.get("stopped")
        return stopped

    @property
    def leads_there(self) -> bool:
        """Whether the batches lead to the plan, or are the first of an order that does."""
        return self.status in ("complete", "prefix")

    @property
    def numbers(self) -> MigrationSummary:
        """The figures."""
        return MigrationSummary(**_fields(self._document["summary"]))

    @property
    def batches(self) -> Records[MigrationBatch]:
        """In order; each begins when the one before is done."""
        return Records(
            (MigrationBatch(row["number"], tuple(map(_step, row["steps"]))) for row in self._document["batches"]),
            MigrationBatch,
        )

    @property
    def left(self) -> Records[MigrationLeft]:
        """Who is not where the plan has it, and what stands in the way."""
        return Records(map(_left, self._document["left"]), MigrationLeft)

    @property
    def circle(self) -> tuple[str, ...]:
        """Each waits for the next to leave, the last for the first; empty where there is no such circle."""
        return tuple(self._document["circle"])

    @property
    def broken(self) -> Records[MigrationReason]:
        """What is broken when the batches are done."""
        return Records((MigrationReason(**row) for row in self._document["broken"]), MigrationReason)

    @property
    def not_covered(self) -> tuple[str, ...]:
        """What nobody looked at."""
        return tuple(self._document["notCovered"])

    def __str__(self) -> str:
        return _core.migration_text(self._json)

    def __repr__(self) -> str:
        return f"<tenantry.Migration {self.name!r}: {self.status}, {self.numbers.batches} batches>"


def _step(row: Mapping[str, Any]) -> MigrationStep:
    fields = {key: value for key, value in _fields(row).items() if key not in ("from", "workloads")}
    return MigrationStep(**fields, workloads=tuple(row.get("workloads", ())), from_=row.get("from"))


def _left(row: Mapping[str, Any]) -> MigrationLeft:
    reasons = tuple(MigrationReason(**reason) for reason in row["reasons"])
    workloads, from_, waits = (tuple(row[key]) for key in ("workloads", "from", "waitsFor"))
    return MigrationLeft(workloads, from_, row["to"], reasons, waits, row.get("replicas"))
