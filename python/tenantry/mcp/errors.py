"""What a caller is told where there is no answer."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tenantry.errors import FleetError, InternalError, NoPlanError, PlanError, UsageError


class RefusedError(Exception):
    """A call that is refused: its arguments, its file, or what it takes.

    Attributes:
        kind: a stable word: ``arguments``, ``file``, ``limit`` or ``defect``.
    """

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(message)


def told(error: Exception) -> dict[str, Any]:
    """An error as a document: its kind, what it says, and of a fleet every problem."""
    if isinstance(error, FleetError):
        problems = [{key: value for key, value in asdict(it).items() if value is not None} for it in error.problems]
        return {"kind": "fleet", "message": str(error), "problems": problems, "omitted": error.omitted}
    if isinstance(error, RefusedError):
        return {"kind": error.kind, "message": str(error)}
    kinds: dict[type[Exception], str] = {
        UsageError: "usage",
        PlanError: "plan",
        NoPlanError: "no-plan",
        InternalError: "defect",
        TypeError: "usage",
    }
    for wanted, kind in kinds.items():
        if isinstance(error, wanted):
            return {"kind": kind, "message": str(error)}
    return {"kind": "defect", "message": f"a defect of tenantry: {type(error).__name__}: {error}"}
