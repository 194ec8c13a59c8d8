"""What every long call does around the engine: it tells, it sends jobs out, and it ends as Ctrl-C is to end it."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from tenantry._workers import Workers, executor_of
from tenantry.errors import Interrupted, UsageError
from tenantry.progress import Interrupt, Tells, log_heard, telling

if TYPE_CHECKING:
    from concurrent.futures import Executor

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Running:
    """A long call while it runs."""

    options: dict[str, Any]
    """What the engine takes: limits, who hears, and who works elsewhere."""
    interrupt: Interrupt

    def ended(self, found: T, interrupted: bool) -> T:
        """What the call gives.

        Raises:
            Interrupted: it was interrupted, and is to raise.
        """
        if interrupted:
            log = log_heard()
            if log is not None:
                log.info("interrupted")
            if self.interrupt == "raise":
                raise Interrupted(found)  # type: ignore[arg-type]
        return found


@contextmanager
def running(
    options: Mapping[str, Any], progress: Tells, interrupt: Interrupt, executor: Executor | None = None
) -> Generator[Running]:
    """A long call with these options, as `checked` gives them. What its executor lost is warned of at its end.

    Without an executor nobody works elsewhere, and the options say nothing of it: not every call can be sent out.

    Raises:
        UsageError: `interrupt` is neither of the two.
        TypeError: `progress` cannot be called, or `executor` is none.
        ModuleNotFoundError: a bar, and tqdm is not there.
    """
    if interrupt not in ("raise", "return"):
        raise UsageError(f'`interrupt` is "raise" or "return", not {interrupt!r}')
    executor = executor_of(executor)
    there = nullcontext() if executor is None else Workers(executor)
    with there as workers, telling(progress, options["time_limit"]) as hears:
        elsewhere = {} if workers is None else {"workers": workers}
        yield Running({**options, **elsewhere, "hears": hears}, interrupt)
