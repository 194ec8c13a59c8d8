"""Many fleets side by side: the same rows wherever they are planned, and nothing lost with a worker."""

from __future__ import annotations

import os
import pickle
import signal
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from typing import Any

import polars as pl
import pytest
import tenantry

PATIENCE = 120.0


def small(index: int, distrust: bool = False) -> tenantry.Fleet:
    builder = tenantry.Fleet.builder(f"fleet-{index}").template("t", cpu=10, memory=10)
    builder.tenant("a", trust="trusted").tenant("b", trust="trusted", distrusts=["a"] if distrust else [])
    for number in range(4 + index):
        builder.workload(f"w{number}", tenant="ab"[number % 2], cpu=2 + (number * 7 + index) % 5, memory=1)
    return builder.build()


def drawn(count: int) -> dict[str, tenantry.Fleet]:
    return {f"s{index}": small(index, index % 2 == 1) for index in range(count)}


def impossible() -> tenantry.Fleet:
    builder = tenantry.Fleet.builder("none").template("t", cpu=10, memory=10, max_count=1)
    builder.tenant("a", trust="trusted")
    for number in range(3):
        builder.workload(f"w{number}", tenant="a", cpu=9, memory=1)
    return builder.build()


def wrong() -> tenantry.Fleet:
    """Two workloads that must be together are separated: no plan document can be made of it."""
    builder = tenantry.Fleet.builder("wrong").template("t", cpu=10, memory=10)
    builder.tenant("a", trust="trusted").tenant("b", trust="trusted", distrusts=["a"])
    builder.workload("x", tenant="a", cpu=1, memory=1).workload("y", tenant="b", cpu=1, memory=1)
    return builder.together("both", members=["a/x", "b/y"]).build()


@pytest.fixture(scope="module")
def threads() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def rows(done: Any) -> list[dict[str, Any]]:
    return [row.to_dict() for row in done]


def test_the_rows_are_those_of_single_plans(threads: Executor) -> None:
    scenarios = drawn(12)
    done = tenantry.plan_many(scenarios, threads, keep_plans=True).all()
    assert [row.name for row in done] == list(scenarios)
    for row, fleet in zip(done, scenarios.values(), strict=True):
        alone = tenantry.plan(fleet)
        assert (row.digest, row.status, row.proof) == (fleet.digest, alone.status, "verified")
        assert (row.clusters, row.lower_bound, row.gap) == (len(alone.clusters), alone.lower_bound, alone.gap)
        assert row.plan is not None
        assert row.plan.to_json() == alone.to_json()
        assert row.plan.certificate == alone.certificate
        assert row.attempts == 1


def test_neither_executor_nor_workers_show(threads: Executor) -> None:
    scenarios = drawn(6) | {"none": impossible(), "wrong": wrong()}
    here = tenantry.plan_many(scenarios, threads).all()
    one = tenantry.plan_many(scenarios, workers=1).all()
    two = tenantry.plan_many(scenarios, workers=2, in_flight=3).all()
    assert rows(here) == rows(one) == rows(two)
    assert here == one == two
    assert [row.status for row in here[-2:]] == ["infeasible", None]
    assert here[-2].clusters is None
    assert here[-1].error_kind == "FleetError"
    assert "together" in str(here[-1].error)
    assert all(row.error is None for row in here[:-1])


def test_scenarios_come_as_they_are_done_and_are_read_as_they_are_needed(threads: Executor) -> None:
    taken: list[int] = []

    def lazily() -> Iterator[tenantry.Fleet]:
        for index in range(50):
            taken.append(index)
            yield small(index % 5)

    with tenantry.plan_many(lazily(), threads, in_flight=4) as done:
        first = next(done)
        assert len(taken) <= 8
        assert first.error is None
    assert list(done) == []
    assert len(taken) <= 8


def test_each_scenario_may_ask_for_something_of_its_own(threads: Executor, acme: tenantry.Fleet) -> None:
    scenarios = [
        tenantry.Scenario("usual", acme),
        tenantry.Scenario("few", acme, limits={"clusters": 6}),
        tenantry.Scenario("soon", acme, work_limit=1),
    ]
    usual, few, soon = tenantry.plan_many(scenarios, threads).all()
    assert (usual.clusters, few.status, few.clusters) == (7, "infeasible", None)
    assert soon.proof in ("verified", "undecided")
    assert soon.lower_bound is not None
    assert soon.lower_bound <= 7


def test_what_is_asked_wrongly(threads: Executor, acme: tenantry.Fleet) -> None:
    with pytest.raises(TypeError, match=r"takes several fleets, not a Fleet"):
        tenantry.plan_many(acme)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"scenario 1 is a Fleet, a name with one, or a Scenario, not an int"):
        tenantry.plan_many([acme, 3], threads).all()  # type: ignore[list-item]
    with pytest.raises(TypeError, match=r"`executor` is a concurrent\.futures\.Executor, not an int"):
        tenantry.plan_many([acme], 3)  # type: ignore[arg-type]
    with pytest.raises(tenantry.UsageError, match=r"two scenarios are called 'x'"):
        tenantry.plan_many([("x", acme), ("x", acme)], threads).all()
    with pytest.raises(tenantry.UsageError, match=r"`workers` is for the processes of this machine"):
        tenantry.plan_many([acme], threads, workers=2)
    with pytest.raises(tenantry.UsageError, match=r"`work_limit`"):
        tenantry.plan_many([acme], threads, work_limit=-1)


class Forging(ThreadPoolExecutor):
    """Workers that say less than they need."""

    def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
        done = super().submit(*args, **kwargs).result()
        document = done["plan"].replace('"lowerBound": 3', '"lowerBound": 2')
        assert document != done["plan"]
        forged: Future[Any] = Future()
        forged.set_result(done | {"plan": document})
        return forged


def test_what_comes_back_is_not_believed() -> None:
    fleet = small(1, True)
    assert tenantry.plan(fleet).lower_bound == 3
    (row,) = tenantry.plan_many([fleet], Forging(1)).all()
    assert row.error_kind == "InternalError"
    assert "does not hold" in str(row.error)
    assert row.clusters is None


class Losing(ThreadPoolExecutor):
    """Every other task is lost on its way; some always are."""

    def __init__(self, always: str = "") -> None:
        super().__init__(1)
        self.count = 0
        self.always = always

    def submit(self, call: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.count += 1
        if self.count % 2 == 1 or (self.always and self.always in args[0]["fleet"]):
            lost: Future[Any] = Future()
            lost.set_exception(ConnectionError("the machine is gone"))
            return lost
        return super().submit(call, *args, **kwargs)


def test_what_was_lost_is_begun_again(threads: Executor) -> None:
    scenarios = drawn(5)
    with Losing() as losing:
        done = tenantry.plan_many(scenarios, losing, in_flight=2, retries=9).all()
    assert done == tenantry.plan_many(scenarios, threads).all()
    assert max(row.attempts for row in done) > 1
    with Losing("fleet-3") as losing:
        done = tenantry.plan_many(scenarios, losing, in_flight=2, retries=3).all()
    lost = next(row for row in done if row.name == "s3")
    assert (lost.error_kind, lost.attempts) == ("ConnectionError", 4)
    assert "lost 4 times: the machine is gone" in str(lost.error)
    assert [row.name for row in done if row.error is None and row.name != "s3"]


def test_an_executor_that_is_broken_gives_rows() -> None:
    class Broken(ThreadPoolExecutor):
        def submit(self, *_: Any, **__: Any) -> Future[Any]:
            raise BrokenExecutor("no worker is left")

    done = tenantry.plan_many(drawn(2), Broken(1)).all()
    assert [row.error_kind for row in done] == ["BrokenExecutor"] * 2


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are killed by signals")
def test_a_process_that_is_killed_loses_nothing(threads: Executor) -> None:
    scenarios = drawn(16)
    planned = tenantry.plan_many(scenarios, workers=2, in_flight=4)
    first = next(planned)
    assert planned._pool.executor is not None
    victim = next(iter(planned._pool.executor._processes))  # type: ignore[attr-defined]
    os.kill(victim, signal.SIGKILL)
    rest = list(planned)
    done = sorted([first, *rest], key=lambda row: row.number)
    assert tuple(done) == tenantry.plan_many(scenarios, threads).all()


def test_only_what_kills_its_process_is_lost(threads: Executor) -> None:
    scenarios = drawn(6)
    planned = tenantry.plan_many(scenarios, workers=2, in_flight=3)
    submit = planned._pool.submit

    def deadly(task: Any) -> Any:
        sent = submit(task)
        if '"fleet-2"' not in task["fleet"]:
            return sent
        return planned._pool.executor.submit(os.abort)  # type: ignore[union-attr]

    planned._pool.submit = deadly  # type: ignore[method-assign]
    done = planned.all()
    assert [(row.name, row.error_kind) for row in done if row.error is not None] == [("s2", "BrokenProcessPool")]
    right = tenantry.plan_many(scenarios, threads).all()
    assert [row for row in done if row.name != "s2"] == [row for row in right if row.name != "s2"]


def test_processes_are_made_anew_once() -> None:
    # what was lost with the same processes is told one after the other
    from tenantry._tasks import Task
    from tenantry.scenarios import _Processes

    processes = _Processes(1)
    task = Task(fleet=small(1).to_json(), options={})
    first = processes.submit(task)
    lost = processes.executor
    processes.renew(lost)
    second = processes.submit(task)
    processes.renew(lost)
    assert processes.executor is not lost
    assert "plan" in second.result(PATIENCE)
    assert first.done() or first.cancelled()
    processes.close()


def test_what_is_called_off_elsewhere_is_begun_again(threads: Executor) -> None:
    class Fickle(ThreadPoolExecutor):
        refused = 0

        def submit(self, call: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            if self.refused < 2:
                self.refused += 1
                gone: Future[Any] = Future()
                gone.cancel()
                gone.set_running_or_notify_cancel()
                return gone
            return super().submit(call, *args, **kwargs)

    scenarios = drawn(3)
    with Fickle(1) as fickle:
        assert tenantry.plan_many(scenarios, fickle).all() == tenantry.plan_many(scenarios, threads).all()


def test_dask_with_a_worker_that_is_killed(threads: Executor) -> None:
    distributed = pytest.importorskip("distributed")
    scenarios = drawn(24)
    options: dict[str, Any] = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with (
        distributed.LocalCluster(**options, silence_logs=50) as cluster,
        distributed.Client(cluster) as client,
        client.get_executor() as executor,
    ):
        began = time.monotonic()
        planned = tenantry.plan_many(scenarios, executor, in_flight=8)
        first = next(planned)
        victim = next(iter(cluster.workers.values())).pid
        os.kill(victim, signal.SIGKILL)
        done = sorted([first, *planned], key=lambda row: row.number)
        assert time.monotonic() - began < PATIENCE
    assert tuple(done) == tenantry.plan_many(scenarios, threads).all()


def test_loky(threads: Executor) -> None:
    loky = pytest.importorskip("joblib.externals.loky")
    scenarios = drawn(4)
    with loky.get_reusable_executor(2) as executor:
        done = tenantry.plan_many(scenarios, executor).all()
    assert done == tenantry.plan_many(scenarios, threads).all()


def test_rows_are_a_table_whatever_came_of_them(acme: tenantry.Fleet, threads: ThreadPoolExecutor) -> None:
    scenarios = [tenantry.Scenario("fine", acme), tenantry.Scenario("odd", acme, limits={"clusters": "x"})]
    rows = tenantry.plan_many(scenarios, threads, keep_plans=True).all()
    only = tenantry.plan_many(scenarios[1:], threads).all()
    assert isinstance(rows, tenantry.Records)
    assert rows.to_arrow().to_pylist() == [row.to_dict() for row in rows]
    assert rows.to_arrow().schema == only.to_arrow().schema
    assert list(rows.to_pandas().columns) == list(rows[0].to_dict())
    for frame in (rows.to_polars(), pl.DataFrame(rows)):
        assert frame.rows(named=True) == [row.to_dict() for row in rows]
    assert pickle.loads(pickle.dumps(only)) == only
