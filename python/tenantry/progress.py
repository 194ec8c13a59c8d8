"""What a run tells while it goes on: to a function, to a bar, and to the log."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tenantry._extras import wanted
from tenantry._options import called

if TYPE_CHECKING:
    import logging

REFRESH = 0.5
"""Seconds between two looks of a bar at the clock."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Something that happened in a run."""

    seconds: float
    """Since the call began, by the wall clock: two runs of the same fleet differ in it."""
    kind: Literal["plan", "bound", "phase", "run"]
    """A plan was found, a lower bound was shown, a phase began; or a further run did, whose numbers are of another
    problem: those before it are done."""
    number: float | None = None
    """Clusters of the plan or of the bound, or what they cost or move; the number of the run, from 2; ``None`` of a
    phase."""
    phase: str | None = None
    """What began, in words; ``None`` of all else."""
    level: Literal["cost", "moves"] | None = None
    """The level of the objective that a plan's or a bound's number is of; ``None`` where that is clusters."""


Tells: TypeAlias = Callable[[Progress], object] | bool | None
"""Who is told: a function, a bar (``True``), or nobody."""

Interrupt: TypeAlias = Literal["raise", "return"]
"""What Ctrl-C does: raises `Interrupted` with what is known so far, or returns that."""

Heard: TypeAlias = Callable[[float, str, int | None, str | None, str | None], object]


@contextmanager
def telling(progress: Tells, time_limit: Any = None) -> Generator[Heard | None]:
    """What the engine calls while a block runs, of what a person gave; ``None`` where nobody listens.

    The log is told beside it: `logging.getLogger("tenantry")`, plans at INFO, all else at DEBUG.

    Raises:
        TypeError: it cannot be called.
        ModuleNotFoundError: a bar, and tqdm is not there.
    """
    log = log_heard()
    if progress is not True and progress not in (None, False) and not callable(progress):
        raise TypeError(
            f"`progress` is called with each event, so it is a function, or True for a bar, not {called(progress)}"
        )
    if not progress and log is None:
        yield None
        return
    bar = Bar(time_limit) if progress is True else None
    told: Callable[[Progress], object] | None = bar.tell if bar else progress or None  # type: ignore[assignment]

    def tell(seconds: float, kind: Any, number: int | None, phase: str | None, level: Any) -> object:
        value = number / 1000 if number is not None and level == "cost" else number
        event = Progress(seconds, kind, value, phase, level)
        if log is not None:
            _logged(log, event)
        return told(event) if told is not None else None

    try:
        yield tell
    finally:
        if bar is not None:
            bar.close()


def log_heard() -> logging.Logger | None:
    """The log, where somebody listens. Who has not loaded `logging` does not: it is not loaded for that."""
    if "logging" not in sys.modules:
        return None
    import logging

    log = logging.getLogger("tenantry")
    if not log.handlers:
        log.addHandler(logging.NullHandler())  # a library is silent until somebody asks
    return log if log.isEnabledFor(logging.INFO) else None


def _logged(log: logging.Logger, event: Progress) -> None:
    match event.kind:
        case "plan":
            log.info("%.3f s: a plan of %s", event.seconds, in_words(event))
        case "bound":
            log.debug("%.3f s: no plan has fewer than %s", event.seconds, in_words(event))
        case "run":
            log.debug("%.3f s: run %d", event.seconds, event.number)
        case _:
            log.debug("%.3f s: %s", event.seconds, event.phase)


def in_words(event: Progress) -> str:
    """What a plan or a bound is of: ``7 clusters``, ``cost 1,573.25``."""
    return valued(event.number or 0, event.level)


def valued(number: float, level: str | None) -> str:
    """A value of a level."""
    if level == "cost":
        return f"cost {number:,.3f}".rstrip("0").rstrip(".")
    return f"{number:g} {level or 'clusters'}"


class Bar:
    """A bar of tqdm: what goes on, the best plan, the bound, the gap, and how much of a time limit is gone."""

    def __init__(self, time_limit: float | None) -> None:
        wanted("tqdm", "a bar (`progress=True`)", "tenantry[progress]")
        auto = wanted("tqdm.auto", "a bar (`progress=True`)", "tenantry[progress]")
        shape = "{desc} {elapsed}" if time_limit is None else "{desc} {bar} {elapsed} of " + f"{float(time_limit):g} s"
        self._limit = time_limit
        self._bar = auto.tqdm(total=time_limit, bar_format=shape + "{postfix}", leave=True)
        self._began = time.monotonic()
        self._phase, self._run = "begins", 1
        self._best: float | None = None
        self._bound: float | None = None
        self._level: str | None = None
        # tqdm looks at the clock only when it is told something
        self._lock, self._closed = threading.Lock(), threading.Event()
        self._clock = threading.Thread(target=self._tick, name="tenantry-bar", daemon=True)
        self._show()
        self._clock.start()

    def tell(self, event: Progress) -> None:
        """Shows what happened."""
        if event.kind in ("plan", "bound") and event.level != self._level:
            # what is known of one level says nothing of another
            self._level, self._best, self._bound = event.level, None, None
        match event.kind:
            case "plan":
                self._best = event.number if self._best is None else min(self._best, event.number or 0)
            case "bound":
                self._bound = max(self._bound or 0, event.number or 0)
            case "run":
                # what follows is of another problem
                self._run, self._best, self._bound = int(event.number or 0), None, None
            case _:
                self._phase = event.phase or ""
        self._show()

    def close(self) -> None:
        """Leaves the bar as it is."""
        self._closed.set()
        self._clock.join()
        self._show()
        self._bar.close()

    def _tick(self) -> None:
        while not self._closed.wait(REFRESH):
            self._show()

    def _show(self) -> None:
        run = f"run {self._run}: " if self._run > 1 else ""
        parts = [] if self._best is None else [valued(self._best, self._level)]
        if self._bound is not None:
            parts.append(f"at least {self._bound:,.10g}")
        if self._best is not None and self._bound is not None:
            parts.append(f"gap {max(self._best - self._bound, 0):,.10g}")
        with self._lock:
            self._bar.set_description_str(run + self._phase, refresh=False)
            self._bar.set_postfix_str(", ".join(parts), refresh=False)
            if self._limit is not None:
                self._bar.n = min(time.monotonic() - self._began, self._limit)
            self._bar.refresh()
