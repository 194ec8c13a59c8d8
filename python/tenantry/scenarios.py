"""Many fleets planned on many processes, on this machine or on others."""

from __future__ import annotations

import collections
import itertools
import os
import signal
import time
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
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, final

from tenantry import _core
from tenantry._narrow import is_iterable, is_map, is_sequence
from tenantry._options import as_day, called, checked, levels, of_type, whole
from tenantry._options import limits as limits_of
from tenantry._workers import executor_of
from tenantry.errors import UsageError
from tenantry.fleet import Fleet
from tenantry.planning import plan
from tenantry.plans import Plan

if TYPE_CHECKING:
    import datetime
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing.process import BaseProcess
    from types import TracebackType

CHECK_WORK = 20_000_000_000
"""Work of checking a certificate on arrival, in elementary steps: as ``tenantry check``."""


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


class _Task(TypedDict):
    """What goes to a worker: text and numbers alone."""

    fleet: str
    options: dict[str, Any]


@final
class _Made(TypedDict):
    """What comes back."""

    plan: str
    certificate: str | None
    seconds: float


@final
class _Failed(TypedDict):
    """What comes back where there is no plan."""

    error: str
    error_kind: str
    seconds: float


_Done: TypeAlias = _Made | _Failed


def _planned(task: _Task) -> _Done:
    """Plans one scenario, in whatever process this is."""
    began = time.perf_counter()
    try:
        made = plan(Fleet.from_json(task["fleet"]), **task["options"])
        document, certificate = made.to_json(), made.certificate_json
        return _Made(plan=document, certificate=certificate, seconds=time.perf_counter() - began)
    except Exception as error:  # a row of its own, whatever it is
        return _Failed(error=str(error), error_kind=type(error).__name__, seconds=time.perf_counter() - began)


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
    Every plan and certificate is gone through again here, on arrival. A scenario that cannot be planned is a row
    with its error, and no other suffers from it. Where a worker is lost, what it had is begun again.

    Args:
        scenarios: fleets, by name or one after the other; they are read as they are needed.
        executor: any `concurrent.futures.Executor`, such as that of a dask client, loky or mpi4py; it stays open.
            Default: processes of this machine, which end with the iteration.
        workers: how many processes, where no executor is given; default: one a core.
        time_limit: wall-clock seconds of each plan.
        work_limit: elementary steps of each plan.
        seed: of every random choice.
        threads: of each plan; the scenarios themselves are side by side.
        as_of: the day against which waivers are judged; default: each fleet's, else today (UTC).
        objective: what is made small instead of each fleet's objective.
        limits: the highest values of each plan.
        keep_plans: keep each plan with its certificate, too, not its figures alone.
        retries: how often a scenario is begun again whose worker was lost; then it is a row with that error.
        in_flight: so many scenarios at most are with the workers at a time; default: four a worker, or 64.

    Raises:
        UsageError: a limit is negative or no number.
        TypeError: one of the scenarios is none.

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
    options |= {"as_of": as_day(as_of), "objective": levels(objective), "limits": limits}
    limits_of(limits)
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
    )


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _listed(scenarios: Any) -> Iterator[Scenario]:
    if not is_iterable(scenarios, Fleet, Scenario, str, bytes):
        raise TypeError(f"plan_many() takes several fleets, not {called(scenarios)}")
    given: Iterable[Any] = scenarios.items() if is_map(scenarios) else scenarios
    return map(_scenario, given, itertools.count())


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


class _Given:
    """An executor of somebody else's: it is not closed, and cannot be made anew."""

    may_renew = False

    def __init__(self, executor: Executor) -> None:
        self.executor = executor

    def submit(self, task: _Task) -> Future[_Done]:
        return self.executor.submit(_planned, task)

    def renew(self, lost: Executor | None) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """It is not ours."""


class _Processes:
    """Processes of this machine. They are started anew, not forked: whoever calls may have threads."""

    may_renew = True

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.executor: ProcessPoolExecutor | None = None

    def submit(self, task: _Task) -> Future[_Done]:
        if self.executor is None:
            # here, not above: they load sockets, pickling and more, which `import tenantry` has no use for
            import multiprocessing
            from concurrent.futures import ProcessPoolExecutor

            context = multiprocessing.get_context("spawn")
            self.executor = ProcessPoolExecutor(self.workers, mp_context=context, initializer=_deaf)
        return self.executor.submit(_planned, task)

    def renew(self, lost: Executor | None) -> None:
        # what was lost with the same processes need not be told at the same moment: the new ones stay
        if lost is self.executor:
            self.close()

    def close(self) -> None:
        pool, self.executor = self.executor, None
        if pool is not None:
            processes: dict[int, BaseProcess] = getattr(pool, "_processes", None) or {}
            running = list(processes.values())
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
    attempts: int = 0
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
    ) -> None:
        self._scenarios = enumerate(scenarios)
        self._pool = pool
        self._options = options
        self._keep_plans = keep_plans
        self._retries = retries
        self._in_flight = in_flight
        self._flying: dict[Future[_Done], _Flying] = {}
        self._again: collections.deque[_Flying] = collections.deque()
        self._ready: collections.deque[PlannedScenario] = collections.deque()
        self._names: set[str] = set()
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
                if not self._flying:
                    if self._ready:
                        break
                    self.close()
                    raise StopIteration
                self._receive()
            return self._ready.popleft()
        except StopIteration:
            raise
        except BaseException:
            self.close()
            raise

    def all(self) -> tuple[PlannedScenario, ...]:
        """What is left of them, in the order of the scenarios.

        Example:
            >>> import tenantry
            >>> from concurrent.futures import ThreadPoolExecutor
            >>> shop = tenantry.Fleet.load("examples/shop.yaml")
            >>> with ThreadPoolExecutor() as pool:
            ...     [done.number for done in tenantry.plan_many([shop, shop], pool).all()]
            [0, 1]
        """
        return tuple(sorted(self, key=lambda done: done.number))

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
        for future in self._flying:
            future.cancel()
        self._flying.clear()
        self._again.clear()
        self._ready.clear()
        self._scenarios = enumerate(iter(()))
        if self._open:
            self._open = False
            self._pool.close()

    def __enter__(self) -> PlannedScenarios:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _send(self) -> None:
        while len(self._flying) < self._in_flight:
            # who was there when workers were lost, twice, goes alone: then it is known who loses them
            suspect = bool(self._again) and self._again[0].attempts > 1
            if suspect and self._flying:
                return
            flying = self._again.popleft() if self._again else self._begun()
            if flying is None:
                return
            flying.attempts += 1
            try:
                future = self._pool.submit(self._task(flying.scenario))
            except BrokenExecutor as error:
                flying.executor = self._pool.executor
                self._lost(flying, error)
                continue
            flying.executor = self._pool.executor
            self._flying[future] = flying
            if suspect:
                return

    def _begun(self) -> _Flying | None:
        found = next(self._scenarios, None)
        if found is None:
            return None
        number, scenario = found
        if scenario.name in self._names:
            raise UsageError(f"two scenarios are called {scenario.name!r}")
        self._names.add(scenario.name)
        return _Flying(scenario, number)

    def _task(self, scenario: Scenario) -> _Task:
        own = {name: getattr(scenario, name) for name in ("objective", "limits", "seed", "time_limit", "work_limit")}
        options = dict(self._options) | {name: value for name, value in own.items() if value is not None}
        return _Task(fleet=scenario.fleet.to_json(), options=options)

    def _receive(self) -> None:
        done, _ = wait(self._flying, return_when=FIRST_COMPLETED)
        # in their own order, whoever was first
        for future in sorted(done, key=lambda it: self._flying[it].number):
            flying = self._flying.pop(future)
            try:
                done_there = future.result()
            except (Exception, CancelledError) as error:  # of the way there and back: a worker answers with its errors
                self._lost(flying, error)
            else:
                self._ready.append(self._row(flying, done_there))

    def _lost(self, flying: _Flying, error: BaseException) -> None:
        """A worker, or the way to it, was lost: what it had is begun again, if it may."""
        broken = isinstance(error, BrokenExecutor)
        if broken and self._pool.may_renew:
            self._pool.renew(flying.executor)
        if flying.attempts <= self._retries and (not broken or self._pool.may_renew):
            self._again.append(flying)
            return
        why = f"its worker was lost {flying.attempts} times: {error}" if str(error) else "its worker was lost"
        self._ready.append(self._failed(flying, type(error).__name__, why))

    def _row(self, flying: _Flying, done: _Done) -> PlannedScenario:
        if "error" in done:
            return self._failed(flying, done["error_kind"], done["error"], done["seconds"])
        fleet, text, proof = flying.scenario.fleet, done["plan"], done["certificate"]
        made = Plan.from_json(text, fleet)
        verdict, why = ("undecided", "") if proof is None else _checked(fleet, made, proof)
        if verdict == "refuted":
            return self._failed(flying, "InternalError", f"what came back does not hold: {why}", done["seconds"])
        numbers, moves = made.numbers, made.moves
        return PlannedScenario(
            name=flying.scenario.name,
            number=flying.number,
            digest=fleet.digest,
            status=made.status,
            clusters=numbers.clusters,
            lower_bound=numbers.lower_bound,
            gap=numbers.gap,
            cost=numbers.cost,
            moves=None if moves is None else moves.forced.workloads + moves.chosen.workloads,
            proof=verdict,
            attempts=flying.attempts,
            seconds=done["seconds"],
            plan=Plan._of(text, fleet, proof) if self._keep_plans else None,
        )

    def _failed(self, flying: _Flying, kind: str, why: str, seconds: float | None = None) -> PlannedScenario:
        nothing = dict.fromkeys(("status", "clusters", "lower_bound", "gap", "cost", "moves", "proof"))
        return PlannedScenario(
            name=flying.scenario.name,
            number=flying.number,
            digest=flying.scenario.fleet.digest,
            **nothing,
            error=why,
            error_kind=kind,
            attempts=flying.attempts,
            seconds=seconds,
        )


def _checked(fleet: Fleet, made: Plan, certificate: str) -> tuple[str, str]:
    # on the day that the plan was made for, as its worker saw it
    return _core.check_bound(fleet._core, made.to_json(), certificate, made.as_of, CHECK_WORK)
