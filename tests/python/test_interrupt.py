"""Ctrl-C during a long plan, from a notebook's point of view: the process itself is signalled."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tenantry
from tenantry import _core


@pytest.fixture(autouse=True)
def listen() -> None:
    """A process that was started in the background of a script ignores the signal."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def hard_fleet() -> tenantry.Fleet:
    """Many tenants with pseudo-random distrust, seven to a cluster: the gap outlasts the test."""
    count, state = 400, 12345
    builder = tenantry.Fleet.builder("hard").template("t", cpu=1000, memory=1000)
    draws: list[int] = []
    for _ in range(count * (count + 2)):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        draws.append(state >> 33)
    draw = iter(draws)
    for index in range(count):
        distrusts = [f"t{other}" for other in range(count) if other != index and next(draw) % 10 < 3]
        builder.tenant(f"t{index}", trust="trusted", distrusts=distrusts)
        builder.workload("w", tenant=f"t{index}", cpu=20 + next(draw) % 241, memory=20 + next(draw) % 241)
    return builder.build()


def test_ctrl_c_raises_with_the_best_plan_so_far() -> None:
    fleet = hard_fleet()
    sent: list[float] = []

    def interrupt() -> None:
        time.sleep(1.0)
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt) as caught:
            tenantry.plan(fleet, time_limit=60)
    finally:
        thread.join()
    assert time.monotonic() - sent[0] < 5.0  # a second is meant; the machine may be loaded
    assert isinstance(caught.value, tenantry.Interrupted)
    partial = caught.value.partial
    assert isinstance(partial, tenantry.Plan)
    assert partial.stopped == "cancelled"
    assert partial.status == "feasible"
    assert partial.found


def test_ctrl_c_returns_the_best_plan_so_far() -> None:
    found = threading.Event()

    def hear(event: tenantry.Progress) -> None:
        if event.kind == "plan":
            found.set()

    def interrupt() -> None:
        if found.wait(60):
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        plan = tenantry.plan(hard_fleet(), time_limit=60, progress=hear, interrupt="return")
    finally:
        thread.join()
    assert (plan.stopped, plan.status, plan.found) == ("cancelled", "feasible", True)


def brownfield() -> tenantry.Fleet:
    builder = tenantry.Fleet.builder().tenant("shop", trust="trusted").template("t", cpu=10, memory="64Gi")
    for name, cluster in (("web", "east"), ("api", "west")):
        builder.workload(name, tenant="shop", cpu=4, memory="1Gi", runs_in=cluster)
        builder.existing(cluster, cpu=10, memory="64Gi")
    return builder.build()


PLANNED = tenantry.plan(brownfield())

CALLS: dict[str, Callable[..., object]] = {
    "plan": tenantry.plan,
    "grow": lambda fleet, **options: fleet.grow(up_to=2, **options),
    "frontier": lambda fleet, **options: fleet.frontier(**options),
    "relax": lambda fleet, **options: fleet.relax(clusters=1, **options),
    "why_not": lambda fleet, **options: fleet.why_not(clusters=1, **options),
    "prices": lambda fleet, **options: fleet.prices(**options),
    "blast": lambda fleet, **options: fleet.blast(**options),
    "compare": lambda fleet, **options: tenantry.compare(fleet, fleet, **options),
    "pack": lambda fleet, **options: tenantry.pack([1], 2, **options),
    "migrate": lambda fleet, **options: fleet.migration(PLANNED, **options),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_long_call_raises_or_returns(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet, call, engine = brownfield(), CALLS[name], getattr(_core, name)
    whole = call(fleet, interrupt="raise")
    # as the engine says after a signal
    monkeypatch.setattr(_core, name, lambda *given, **options: (*engine(*given, **options)[:-1], True))
    assert call(fleet, interrupt="return") == whole
    for options in ({}, {"interrupt": "raise"}):
        with pytest.raises(tenantry.Interrupted) as caught:
            call(fleet, **options)
        assert caught.value.partial == whole
    for wrong in ("stop", None, True, ["raise"]):
        with pytest.raises(tenantry.UsageError, match='`interrupt` is "raise" or "return", not '):
            call(fleet, interrupt=wrong)


def many_workloads(count: int) -> dict[str, Any]:
    return {
        "schema": "tenantry/v1",
        "tenants": [{"name": "a", "trust": "trusted"}],
        "workloads": [
            {"name": f"w{index}", "tenant": "a", "requests": {"cpu": 0.25, "memory": "1Gi"}, "labels": {"owner": "x"}}
            for index in range(count)
        ],
        "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 1_000_000, "memory": "1000Ti"}}],
    }


def test_ctrl_c_while_a_fleet_is_read() -> None:
    document = many_workloads(100_000)
    rows = [
        {"name": row["name"], "tenant": "a", "requests.cpu": 1, "requests.memory": 1} for row in document["workloads"]
    ]
    text = json.dumps(document)
    reads: tuple[Callable[[], object], ...] = (
        lambda: tenantry.Fleet.from_dict(document),
        lambda: tenantry.Fleet.from_json(text),
        lambda: tenantry.Fleet.from_tables(rows, document["tenants"], templates=document["clusterTemplates"]),
    )
    for read in reads:
        # reading takes several times as long
        handler = signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        try:
            with pytest.raises(KeyboardInterrupt):
                read()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, handler)
    assert len(tenantry.Fleet.from_dict(many_workloads(10))) == 10


def test_ctrl_c_before_the_search_has_begun() -> None:
    # to make a problem of so many takes several times as long as to look for signals
    fleet = tenantry.Fleet.from_dict(many_workloads(300_000))
    handler = signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    try:
        with pytest.raises(KeyboardInterrupt) as caught:
            tenantry.plan(fleet)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
    # there is no plan yet
    assert not isinstance(caught.value, tenantry.Interrupted)
    small = tenantry.Fleet.from_dict(many_workloads(10))
    assert tenantry.plan(small).found


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
def test_ctrl_c_ends_the_program_with_its_answer(tmp_path: Path) -> None:
    import pty

    path = tmp_path / "fleet.json"
    path.write_text(json.dumps(hard_fleet().to_dict()))
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "tenantry", "plan", str(path), "-o", str(tmp_path / "plan.json")]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs) as program:
        os.close(theirs)
        said = b""
        while b"clusters, at least" not in said:  # a plan is there
            said += os.read(ours, 1 << 16)
        program.send_signal(signal.SIGINT)
        try:
            while more := os.read(ours, 1 << 16):
                said += more
        except OSError:
            pass  # how Linux says that nobody writes any more
    os.close(ours)
    assert program.returncode == 130
    assert b"Traceback" not in said
    assert b"KeyboardInterrupt" not in said
    assert tenantry.Plan.from_json((tmp_path / "plan.json").read_text()).stopped == "cancelled"


def test_ctrl_c_while_the_server_for_assistants_loads(tmp_path: Path) -> None:
    # `mcp` takes a while to be imported: this one takes longer
    (tmp_path / "mcp").mkdir()
    (tmp_path / "mcp" / "__init__.py").write_text("import time\nprint('loading', flush=True)\ntime.sleep(60)\n")
    command = [sys.executable, "-m", "tenantry", "mcp"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"loading\n"
        server.send_signal(signal.SIGINT)
        _, said = server.communicate()
    assert (server.returncode, said) == (130, b"")


def test_other_threads_run_meanwhile() -> None:
    fleet = hard_fleet()
    ticks = 0
    done = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            time.sleep(0.005)

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        tenantry.plan(fleet, time_limit=1.0)
    finally:
        done.set()
        thread.join()
    assert ticks > 10


def test_the_guide_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parents[2]
    monkeypatch.chdir(root)
    blocks = re.findall(r"```python\n(.*?)```", (root / "docs" / "howto-long-work.md").read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 4
    names: dict[str, Any] = {}
    exec(compile("\n".join(blocks), "howto-long-work.md", "exec"), names)
    assert names["found"][-1] == 7
    assert names["plan"].status == "optimal"
