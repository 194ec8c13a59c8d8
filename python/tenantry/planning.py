"""The main call, and several plans side by side."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tenantry import _core
from tenantry._options import as_day, called, checked, levels, of_type
from tenantry._options import limits as limits_of
from tenantry._running import running
from tenantry.builder import FleetBuilder
from tenantry.errors import UsageError
from tenantry.fleet import Fleet
from tenantry.plans import Plan
from tenantry.progress import Interrupt, Tells

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping, Sequence
    from concurrent.futures import Executor

    from tenantry.comparisons import Comparison

_INSTEAD = {
    FleetBuilder: "its build()",
    dict: "Fleet.from_dict(document)",
    str: "Fleet.load(path), or Fleet.from_yaml(text)",
}


def plan(
    fleet: Fleet,
    *,
    time_limit: float | None = None,
    work_limit: int | None = None,
    seed: int = 0,
    threads: int | None = None,
    as_of: str | datetime.date | None = None,
    names_from: Plan | None = None,
    objective: Sequence[str] | None = None,
    limits: Mapping[str, int | float | str] | None = None,
    progress: Tells = None,
    interrupt: Interrupt = "raise",
    executor: Executor | None = None,
) -> Plan:
    """Assigns the workloads of a fleet to the smallest number of clusters.

    The result is the best plan found, with a true status and a lower bound; it was checked against the fleet. The
    interpreter's lock is released meanwhile, and Ctrl-C stops within a second.

    Args:
        fleet: what to plan.
        time_limit: wall-clock seconds from the call to the plan; the only thing that may make two runs differ.
        work_limit: elementary steps of the solver; default: a finite limit of the engine's own.
        seed: of every random choice.
        threads: default: one a core, which is also the most that are used. Never changes the answer.
        as_of: the day against which waivers are judged, ``YYYY-MM-DD``; default: the fleet's, else today (UTC).
        names_from: an earlier plan whose cluster names are kept, each by the largest overlap of workloads.
        objective: what is made small instead of the fleet's objective, most important first, such as
            ``["cost", "clusters"]``.
        limits: the highest ``clusters``, ``cost`` and ``moves`` of the plan, beside the fleet's own limits: of each
            the smaller counts.
        progress: is called with what happens, in order, on the thread of the call and up to twenty times a second:
            ``events.append`` records it, for `tenantry.plot.convergence`. What it raises ends the call, and is raised.
            ``True`` shows a bar, in a terminal and in a notebook (``pip install 'tenantry[progress]'``).
        interrupt: what Ctrl-C (the stop button of a notebook) does: ``"raise"`` raises `Interrupted`, ``"return"``
            returns the best plan so far; its ``stopped`` says ``cancelled``. Signals come to the main thread alone.
        executor: any `concurrent.futures.Executor`, such as a process pool or that of a dask client: what takes long
            goes there, component by component, beside what `threads` do here. The plan and its certificate are the
            same, a wall-clock limit aside. It stays open; what it loses is done here, with a `RuntimeWarning`.

    Raises:
        FleetError: two workloads that must be together are separated.
        UsageError: a limit is negative or no number, `as_of` is not a date, or `objective` names no levels.
        TypeError: `fleet` is no Fleet, `progress` cannot be called, or `executor` is none.
        ModuleNotFoundError: `progress` is True, and tqdm is not installed.
        Interrupted: Ctrl-C; the best plan so far is in its ``partial``. It is a `KeyboardInterrupt`; before the search
            has begun there is no plan yet, and a plain one is raised, whatever `interrupt` says.

    Example:
        >>> import tenantry
        >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
        >>> tenantry.plan(fleet).gap
        0
    """
    began = time.monotonic()
    options = checked(time_limit=time_limit, work_limit=work_limit, seed=seed, threads=threads)
    of_type(fleet, Fleet, "plan() takes a Fleet", _INSTEAD)
    if names_from is not None:
        of_type(names_from, Plan, "`names_from` is a Plan", {str: "Plan.from_json(text)"})
    earlier = None if names_from is None else names_from.to_json()
    with running(options, progress, interrupt, executor) as run:
        document, proved, interrupted = _core.plan(
            fleet._core,
            **run.options,
            began=began,
            as_of=as_day(as_of),
            names_from=earlier,
            objective=levels(objective),
            limits=limits_of(limits),
        )
    return run.ended(Plan._of(document, fleet, proved), interrupted)


def compare(
    *these: Fleet | Plan,
    names: Iterable[str] | None = None,
    premium: bool = False,
    time_limit: float | None = None,
    work_limit: int | None = None,
    seed: int = 0,
    threads: int | None = None,
    as_of: str | datetime.date | None = None,
    progress: Tells = None,
    interrupt: Interrupt = "raise",
) -> Comparison:
    """Plans several fleets and lays clusters, cost, moves and exposure side by side.

    Args:
        these: fleets, which are planned one after another, and plans, which stand beside them as they are.
        names: what to call them; default: the fleet's name with its number.
        premium: what the rules of trust take in clusters, too: a further run each.
        time_limit: wall-clock seconds for all of it; each fleet gets an equal share of what is left.
        work_limit: elementary steps of all runs together, shared alike.
        seed: of every random choice.
        threads: default: one a core, which is also the most that are used. Never changes the answer.
        as_of: the day against which waivers are judged; default: each fleet's, else today (UTC).
        progress: is told what happens, as with `tenantry.plan`; ``True`` shows a bar.
        interrupt: ``"raise"``: Ctrl-C raises `Interrupted`; ``"return"``: it returns what is known so far.

    Raises:
        FleetError: two workloads of one of them that must be together are separated.
        UsageError: there are fewer than two, or not as many names.
        Interrupted: Ctrl-C; what is known so far is in its ``partial``.

    Example:
        >>> import tenantry
        >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
        >>> comparison = tenantry.compare(fleet, fleet.without("separate:environment"), names=["today", "mixed"])
        >>> [(plan.name, plan.clusters.value) for plan in comparison.plans]
        [('today', 7), ('mixed', 6)]
    """
    from tenantry.comparisons import Comparison

    began = time.monotonic()
    options = checked(time_limit=time_limit, work_limit=work_limit, seed=seed, threads=threads)
    for it in these:
        if not isinstance(it, Fleet | Plan):
            raise TypeError(f"compare() takes fleets and plans, not {called(it)}")
    if names is None:
        called_so = [f"{it.name or 'fleet'} ({number})" for number, it in enumerate(these, 1)]
    else:
        called_so = [of_type(name, str, "a name is a text") for name in names]
    if isinstance(names, str) or len(called_so) != len(these):
        raise UsageError(f"{len(these)} are compared, so there are as many names, not {names!r}")
    given: list[tuple[str, _core.Fleet | None, str]] = [
        (name, it._core, "") if isinstance(it, Fleet) else (name, None, it.to_json())
        for name, it in zip(called_so, these, strict=True)
    ]
    with running(options, progress, interrupt) as run:
        document, interrupted = _core.compare(
            given, **run.options, premium=bool(premium), began=began, as_of=as_day(as_of)
        )
    return run.ended(Comparison._of(document), interrupted)
