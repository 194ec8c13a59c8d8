"""What can go wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from tenantry.blasts import Blast
    from tenantry.comparisons import Comparison
    from tenantry.facts import Why
    from tenantry.frontiers import Frontier
    from tenantry.growth import Growth
    from tenantry.levers import Prices, Relaxed, WhyNot
    from tenantry.migrations import Migration
    from tenantry.packing import Packing
    from tenantry.plans import Plan
    from tenantry.records import Records
    from tenantry.scenarios import PlannedScenario

    _Partial: TypeAlias = (
        Blast
        | Comparison
        | Frontier
        | Growth
        | Migration
        | Packing
        | Plan
        | Prices
        | Relaxed
        | Why
        | WhyNot
        | Records[PlannedScenario]
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a fleet."""

    code: str
    """Stable code, such as ``unknown-key``."""
    path: str
    """Path into the document, such as ``workloads[3].requests.cpu``."""
    message: str
    """What is wrong."""
    line: int | None = None
    """Line of the source text, from 1; ``None`` where the fleet did not come from text."""
    column: int | None = None
    """Column of the source text, from 1; ``None`` where the fleet did not come from text."""
    got: str | None = None
    """What was found."""
    expected: str | None = None
    """What would be right."""
    suggestion: str | None = None
    """The nearest known key or name."""
    table: str | None = None
    """The table: ``workloads``, ``tenants``, ``templates`` or ``existing``; ``None`` where there was none."""
    row: int | None = None
    """Row of the table, from 0, as ``frame.iloc`` counts."""
    column_name: str | None = None
    """Column of the table; ``None`` where the row as a whole is meant, or a column is missing."""

    def __str__(self) -> str:
        text = f"line {self.line}: " if self.line else ""
        text += f"{self._place()}: " if self._place() else ""
        text += self.message
        text += f"; got {self.got}" if self.got else ""
        text += f"; expected {self.expected}" if self.expected else ""
        text += f"; did you mean `{self.suggestion}`?" if self.suggestion else ""
        return f"{text} [{self.code}]"

    def _place(self) -> str:
        if self.table is None:
            return self.path
        row = "" if self.row is None else f" row {self.row}"
        column = "" if self.column_name is None else f" column {self.column_name!r}"
        return f"{self.table}{row}{',' if row and column else ''}{column}"


class TenantryError(Exception):
    """Base of all errors of this package."""


class FleetError(TenantryError, ValueError):
    """The input is not a fleet. Everything that is wrong with it is in `problems`.

    Attributes:
        problems: the problems, in document order.
        omitted: how many more there were.
    """

    problems: tuple[Problem, ...]
    omitted: int

    def __init__(self, problems: tuple[Problem, ...], omitted: int = 0) -> None:
        self.problems = tuple(problems)
        self.omitted = omitted
        count = len(self.problems) + omitted
        lines = [f"{count} problem{'' if count == 1 else 's'} in the fleet"]
        lines += [f"  {problem}" for problem in self.problems]
        if omitted:
            lines.append(f"  and {omitted} more")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.problems, self.omitted))


class UsageError(TenantryError, ValueError):
    """The call makes no sense for this fleet: an unknown workload, a negative limit."""


class PlanError(TenantryError, ValueError):
    """A plan document cannot be read, or is of another fleet."""


class NoPlanError(TenantryError, ValueError):
    """There are no clusters to look at: no plan exists, or none was found within the limits."""


class InternalError(TenantryError, RuntimeError):
    """A defect of tenantry. Never a wrong plan instead."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a plan, a packing, a migration, a comparison, or a look at growth, at fewer clusters, or at levers.

    Attributes:
        partial: the best plan (packing, order of moves) so far, or what is known of growth, of fewer clusters,
            of levers, of what is compared or in reach, or the scenarios that are done; ``None`` where there was none.
    """

    partial: _Partial | None

    def __init__(self, partial: _Partial | None = None) -> None:
        self.partial = partial
        super().__init__("interrupted")

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.partial,))
