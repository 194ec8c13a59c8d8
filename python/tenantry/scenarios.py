"""Many fleets planned on many processes, on this machine or on others."""

from __future__ import annotations

import collections
import datetime
import itertools
import os
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tenantry._narrow import is_iterable, is_map, is_sequence
from tenantry._options import as_day, called, checked, levels, of_type, whole
from tenantry._options import limits as limits_of
from tenantry._tasks import Arrived, Asked, NotBelieved, Task, arrived, asked_of, planned
from tenantry._workers import executor_of, future_of, processes_of, unguarded, unsent
from tenantry.errors import Interrupted, UsageError
from tenantry.fleet import Fleet
from tenantry.plans import Plan  # while it runs, too: who makes a frame of records asks for their types
from tenantry.records import Records

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor
    from types import TracebackType


@dataclass(frozen=True, slots=True)
class Scenario:
    """A fleet with what is asked of its plan. What is ``None`` is as the call of `plan_many` says.

    Example:
        >>> import tenantry
        >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
        >>> cheap = tenantry.Scenario("cheap", fleet, objective=["cost", "clusters"])
    """

    name: str
    """What it is called; no other of the same call is called so."""
    fleet: Fleet
    """The fleet."""
    objective: Sequence[str] | None = None
    """What is made small, most important first."""
    limits: Mapping[str, int | float | str] | None = None
    """The highest ``clusters``, ``cost`` and ``moves``."""
    seed: int | None = None
    """Of every random choice."""
    time_limit: float | None = None
    """Wall-clock seconds."""
    work_limit: int | None = None
    """Elementary steps."""


@dataclass(frozen=True, slots=True)
class PlannedScenario:
    """What came of a scenario: figures, or an error."""

    name: str
    number: int
    """Its place among the scenarios, from 0."""
    digest: str
    """Of the fleet."""
    status: str | None
    """As in `Plan.status`; ``None`` where there is an error."""
    clusters: int | None
    lower_bound: int | None
    """No plan has fewer clusters."""
    gap: int | None
    cost: float | None
    moves: int | None
    """Workloads that move, where clusters exist."""
    proof: str | None
    """``verified``: the plan and its certificate were gone through again on arrival, and the bound holds.

    ``undecided``: the plan was, and the bound is backed less far than it is stated.
    """
    error: str | None = None
    """Why there is no plan document, in words."""
    error_kind: str | None = None
    """The name of the error's class."""
    attempts: int = field(default=1, compare=False)
    """How often it was begun: more than once where a worker was lost."""
    seconds: float | None = field(default=None, compare=False)
    """Wall-clock time of the worker. Not in `to_dict`: all else is the same on every machine."""
    plan: Plan | None = field(default=None, compare=False, repr=False)
    """The plan, with its certificate, where they are kept."""

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain values; nothing of machines or of time: a row of a frame.

        Example:
            >>> import tenantry
            >>> from concurrent.futures import ThreadPoolExecutor
            >>> shop = tenantry.Fleet.load("examples/shop.yaml")
            >>> with ThreadPoolExecutor() as pool:
            ...     rows = [done.to_dict() for done in tenantry.plan_many({"shop": shop}, pool)]
            >>> rows[0]["name"], rows[0]["clusters"], rows[0]["gap"]
            ('shop', 1, 0)
        """
        return {name: getattr(self, name) for name in _PLAIN}


_PLAIN = (
    *("name", "number", "digest", "status", "clusters", "lower_bound", "gap", "cost", "moves", "proof"),
    *("error", "error_kind"),
)


def plan_many(
    scenarios: Mapping[str, Fleet] | Iterable[Scenario | Fleet | tuple[str, Fleet]],
    executor: Executor | None = None,
    *,
    workers: int | None = None,
    time_limit: float | None = None,
    work_limit: int | None = None,
    seed: int = 0,
    threads: int | None = 1,
    as_of: str | datetime.date | None = None,
    objective: Sequence[str] | None = None,
    limits: Mapping[str, int | float | str] | None = None,
    keep_plans: bool = False,
    retries: int = 2,
    in_flight: int | None = None,
) -> PlannedScenarios:
    """Plans many fleets side by side: on the cores of this machine, or wherever an executor runs its work.

    Iterating gives each scenario as it is done; `PlannedScenarios.all` gives all of them in their own order. What they
    say does not depend on the executor, on the number of workers or on who was first (a wall-clock limit aside).
    Every plan and certificate is gone through again here, on arrival, and held against what was asked. A scenario that
    cannot be planned is a row with its error, and no other suffers from it. Where a worker is lost, or what it
    says cannot be believed, what it had is begun again.

    In a script the call stands under ``if __name__ == "__main__":``: each process that is started, here or by a pool of
    processes, reads the script before it works, and would come to the call again. A notebook needs no such guard, nor
    does an executor of threads.

    Args:
        scenarios: fleets, by name or one after the other; those of an iterator are read as they are needed.
        executor: any `concurrent.futures.Executor`, such as that of a dask client, loky or mpi4py; it stays open.
            Default: processes of this machine, which end with the iteration.
        workers: how many processes, where no executor is given; default: one a core.
        time_limit: wall-clock seconds of each plan.
        work_limit: elementary steps of each plan.
        seed: of every random choice.
        threads: of each plan; the scenarios themselves are side by side.
        as_of: the day against which waivers are judged; default: each fleet's, else today (UTC), when the call begins.
        objective: what is made small instead of each fleet's objective.
        limits: the highest values of each plan.
        keep_plans: keep each plan with its certificate, too, not its figures alone.
        retries: how often a scenario is begun again whose worker was lost, or not believed; then it is a row with that
            error.
        in_flight: so many scenarios at most are with the workers at a time; default: four a worker, or 64.

    Raises:
        UsageError: a limit is negative or no number, or two scenarios have one name; while iterating, the processes
            came to this call again, as above.
        TypeError: one of the scenarios is none. Of an iterator both are raised where it gives them.

    Example:
        >>> import tenantry
        >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
        >>> both = {"today": fleet, "mixed": fleet.without("separate:environment")}
        >>> from concurrent.futures import ThreadPoolExecutor
        >>> with ThreadPoolExecutor() as pool:
        ...     done = tenantry.plan_many(both, pool).all()
        >>> [(row.name, row.clusters, row.proof) for row in done]
        [('today', 7, 'verified'), ('mixed', 6, 'verified')]
    """
    options = checked(time_limit=time_limit, work_limit=work_limit, seed=seed, threads=threads)
    options |= {"as_of": as_day(as_of), "objective": levels(objective), "limits": dict(limits_of(limits))}
    executor = executor_of(executor)
    if executor is not None and workers is not None:
        raise UsageError("`workers` is for the processes of this machine: an executor has its own")
    many = _cores() if workers is None else max(1, whole(workers, "`workers`", 16))
    most = (64 if executor is not None else 4 * many) if in_flight is None else whole(in_flight, "`in_flight`", 32)
    pool = _Given(executor) if executor is not None else _Processes(many)
    listed = _listed(scenarios)
    return PlannedScenarios(
        listed,
        pool,
        options=options,
        keep_plans=bool(keep_plans),
        retries=whole(retries, "`retries`", 16),
        in_flight=max(1, most),
        today=datetime.datetime.now(datetime.UTC).date().isoformat(),
    )


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _listed(scenarios: Any) -> Iterator[Scenario]:
    if not is_iterable(scenarios, Fleet, Scenario, str, bytes):
        raise TypeError(f"plan_many() takes several fleets, not {called(scenarios)}")
    given: Iterable[Any] = scenarios.items() if is_map(scenarios) else scenarios
    listed = _named_once(map(_scenario, given, itertools.count()))
    # what is wrong with the last is known before the first is planned, where it can be
    return iter(tuple(listed)) if isinstance(scenarios, Mapping | Sequence) else listed


def _named_once(scenarios: Iterable[Scenario]) -> Iterator[Scenario]:
    names: set[str] = set()
    for scenario in scenarios:
        if scenario.name in names:
            raise UsageError(f"two scenarios are called {scenario.name!r}")
        names.add(scenario.name)
        yield scenario


def _scenario(given: Any, number: int) -> Scenario:
    if isinstance(given, Scenario):
        of_type(given.name, str, "the name of a scenario is a text")
        of_type(given.fleet, Fleet, f"the scenario {given.name!r} is of a Fleet")
        return given
    if isinstance(given, Fleet):
        return Scenario(f"{given.name or 'fleet'} ({number + 1})", given)
    if is_sequence(given) and isinstance(given, tuple) and len(given) == 2:
        title, fleet = given
        if isinstance(title, str) and isinstance(fleet, Fleet):
            return Scenario(title, fleet)
    raise TypeError(f"scenario {number} is a Fleet, a name with one, or a Scenario, not {called(given)}")


_OWN = ("objective", "limits", "seed", "time_limit", "work_limit")
"""What a scenario may ask for itself."""


class _Given:
    """An executor of somebody else's: it is not closed, and cannot be made anew."""

    may_renew = False

    def __init__(self, executor: Executor) -> None:
        self.executor = executor

    def submit(self, task: Task) -> Future[Any]:
        return self.executor.submit(planned, task)

    def renew(self, lost: Executor | None) -> None:
        raise NotImplementedError

    def close(self, flying: Iterable[Future[Any]] = ()) -> None:
        """It is not ours, and stays open."""
        for future in flying:
            future.cancel()


class _Processes:
    """Processes of this machine. They are started anew, not forked: whoever calls may have threads."""

    may_renew = True

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.executor: ProcessPoolExecutor | None = None

    def submit(self, task: Task) -> Future[Any]:
        if self.executor is None:
            # here, not above: they load sockets, pickling and more, which `import tenantry` has no use for
            import multiprocessing
            from concurrent.futures import ProcessPoolExecutor

            context = multiprocessing.get_context("spawn")
            self.executor = ProcessPoolExecutor(self.workers, mp_context=context, initializer=_deaf)
        return self.executor.submit(planned, task)

    def renew(self, lost: Executor | None) -> None:
        # what was lost with the same processes need not be told at the same moment: the new ones stay
        if lost is self.executor:
            self.close()

    def close(self, flying: Iterable[Future[Any]] = ()) -> None:
        # the pool cancels what is out itself: its thread stumbles over a future that was cancelled behind its back
        # when a process dies just then, and this process hangs at its end
        pool, self.executor = self.executor, None
        if pool is not None:
            running = processes_of(pool)
            pool.shutdown(wait=False, cancel_futures=True)
            # what they are at is of no use any more
            for process in running:
                process.terminate()


def _deaf() -> None:
    """Ctrl-C is for whoever waits for the workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@dataclass(slots=True)
class _Flying:
    scenario: Scenario
    number: int
    asked: Asked
    attempts: int = 0
    broke: int = 0
    """How often its executor broke."""
    executor: Executor | None = None
    """Where it was begun last."""


class PlannedScenarios(Iterator[PlannedScenario]):
    """The scenarios of a call of `plan_many`, as they are done. Use it once: as an iterator, or by `all`."""

    def __init__(
        self,
        scenarios: Iterator[Scenario],
        pool: _Given | _Processes,
        *,
        options: Mapping[str, Any],
        keep_plans: bool,
        retries: int,
        in_flight: int,
        today: str,
    ) -> None:
        self._scenarios = enumerate(scenarios)
        self._pool = pool
        self._options = options
        self._keep_plans = keep_plans
        self._retries = retries
        self._in_flight = in_flight
        self._today = today
        self._flying: dict[Future[Any], _Flying] = {}
        self._again: collections.deque[_Flying] = collections.deque()
        self._ready: collections.deque[PlannedScenario] = collections.deque()
        self._open = True

    def __iter__(self) -> PlannedScenarios:
        return self

    def __next__(self) -> PlannedScenario:
        """The next that is done.

        Raises:
            StopIteration: all are.
        """
        try:
            while not self._ready:
                self._send()
                if self._ready:  # lost on the way there
                    break
                if not self._flying:
                    self.close()
                    raise StopIteration
                self._receive()
            return self._ready.popleft()
        except StopIteration:
            raise
        except BaseException:
            self.close()
            raise

    def all(self) -> Records[PlannedScenario]:
        """What is left of them, in the order of the scenarios: a table, as those of a plan are.

        Its columns are what `PlannedScenario.to_dict` has, of the same types whatever came of the scenarios.

        Raises:
            Interrupted: Ctrl-C; those that are done are in its ``partial``.

        Example:
            >>> import tenantry
            >>> from concurrent.futures import ThreadPoolExecutor
            >>> shop = tenantry.Fleet.load("examples/shop.yaml")
            >>> with ThreadPoolExecutor() as pool:
            ...     [done.number for done in tenantry.plan_many([shop, shop], pool).all()]
            [0, 1]
            >>> with ThreadPoolExecutor() as pool:
            ...     tenantry.plan_many({"shop": shop}, pool).all().to_polars()["clusters"].to_list()
            [1]
        """
        done: list[PlannedScenario] = []
        try:
            done.extend(self)
        except KeyboardInterrupt as stopped:
            raise Interrupted(_in_order(done)) from stopped
        return _in_order(done)

    def close(self) -> None:
        """Gives up what was not handed out. Processes of this machine end; an executor that was given stays open.

        Example:
            >>> import tenantry
            >>> from concurrent.futures import ThreadPoolExecutor
            >>> shop = tenantry.Fleet.load("examples/shop.yaml")
            >>> with ThreadPoolExecutor() as pool, tenantry.plan_many([shop, shop], pool) as scenarios:
            ...     first = next(scenarios)
            ...     scenarios.close()  # as the end of the block does
            >>> list(scenarios)
            []
        """
        flying, self._flying = [*self._flying], {}
        self._again.clear()
        self._ready.clear()
        self._scenarios = enumerate(iter(()))
        if self._open:
            self._open = False
            self._pool.close(flying)

    def __del__(self) -> None:
        # a loop that was left by `break` leaves nobody at work
        if getattr(self, "_open", False):
            self.close()

    def __enter__(self) -> PlannedScenarios:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _send(self) -> None:
        while len(self._flying) < self._in_flight and not self._ready:
            # who was there when workers broke down, twice, goes alone: then it is known who breaks them
            suspect = bool(self._again) and self._again[0].broke > 1
            if suspect and self._flying:
                return
            flying = self._again.popleft() if self._again else self._begun()
            if flying is None:
                return
            flying.attempts += 1
            try:
                future = future_of(self._pool.submit(flying.asked.task()))
                flying.executor = self._pool.executor
                if future in self._flying:
                    raise TypeError("submit() of the executor gave the future of another call")
            except Exception as error:  # an executor of somebody else's may raise anything
                unsent(error)
                flying.executor = self._pool.executor
                self._lost(flying, error)
                continue
            self._flying[future] = flying
            if suspect:
                return

    def _begun(self) -> _Flying | None:
        for number, scenario in self._scenarios:
            own = {
                name: getattr(scenario, name) for name in ("objective", "limits", "seed", "time_limit", "work_limit")
            }
            options = dict(self._options) | {name: value for name, value in own.items() if value is not None}
            try:
                return _Flying(scenario, number, asked_of(scenario.fleet, options, self._today))
            except (TypeError, UsageError) as error:  # of its own options: the others have theirs
                self._ready.append(_failed(scenario, number, type(error).__name__, str(error)))
                return None
        return None

    def _receive(self) -> None:
        done, _ = wait(self._flying, return_when=FIRST_COMPLETED)
        # in their own order, whoever was first
        for future in sorted(done, key=lambda it: self._flying[it].number):
            flying = self._flying.pop(future)
            try:
                # not `result()`: a worker that was interrupted is not this process
                error = future.exception()
            except CancelledError as cancelled:
                error = cancelled
            if error is not None:  # of the way there and back: a worker answers with its errors
                self._lost(flying, error)
                continue
            try:
                self._ready.append(self._row(flying, arrived(future.result(), flying.asked)))
            except NotBelieved as why:
                self._lost(flying, why)

    def _lost(self, flying: _Flying, error: BaseException) -> None:
        """A worker, or the way to it, was lost, or it said what nobody believes: it is begun again, if it may."""
        broken = isinstance(error, BrokenExecutor)
        guard = unguarded(flying.executor) if broken else None
        if guard is not None:
            raise UsageError(f"plan_many(): {guard}") from None
        if broken and self._pool.may_renew:
            self._pool.renew(flying.executor)
        flying.broke += broken
        if flying.attempts <= self._retries and (not broken or self._pool.may_renew):
            self._again.append(flying)
            return
        kind, why = type(error).__name__, "its worker was lost"
        if isinstance(error, NotBelieved):
            kind, why = "InternalError", str(error)
        elif str(error):
            why = f"its worker was lost {flying.attempts} times: {error}"
        self._ready.append(_failed(flying.scenario, flying.number, kind, why, attempts=flying.attempts))

    def _row(self, flying: _Flying, answer: Arrived) -> PlannedScenario:
        scenario, made = flying.scenario, answer.plan
        if made is None:
            kind, why = str(answer.error_kind), str(answer.error)
            return _failed(scenario, flying.number, kind, why, attempts=flying.attempts, seconds=answer.seconds)
        numbers, moves = made.numbers, made.moves
        return PlannedScenario(
            name=scenario.name,
            number=flying.number,
            digest=scenario.fleet.digest,
            status=made.status,
            clusters=numbers.clusters,
            lower_bound=numbers.lower_bound,
            gap=numbers.gap,
            cost=numbers.cost,
            moves=None if moves is None else moves.forced.workloads + moves.chosen.workloads,
            proof=answer.proof,
            attempts=flying.attempts,
            seconds=answer.seconds,
            plan=made if self._keep_plans else None,
        )


def _failed(
    scenario: Scenario, number: int, kind: str, why: str, *, attempts: int = 1, seconds: float | None = None
) -> PlannedScenario:
    nothing = dict.fromkeys(("status", "clusters", "lower_bound", "gap", "cost", "moves", "proof"))
    return PlannedScenario(
        name=scenario.name,
        number=number,
        digest=scenario.fleet.digest,
        **nothing,
        error=why,
        error_kind=kind,
        attempts=attempts,
        seconds=seconds,
    )


def _in_order(done: list[PlannedScenario]) -> Records[PlannedScenario]:
    return Records(sorted(done, key=lambda row: row.number), PlannedScenario)
