"""Children of a process that has planned: forked, spawned, in pools."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.queues import SimpleQueue
from typing import Any

import pytest
import tenantry

PATIENCE = 60.0


def islands() -> tenantry.Fleet:
    """Two islands, which are solved side by side."""
    builder = tenantry.Fleet.builder().attribute("e").separate("e").template("t", cpu=10, memory=10)
    for island in "ab":
        builder.tenant(island, trust="trusted", e=island)
        for index in range(8):
            builder.workload(f"w{index}", tenant=island, cpu=3 + index % 3, memory=1)
    return builder.build()


def planned(fleet: tenantry.Fleet) -> tenantry.Plan:
    return tenantry.plan(fleet, time_limit=PATIENCE)


def packed(_: int) -> int:
    return tenantry.pack([6, 5, 4, 3], 10).lower_bound


def tell(fleet: tenantry.Fleet, queue: SimpleQueue[str]) -> None:
    queue.put(planned(fleet).to_json())


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("threads", [None, 1, 2])
def test_a_forked_child_plans(threads: int | None) -> None:
    fleet = islands()
    right = tenantry.plan(fleet, threads=threads)
    child = os.fork()
    if child == 0:
        same = tenantry.plan(tenantry.Fleet.from_dict(fleet.to_dict()), time_limit=PATIENCE, threads=threads)
        os._exit(0 if same.assignments == right.assignments else 1)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            assert os.waitstatus_to_exitcode(status) == 0
            return
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    pytest.fail("the child hangs")


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_forked_while_another_thread_plans() -> None:
    fleet = islands()
    right = planned(fleet)
    done = threading.Event()

    def keep_planning() -> None:
        while not done.is_set():
            planned(fleet)

    thread = threading.Thread(target=keep_planning)
    thread.start()
    try:
        for _ in range(3):
            child = os.fork()
            if child == 0:
                os._exit(0 if planned(fleet).assignments == right.assignments else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        done.set()
        thread.join()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_pools_and_processes(method: str) -> None:
    fleet = islands()
    right = planned(fleet)
    context: Any = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        plans = list(pool.map(planned, [fleet] * 3, timeout=PATIENCE))
        assert list(pool.map(packed, range(3), timeout=PATIENCE)) == [2, 2, 2]
    assert all(plan.assignments == right.assignments for plan in plans)
    assert all(plan.certificate == right.certificate for plan in plans)
    queue: SimpleQueue[str] = context.SimpleQueue()
    process = context.Process(target=tell, args=(fleet, queue))
    process.start()
    assert tenantry.Plan.from_json(queue.get(), fleet).clusters == right.clusters
    process.join(PATIENCE)
    assert process.exitcode == 0
