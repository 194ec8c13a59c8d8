"""Executors that go wrong in every way that we could think of: no scenario is lost, and no other suffers."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import tenantry
from tenantry._tasks import planned
from tenantry._workers import work
from test_executors import islands
from test_interrupt import hard_fleet
from test_scenarios import drawn, small

PATIENCE = 120.0


class Doing(Executor):
    """Does each task at once, and may change what comes back."""

    def __init__(self, change: Callable[[str, dict[str, Any]], Any] = lambda _, done: done) -> None:
        self.change = change
        self.taken: list[Future[Any]] = []

    def submit(self, call: Any, /, *args: Any, **_: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.taken.append(future)
        if call is planned:
            try:
                future.set_result(self.change(args[0]["fleet"], planned(args[0])))
            except BaseException as error:
                future.set_exception(error)
        return future


def only_second(change: Callable[[dict[str, Any]], Any]) -> Doing:
    """Changes what comes back of the second scenario alone."""
    return Doing(lambda fleet, done: change(done) if '"fleet-1"' in fleet else done)


def with_document(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def changed(done: dict[str, Any]) -> dict[str, Any]:
        document = json.loads(done["plan"])
        change(document)
        return done | {"plan": json.dumps(document)}

    return changed


def raises(error: BaseException) -> Callable[[dict[str, Any]], Any]:
    def raising(_: dict[str, Any]) -> Any:
        raise error

    return raising


def replanned(done: dict[str, Any], **options: Any) -> dict[str, Any]:
    """A right plan of the same fleet, and an answer to something else."""
    assert "plan" in done
    made = tenantry.plan(small(1, True), **options)
    return done | {"plan": made.to_json(), "certificate": made.certificate_json}


NEITHER = "there is neither a plan with its certificate nor an error"

WRONG: dict[str, tuple[Callable[[dict[str, Any]], Any], str, str]] = {
    "nothing": (lambda _: None, "InternalError", "what came back is no answer: None"),
    "a number": (lambda _: 7, "InternalError", "what came back is no answer: an int"),
    "an empty map": (lambda _: {}, "InternalError", "what came back is no answer: it has no time"),
    "no plan": (
        lambda _: {"seconds": 1.0},
        "InternalError",
        NEITHER,
    ),
    "an error without words": (
        lambda _: {"error": None, "error_kind": "E", "seconds": 1.0},
        "InternalError",
        NEITHER,
    ),
    "a kind that is no name": (
        lambda _: {"error": "", "error_kind": "\x1b[2J", "seconds": 1.0},
        "InternalError",
        NEITHER,
    ),
    "no time": (lambda done: done | {"seconds": float("nan")}, "InternalError", "it has no time"),
    "rubbish": (lambda done: done | {"plan": "rubbish"}, "InternalError", "no answer: not a plan document"),
    "no certificate": (
        lambda done: done | {"certificate": None},
        "InternalError",
        NEITHER,
    ),
    "another certificate": (lambda done: done | {"certificate": "{}"}, "InternalError", "no answer: not a certificate"),
    "a plan of another fleet": (
        lambda done: done | {"plan": tenantry.plan(small(2)).to_json()},
        "InternalError",
        "what came back is no answer: ",
    ),
    "a cluster fewer": (
        with_document(lambda document: document["clusters"].pop()),
        "InternalError",
        "what came back ",
    ),
    "another version": (
        with_document(lambda document: document.update(version="0.0.9")),
        "InternalError",
        "answers something else: its version is '0.0.9'",
    ),
    "another day": (
        lambda done: replanned(done, as_of="2020-02-29"),
        "InternalError",
        "answers something else: its day is '2020-02-29'",
    ),
    "another seed": (lambda done: replanned(done, seed=9), "InternalError", "its seed is 9, not 0"),
    "another objective": (
        lambda done: replanned(done, objective=["exposure", "clusters"]),
        "InternalError",
        "its objective is ('exposure', 'clusters'), not None",
    ),
    "other limits": (
        lambda done: replanned(done, limits={"clusters": 2}),
        "InternalError",
        "its limits is {'clusters': 2.0}, not {}",
    ),
    "an error of its own": (raises(ValueError("of the way")), "ValueError", "its worker was lost 3 times: of the way"),
    "an interrupt": (raises(KeyboardInterrupt()), "KeyboardInterrupt", "its worker was lost"),
    "an exit": (raises(SystemExit(3)), "SystemExit", "its worker was lost 3 times: 3"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_a_row_and_no_other_suffers(what: str) -> None:
    change, kind, why = WRONG[what]
    scenarios = drawn(4)
    done = tenantry.plan_many(scenarios, only_second(change), keep_plans=True).all()
    assert [row.name for row in done] == list(scenarios)
    assert (done[1].error_kind, done[1].clusters, done[1].proof, done[1].plan) == (kind, None, None, None)
    assert why in str(done[1].error)
    assert done[1].attempts == 3
    right = tenantry.plan_many(scenarios, Doing()).all()
    assert [row for row in done if row.number != 1] == [row for row in right if row.number != 1]
    assert all(row.proof == "verified" for row in right)


def test_what_was_not_believed_once_is_begun_again() -> None:
    said: list[str] = []

    def once(fleet: str, done: dict[str, Any]) -> Any:
        said.append(fleet)
        return done if said.count(fleet) > 1 else b"rubbish"

    scenarios = drawn(4)
    done = tenantry.plan_many(scenarios, Doing(once)).all()
    assert done == tenantry.plan_many(scenarios, Doing()).all()
    assert [row.attempts for row in done] == [2] * 4


def test_an_error_of_a_worker_steers_no_terminal() -> None:
    wrong = {"error": "a\x1b[2J\u202eb\nc", "error_kind": "FleetError", "seconds": 1.0}
    (row,) = tenantry.plan_many([small(1)], Doing(lambda *_: wrong)).all()
    assert (row.error_kind, row.error) == ("FleetError", "a\\u{1b}[2J\\u{202e}b\nc")


def test_the_limits_of_a_fleet_and_of_a_call_are_both_asked_for() -> None:
    document = small(1, True).to_dict() | {"limits": {"clusters": 4}, "asOf": "2026-01-02"}
    fleet = tenantry.Fleet.from_dict(document)
    for limits in ({"clusters": 3}, {"clusters": "9"}, {}, None):
        (row,) = tenantry.plan_many([fleet], Doing(), limits=limits, keep_plans=True).all()
        assert (row.proof, row.clusters, row.error) == ("verified", 3, None)
        assert row.plan is not None
        assert row.plan.to_json() == tenantry.plan(fleet, limits=limits).to_json()
        assert row.plan.as_of == "2026-01-02"


def test_limits_go_over_as_plain_values(processes: Executor) -> None:
    # neither a view of a map nor a type of somebody's library need exist, or be sent, where they arrive
    limits = MappingProxyType({"clusters": 9})
    own = tenantry.Scenario("own", small(2), limits=MappingProxyType({"clusters": 8}), objective=("clusters",))
    scenarios = [tenantry.Scenario("usual", small(1)), own]
    here = tenantry.plan_many(scenarios, Doing(), limits=limits).all()
    assert here == tenantry.plan_many(scenarios, processes, limits=limits).all()
    assert [row.error for row in here] == [None, None]


def test_a_scenario_that_asks_wrongly_is_a_row(processes: Executor) -> None:
    scenarios = [
        tenantry.Scenario("right", small(1)),
        tenantry.Scenario("seed", small(1), seed=-1),
        tenantry.Scenario("limits", small(1), limits=lambda: 3),  # type: ignore[arg-type]
        tenantry.Scenario("objective", small(1), objective="cost"),
        tenantry.Scenario("unknown", small(1), objective=["beauty"]),
    ]
    here = tenantry.plan_many(scenarios, Doing()).all()
    assert here == tenantry.plan_many(scenarios, processes).all()
    assert [row.error_kind for row in here] == [None, *["UsageError"] * 4]


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        yield pool


class Refusing(Executor):
    """Takes nothing, or gives something else than a future."""

    def __init__(self, gives: Any) -> None:
        self.gives = gives

    def submit(self, *_: Any, **__: Any) -> Any:
        if isinstance(self.gives, Exception):
            raise self.gives
        return self.gives


REFUSALS: list[tuple[Any, str, str]] = [
    (RuntimeError("cannot schedule new futures after shutdown"), "RuntimeError", "new futures after shutdown"),
    (OSError("no route"), "OSError", "its worker was lost 3 times: no route"),
    (None, "TypeError", "submit() of the executor gave None, not a concurrent.futures.Future"),
    ([], "TypeError", "submit() of the executor gave a list, not a concurrent.futures.Future"),
]


@pytest.mark.parametrize(("gives", "kind", "why"), REFUSALS)
def test_what_is_not_taken_is_a_row(gives: Any, kind: str, why: str) -> None:
    done = tenantry.plan_many(drawn(3), Refusing(gives)).all()
    assert [row.error_kind for row in done] == [kind] * 3
    assert all(why in str(row.error) for row in done)


@pytest.mark.parametrize(("gives", "kind", "why"), REFUSALS)
def test_what_is_not_taken_of_one_fleet_is_done_here(gives: Any, kind: str, why: str) -> None:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        plan = tenantry.plan(islands(4), executor=Refusing(gives))
    assert plan.to_json() == tenantry.plan(islands(4)).to_json()
    assert "the executor takes no jobs, all was done here: " in str(said[-1].message)
    assert why.partition("times: ")[2] or why in str(said[-1].message)


def test_scenarios_without_end_are_read_as_they_are_needed_though_nobody_takes_them() -> None:
    taken = 0

    def endless() -> Iterator[tenantry.Fleet]:
        nonlocal taken
        while True:
            taken += 1
            yield small(1)

    with tenantry.plan_many(endless(), Refusing(OSError("no route"))) as done:
        assert [next(done).error_kind for _ in range(3)] == ["OSError"] * 3
    assert taken <= 4


class Sharing(Executor):
    """One future for all."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(1)
        self.known: dict[bool, Future[Any]] = {}

    def submit(self, call: Any, /, *args: Any, **_: Any) -> Future[Any]:
        of_job = call in (work, planned)
        if of_job not in self.known:
            self.known[of_job] = self.pool.submit(call, *args)
        return self.known[of_job]


def test_one_future_for_all_loses_nothing() -> None:
    scenarios = drawn(3)
    done = tenantry.plan_many(scenarios, Sharing()).all()
    assert [row.name for row in done] == list(scenarios)
    assert done[0] == tenantry.plan_many(scenarios, Doing()).all()[0]
    for row in done[1:]:
        assert row.error_kind in ("TypeError", "InternalError")
        assert "gave the future of another call" in str(row.error) or "what came back" in str(row.error)


def test_one_future_for_all_jobs_of_a_fleet() -> None:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        plan = tenantry.plan(islands(8), executor=Sharing())
    assert plan.to_json() == tenantry.plan(islands(8)).to_json()
    assert "what came back is not believed" in str(said[-1].message)


def test_a_pool_that_breaks_is_rows_and_stays_broken() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(os.abort).exception(PATIENCE) is not None
        done = tenantry.plan_many(drawn(3), pool).all()
    assert [(row.error_kind, row.attempts) for row in done] == [("BrokenProcessPool", 1)] * 3


def test_no_scenarios_are_no_rows() -> None:
    empty: tuple[Any, ...] = ({}, [], (), iter(()))
    for nothing in empty:
        for executor in (None, Doing()):
            assert tenantry.plan_many(nothing, executor).all() == ()
            assert list(tenantry.plan_many(nothing, executor)) == []


def test_what_is_wrong_with_a_list_is_known_before_anything_is_planned() -> None:
    fleet, doing = small(1), Doing()
    with pytest.raises(tenantry.UsageError, match="two scenarios are called 'x'"):
        tenantry.plan_many([("x", fleet), ("y", fleet), ("x", fleet)], doing)
    with pytest.raises(tenantry.UsageError, match=r"two scenarios are called 'fleet-1 \(2\)'"):
        tenantry.plan_many([("fleet-1 (2)", fleet), fleet], doing)
    with pytest.raises(TypeError, match="scenario 1 is a Fleet"):
        tenantry.plan_many([fleet, 3], doing)  # type: ignore[list-item]
    assert doing.taken == []


def test_what_an_iterator_raises_comes_out() -> None:
    def ending() -> Iterator[tenantry.Fleet]:
        yield small(1)
        raise LookupError("the list ends here")

    planned = tenantry.plan_many(ending(), Doing(), in_flight=1)
    assert next(planned).error is None
    with pytest.raises(LookupError, match="the list ends here"):
        next(planned)
    assert list(planned) == []


class Waiting(Executor):
    """Does the first, and keeps the rest waiting; somebody presses Ctrl-C at the fourth."""

    def __init__(self) -> None:
        self.taken: list[Future[Any]] = []

    def submit(self, call: Any, /, *args: Any, **_: Any) -> Future[Any]:
        self.taken.append(Future())
        if len(self.taken) == 1:
            self.taken[0].set_result(call(*args))
        if len(self.taken) == 4:
            os.kill(os.getpid(), signal.SIGINT)
        return self.taken[-1]


@pytest.fixture
def listening() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("listening")
def test_ctrl_c_keeps_what_is_done() -> None:
    scenarios, waiting = drawn(8), Waiting()
    planned = tenantry.plan_many(scenarios, waiting, in_flight=3)
    with pytest.raises(tenantry.Interrupted) as caught:
        planned.all()
    assert caught.value.partial == tenantry.plan_many(scenarios, Doing()).all()[:1]
    assert all(future.cancelled() for future in waiting.taken[1:3])
    assert planned.all() == ()


@pytest.mark.usefixtures("listening")
def test_ctrl_c_ends_an_iteration() -> None:
    planned = tenantry.plan_many(drawn(8), Waiting(), in_flight=3)
    assert next(planned).number == 0
    with pytest.raises(KeyboardInterrupt):
        next(planned)
    assert list(planned) == []


def test_a_loop_that_is_left_leaves_nobody_at_work() -> None:
    waiting = Waiting()
    for row in tenantry.plan_many(drawn(3), waiting, in_flight=3):
        assert row.number == 0
        break
    gc.collect()
    assert [future.cancelled() for future in waiting.taken] == [False, True, True]


def test_a_script_that_leaves_a_loop_ends() -> None:
    # each of the others takes as long as it may
    script = """
import tenantry
from test_interrupt import hard_fleet
from test_scenarios import small

if __name__ == "__main__":
    hard = hard_fleet()
    fleets = [small(1), *[("hard %d" % number, hard) for number in range(4)]]
    for row in tenantry.plan_many(fleets, workers=1, time_limit=100_000):
        print(row.name)
        break
"""
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    with subprocess.Popen(
        [sys.executable, "-c", script], env=os.environ | {"PYTHONPATH": path}, stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            said, _ = running.communicate(timeout=PATIENCE)
        finally:
            running.kill()
    assert (said, running.returncode) == ("fleet-1 (1)\n", 0)


UNGUARDED = """
import multiprocessing
import os
import tenantry
from concurrent.futures import ProcessPoolExecutor
from test_executors import islands
from test_scenarios import drawn

os.write(1, b"once more\\n")  # whole, whoever else writes
"""


def script(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    file = folder / "study.py"
    file.write_text(UNGUARDED + text)
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    call = [sys.executable, str(file)]
    return subprocess.run(
        call, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@pytest.mark.parametrize(
    "pool",
    [
        "workers=2",
        "ProcessPoolExecutor(2, mp_context=multiprocessing.get_context('spawn'))",
        pytest.param(
            "ProcessPoolExecutor(2, mp_context=multiprocessing.get_context('forkserver'))",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="there is no fork"),
        ),
    ],
)
def test_a_script_without_its_guard_is_one_error(pool: str, tmp_path: Path) -> None:
    done = script(tmp_path, f"for row in tenantry.plan_many(drawn(6), {pool}):\n    print(row)\n")
    assert done.returncode == 1
    assert set(done.stdout.splitlines()) == {"once more"}
    assert done.stderr.count("Traceback") == 1
    (last,) = [line for line in done.stderr.splitlines() if line.startswith("tenantry.errors.")]
    assert last == (
        "tenantry.errors.UsageError: plan_many(): each process that is started runs study.py anew before it works, and "
        'came to this call again: put what is to run once under `if __name__ == "__main__":`'
    )


def test_one_fleet_without_the_guard_is_planned_here(tmp_path: Path) -> None:
    pool = "ProcessPoolExecutor(2, mp_context=multiprocessing.get_context('spawn'))"
    done = script(tmp_path, f"with {pool} as pool:\n    print(tenantry.plan(islands(12), executor=pool).status)\n")
    assert done.returncode == 0
    assert done.stdout.splitlines().count("optimal") == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.count("RuntimeWarning: all was done here: each process that is started runs study.py anew") == 1


def test_workers_that_die_while_a_loop_is_left_stop_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    shut = ProcessPoolExecutor.shutdown

    def late(pool: Any, *args: Any, **options: Any) -> None:
        thread = pool._executor_manager_thread
        for process in list(pool._processes.values()):
            process.kill()
        thread.join(PATIENCE)
        assert not thread.is_alive()
        shut(pool, *args, **options)

    fallen: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", fallen.append)
    monkeypatch.setattr(ProcessPoolExecutor, "shutdown", late)
    hard = hard_fleet()
    for row in tenantry.plan_many([small(1), hard, hard, hard], workers=1, time_limit=100_000):
        assert row.error is None
        break
    gc.collect()
    assert [(it.exc_type, it.exc_value) for it in fallen] == []
