"""How much one call may take."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

GRACE = 10.0
"""Seconds beyond a call's time limit, for reading its input and writing its answer: that limit is the search's."""
ROWS = 50
"""Rows of each list of an answer, where the caller says nothing."""
MOST_ROWS = 10_000
"""The most that a caller can ask for."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the person who starts the server allows. A caller can ask for less, never for more."""

    time: float = 60.0
    """Wall-clock seconds of a call, which also are the most that ``time_limit`` takes."""
    input_bytes: int = 16 << 20
    """Bytes of a file, and of a text given inline."""
    answer_bytes: int = 256 << 10
    """Bytes of the JSON of an answer's document, and of its text for people."""
    memory: int = 4 << 30
    """Bytes of data of the process that answers, where the system keeps such a limit."""
    calls: int = 2
    """Calls that are answered at a time; the others wait their turn."""

    def to_dict(self) -> dict[str, Any]:
        """The same, for the process that answers."""
        return asdict(self)
