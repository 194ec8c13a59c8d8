"""What differs between two plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from tenantry import _core
from tenantry._documents import Answer
from tenantry._options import of_type
from tenantry.plans import Warning
from tenantry.records import Records

DiffKind = Literal["added", "removed", "renamed", "moved", "changed"]


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A figure of the plan document that differs."""

    figure: str
    before: Any
    """``None`` where it is not there."""
    after: Any


@dataclass(frozen=True, slots=True)
class ClusterChange:
    """A cluster that differs."""

    change: DiffKind
    before: str | None
    """Its name in the first plan; ``None`` where it is not there."""
    after: str | None
    came: tuple[str, ...]
    """Workloads that came, by identity."""
    went: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkloadChange:
    """A workload that differs."""

    change: DiffKind
    tenant: str
    namespace: str
    workload: str
    before: Mapping[str, int]
    """Replicas in each cluster of the first plan."""
    after: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class TenantChange:
    """A tenant whose clusters differ."""

    tenant: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeparationChange:
    """A rule that separates other numbers of pairs."""

    rule: str
    before: int | None
    """``None``: it separates none."""
    after: int | None


@dataclass(frozen=True, slots=True)
class WaiverChange:
    """A waiver whose state or last day differs."""

    id: str
    before: str | None
    after: str | None


class PlanDiff(Answer):
    """What differs between two plans. Immutable; can be pickled. Made by `Plan.diff`, or read with `from_json`.

    A cluster of one plan is that of the other which has its name or, among those without a namesake, holds most of its
    workloads. False where nothing differs.
    """

    _kind = "diff"

    def __init__(self, document: str) -> None:
        """The same as `PlanDiff.from_json`."""
        of_type(document, str, "a document of `diff` is read from its text", {dict: "json.dumps"})
        self._json = _core.read_diff(document)

    @classmethod
    def from_json(cls, document: str) -> PlanDiff:
        """Reads a ``tenantry-diff/v1`` document.

        Raises:
            PlanError: it is none.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> before, after = tenantry.plan(fleet), tenantry.plan(fleet.without("separate:environment"))
            >>> made = before.diff(after)
            >>> tenantry.PlanDiff.from_json(made.to_json()) == made
            True
        """
        return cls(document)

    @property
    def name(self) -> str:
        """The name of the second plan's fleet."""
        return str(self._document["to"]["name"])

    @property
    def as_of(self) -> str:
        """The day on which the second plan's waivers were judged."""
        return str(self._document["to"]["asOf"])

    @property
    def same_fleet(self) -> bool:
        """Whether both are plans of one version of one fleet."""
        return bool(self._document["from"]["fleetDigest"] == self._document["to"]["fleetDigest"])

    @cached_property
    def figures(self) -> Records[FigureChange]:
        """Figures that differ."""
        return Records(
            (FigureChange(row["figure"], row["from"], row["to"]) for row in self._document["figures"]), FigureChange
        )

    @cached_property
    def clusters(self) -> Records[ClusterChange]:
        """Clusters that differ."""
        return Records(
            (
                ClusterChange(row["change"], row["from"], row["to"], tuple(row["came"]), tuple(row["went"]))
                for row in self._document["clusters"]
            ),
            ClusterChange,
        )

    @cached_property
    def workloads(self) -> Records[WorkloadChange]:
        """Workloads that differ."""
        return Records(
            (
                WorkloadChange(
                    row["change"], row["tenant"], row["namespace"], row["workload"], dict(row["from"]), dict(row["to"])
                )
                for row in self._document["workloads"]
            ),
            WorkloadChange,
        )

    @cached_property
    def tenants(self) -> Records[TenantChange]:
        """Tenants whose clusters differ."""
        rows = self._document["tenants"]
        return Records(
            (TenantChange(row["tenant"], tuple(row["from"]), tuple(row["to"])) for row in rows), TenantChange
        )

    @cached_property
    def separations(self) -> Records[SeparationChange]:
        """Rules that separate other numbers of pairs."""
        rows = self._document["separations"]
        return Records((SeparationChange(row["rule"], row["from"], row["to"]) for row in rows), SeparationChange)

    @cached_property
    def waivers(self) -> Records[WaiverChange]:
        """Waivers that differ."""
        return Records(
            (WaiverChange(row["id"], row["from"], row["to"]) for row in self._document["waivers"]), WaiverChange
        )

    @cached_property
    def warnings_gone(self) -> Records[Warning]:
        """Warnings that only the first plan has."""
        return Records((Warning(**row) for row in self._document["warningsGone"]), Warning)

    @cached_property
    def warnings_new(self) -> Records[Warning]:
        """Warnings that only the second plan has."""
        return Records((Warning(**row) for row in self._document["warningsNew"]), Warning)

    def to_sarif(self, *, failing: bool = False) -> str:
        """SARIF 2.1.0, without places in a file: ``tenantry diff --fleet`` knows those.

        Args:
            failing: what differs is an error, not a warning.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> before, after = tenantry.plan(fleet), tenantry.plan(fleet.without("separate:environment"))
            >>> '"version": "2.1.0"' in before.diff(after).to_sarif()
            True
        """
        return _core.diff_as(self._json, "sarif", _failing(failing))

    def to_junit(self, *, failing: bool = False) -> str:
        """JUnit XML: what differs is a test that is skipped or, where ``failing``, fails.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> before, after = tenantry.plan(fleet), tenantry.plan(fleet.without("separate:environment"))
            >>> before.diff(after).to_junit(failing=True).count("<failure") > 0
            True
        """
        return _core.diff_as(self._json, "junit", _failing(failing))

    def to_github(self, *, failing: bool = False) -> str:
        """Annotations of GitHub, without places in a file. ``failing``: as errors, not warnings.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> before, after = tenantry.plan(fleet), tenantry.plan(fleet.without("separate:environment"))
            >>> before.diff(after).to_github().startswith("::warning")
            True
        """
        return _core.diff_as(self._json, "github", _failing(failing))

    def __bool__(self) -> bool:
        rows = self._document.items()
        return any(bool(value) for key, value in rows if key not in ("schema", "version", "from", "to"))

    def __str__(self) -> str:
        return _core.diff_text(self._json)

    def __repr__(self) -> str:
        return f"<tenantry.PlanDiff {self.name!r}: {len(self.workloads)} workloads differ>"


def _failing(failing: Any) -> bool:
    return of_type(failing, bool, "`failing` is True or False")
