"""Executors as the engine's search sees them: jobs go out, bytes come back, and what is lost is done here."""

from __future__ import annotations

import collections
import os
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tenantry import _core
from tenantry._narrow import is_map
from tenantry._options import called
from tenantry.errors import UsageError

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future
    from multiprocessing.process import BaseProcess
    from types import TracebackType

RETRIES = 2
"""How often a job is begun again whose worker was lost."""
MISTRUSTED = 8
"""After so many jobs that were refused, or whose answer was not believed, no further one goes out."""
UNKNOWN_SIZE = 16
"""Jobs at a time where an executor does not say how many it does."""
UNGUARDED = 113
"""How a process ends that was started to work and, on its way there, came to where work is sent out."""
PATIENCE = 1.0
"""Seconds for the processes of a pool that broke to be known as ended."""


def executor_of(value: Any) -> Executor | None:
    """An executor, or none.

    Raises:
        TypeError: it is something else.
    """
    if value is None or (callable(getattr(value, "submit", None)) and not hasattr(value, "get_executor")):
        return value  # type: ignore[no-any-return]
    hint = ": get_executor() of a dask client gives one" if hasattr(value, "get_executor") else ""
    raise TypeError(f"`executor` is a concurrent.futures.Executor, not {called(value)}{hint}")


def future_of(value: Any) -> Future[Any]:
    """What `submit` of an executor gave.

    Raises:
        TypeError: it is no future.
    """
    from concurrent.futures import Future  # whoever has an executor has loaded it

    future: Future[Any] = value  # a check alone would not say of what
    if not isinstance(value, Future):
        raise TypeError(f"submit() of the executor gave {called(value)}, not a concurrent.futures.Future")
    return future


def work(job: bytes) -> bytes:
    """Does a job of a search, in whatever process this is."""
    return _core.work_on(job)


def on_its_way() -> bool:
    """Whether this process was started to work and still runs the script of whoever started it.

    No process can be started here. That the script comes to where it starts some means that no guard stands before it.
    """
    multiprocessing: Any = sys.modules.get("multiprocessing.process")  # who was started by it has it
    return multiprocessing is not None and getattr(multiprocessing.current_process(), "_inheriting", False)


def unsent(error: Exception) -> None:
    """Nothing could be sent out. Such a process ends then, in silence: whoever started it says why, and once.

    Raises:
        UsageError: it is the server that processes are forked from, of which nobody looks how it ends.
    """
    if isinstance(error, RuntimeError) and on_its_way():
        from multiprocessing import current_process

        name = current_process().name
        if name == "MainProcess":
            raise UsageError(_guard()) from None
        if name.startswith("ForkServer"):  # the server that it was forked from would make another code of it
            sys.stdout.flush()
            os._exit(UNGUARDED)
        raise SystemExit(UNGUARDED) from None


def processes_of(executor: object) -> list[BaseProcess]:
    """The processes of a pool, as far as it shows them."""
    known: object = getattr(executor, "_processes", None)
    return [process for process in known.values() if hasattr(process, "exitcode")] if is_map(known) else []


def unguarded(executor: object) -> str | None:
    """What is to be done where processes of a pool that broke ended on their way; `None` where none did."""
    processes = processes_of(executor)
    until = time.monotonic() + PATIENCE
    for process in processes:
        process.join(max(0.0, until - time.monotonic()))
    if all(process.exitcode != UNGUARDED for process in processes):
        return None
    return _guard()


def _guard() -> str:
    script: str | None = getattr(sys.modules["__main__"], "__file__", None)
    named = "the script" if script is None else Path(script).name
    return (
        f"each process that is started runs {named} anew before it works, and came to this call again: "
        'put what is to run once under `if __name__ == "__main__":`'
    )


class _Reply(Protocol):
    def give(self, answer: bytes | None) -> None: ...


class Workers:
    """An executor for one call, for the engine's threads. Its end cancels what is out, and warns of what was lost."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._size = _size(executor)
        self._lock = threading.Lock()
        self._flying: dict[object, Future[bytes]] = {}
        """What is out, each job by a mark of its own."""
        self._why: str | None = None
        """Why no further job goes out."""
        self._lost: collections.Counter[str] = collections.Counter()
        self._mistrusted = 0
        self._broken = False
        # a pool that forks is to do so before the engine's threads are there
        try:
            executor.submit(os.getpid)
        except Exception as error:  # an executor of somebody else's may raise anything
            unsent(error)
            self._end(error)

    def at_once(self) -> int:
        """How many jobs they do at a time."""
        return 0 if self._why is not None else self._size

    def take(self, job: bytes, reply: _Reply, attempts: int = 0) -> None:
        """Sends a job out."""
        mark = object()
        try:
            future = future_of(self._executor.submit(work, job))
            with self._lock:
                self._flying[mark] = future
            future.add_done_callback(lambda done: self._done(mark, done, job, reply, attempts + 1))
        except Exception as error:  # as above
            with self._lock:
                self._flying.pop(mark, None)
            self._end(error)
            reply.give(None)

    def lost(self, kind: str, why: str) -> None:
        """A job is done here after all."""
        with self._lock:
            if kind != "gone":  # of those it is known why
                self._lost[why] += 1
            self._mistrusted += kind in ("refused", "wrong")
            if kind == "late" or self._mistrusted >= MISTRUSTED:
                self._why = self._why or why

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            flying, self._flying = [*self._flying.values()], {}
            self._why = self._why or ""
        for future in flying:
            future.cancel()
        guard = unguarded(self._executor) if self._broken else None
        if error is None and (self._lost or self._why):
            # of the line that called: between are the long call, `running` and its end
            warnings.warn(
                self._says() if guard is None else f"all was done here: {guard}", RuntimeWarning, stacklevel=5
            )

    def _says(self) -> str:
        many = sum(self._lost.values())
        reasons = "; ".join(why for why, _ in self._lost.most_common(3))
        if not many:
            return f"the executor takes no jobs, all was done here: {self._why}"
        rest = ", and no further one went out" if self._why else ""
        return (
            f"{many} job{'s' * (many > 1)} of the executor {'were' if many > 1 else 'was'} done here{rest}: {reasons}"
        )

    def _done(self, mark: object, future: Future[bytes], job: bytes, reply: _Reply, attempts: int) -> None:
        with self._lock:
            wanted = self._flying.pop(mark, None) is not None
        if not wanted:  # the call is over
            return
        from concurrent.futures import BrokenExecutor, CancelledError  # as above

        error: BaseException | None
        try:
            error = future.exception()
            answer = future.result() if error is None else None
        except BaseException as raised:  # it was cancelled
            error, answer = raised, None
        if error is None:
            if not isinstance(answer, bytes):  # the engine says what it thinks of it
                answer = repr(answer)[:100].encode()
            reply.give(answer)
            return
        if isinstance(error, BrokenExecutor):
            self._end(error)
        # whoever cancels may hold the executor's lock, and means it
        elif not isinstance(error, CancelledError) and attempts <= RETRIES and self._why is None:
            self.take(job, reply, attempts)
            return
        with self._lock:
            self._lost[f"its worker was lost ({_says(error)})"] += 1
        reply.give(None)

    def _end(self, error: BaseException) -> None:
        from concurrent.futures import BrokenExecutor  # as above

        with self._lock:
            self._broken = self._broken or isinstance(error, BrokenExecutor)
            self._why = self._why or _says(error)


def _says(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _size(executor: Any) -> int:
    """How many jobs an executor does at a time, as far as it says so."""
    for name in ("_max_workers", "num_workers"):  # of the standard library and loky; of mpi4py
        size = getattr(executor, name, None)
        if isinstance(size, int) and size > 0:
            return size
    threads: Any = getattr(getattr(executor, "_client", None), "nthreads", None)  # of dask
    try:
        return max(1, sum(threads().values())) if threads is not None else UNKNOWN_SIZE
    except Exception:  # it is a guess
        return UNKNOWN_SIZE
