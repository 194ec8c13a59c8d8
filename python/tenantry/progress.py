"""What a run tells while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from tenantry._options import called


@dataclass(frozen=True, slots=True)
class Progress:
    """Something that happened in a run."""

    seconds: float
    """Since the call began, by the wall clock: two runs of the same fleet differ in it."""
    kind: Literal["plan", "bound", "phase", "run"]
    """A plan was found, a lower bound was shown, a phase began; or a further run did, whose numbers are of another
    problem: those before it are done."""
    number: int | None = None
    """Clusters of the plan or of the bound, or the number of the run, from 2; ``None`` of a phase."""
    phase: str | None = None
    """What began, in words; ``None`` of all else."""


def hears(progress: Any) -> Callable[[float, str, int | None, str | None], object] | None:
    """What the engine calls, of what a person gave.

    Raises:
        TypeError: it cannot be called.
    """
    if progress is None:
        return None
    if not callable(progress):
        raise TypeError(f"`progress` is called with each event, so it is a function, not {called(progress)}")

    def tell(seconds: float, kind: Any, number: int | None, phase: str | None) -> object:
        return progress(Progress(seconds, kind, number, phase))

    return tell
