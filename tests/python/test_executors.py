"""One fleet's search on any executor: the same bytes as here, whatever the executor does with it."""

from __future__ import annotations

import linecache
import os
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest
import tenantry
from tenantry._workers import work

PATIENCE = 120.0


def islands(count: int, *, seed: int = 1, costs: bool = False, most: int | None = None) -> tenantry.Fleet:
    """Tenants that share with nobody, whose workloads fill clusters so well that bounds alone do not settle it."""
    state = seed
    builder = tenantry.Fleet.builder("islands")
    if costs:
        builder.template("t", cpu=100, memory=100, cost=10)
        builder.template("large", cpu=150, memory=160, cost=14, max_count=most)
    else:
        builder.template("t", cpu=100, memory=100)
        if most is not None:
            builder.template("large", cpu=150, memory=160, max_count=most)

    def drawn(low: int, high: int) -> int:
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return low + (state >> 33) % (high - low + 1)

    for island in range(count):
        builder.tenant(f"t{island}", trust="untrusted")
        for number in range(22):
            builder.workload(f"w{number}", tenant=f"t{island}", cpu=drawn(12, 47), memory=drawn(12, 47))
    return builder.build()


def running() -> tenantry.Fleet:
    """Workloads on clusters that stand already, some of them on too many."""
    fleet = islands(3).to_dict()
    fleet["existingClusters"] = [
        {"name": f"c{number}", "allocatable": {"cpu": 100, "memory": "100Gi"}} for number in range(9)
    ]
    for number, workload in enumerate(fleet["workloads"]):
        workload["runsIn"] = f"c{number % 9}" if number % 4 else []
    return tenantry.Fleet.from_dict(fleet)


FLEETS: dict[str, tuple[Callable[[], tenantry.Fleet], dict[str, Any]]] = {
    "islands": (lambda: islands(12), {}),
    "seed": (lambda: islands(4, seed=5), {"seed": 7}),
    "counts": (lambda: islands(4, most=3), {"work_limit": 600_000_000}),
    "cost": (lambda: islands(4, costs=True), {"objective": ["clusters", "cost"], "work_limit": 3_000_000_000}),
    "work": (lambda: islands(8, seed=3), {"work_limit": 500_000_000}),
    "moves": (running, {"work_limit": 300_000_000}),
}


class Watched(ThreadPoolExecutor):
    """Counts the jobs."""

    def __init__(self, workers: int = 2) -> None:
        super().__init__(workers)
        self.jobs = 0

    def submit(self, call: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.jobs += call is work
        return super().submit(call, *args, **kwargs)


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


def same(here: tenantry.Plan, there: tenantry.Plan) -> None:
    assert there.to_json() == here.to_json()
    assert there.certificate_json == here.certificate_json


@pytest.fixture(scope="module")
def here() -> Callable[[str], tenantry.Plan]:
    known: dict[str, tenantry.Plan] = {}

    def planned(name: str) -> tenantry.Plan:
        if name not in known:
            make, options = FLEETS[name]
            known[name] = tenantry.plan(make(), **options)
        return known[name]

    return planned


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", FLEETS)
def test_the_bytes_are_those_of_here(name: str, here: Callable[[str], tenantry.Plan], processes: Executor) -> None:
    make, options = FLEETS[name]
    with Watched() as threads:
        same(here(name), tenantry.plan(make(), executor=threads, **options))
        assert threads.jobs > 0
    same(here(name), tenantry.plan(make(), executor=processes, **options))


@pytest.mark.filterwarnings("error")
def test_other_calls_take_executors_too() -> None:
    fleet = islands(3, costs=True, most=4)
    calls: dict[str, Callable[..., Any]] = {
        "prices": lambda **more: fleet.prices(work_limit=400_000_000, **more),
        "relax": lambda **more: fleet.relax(clusters=12, work_limit=400_000_000, **more),
        "grow": lambda **more: fleet.grow(up_to=2, work_limit=400_000_000, **more),
        "why_not": lambda **more: fleet.why_not(clusters=12, work_limit=400_000_000, **more),
        "frontier": lambda **more: running().frontier(work_limit=400_000_000, **more),
    }
    for name, call in calls.items():
        with Watched() as threads:
            assert call(executor=threads).to_json() == call().to_json(), name
            assert threads.jobs > 0, name


def test_every_long_call_warns_where_it_was_called() -> None:
    with ThreadPoolExecutor(1) as closed:
        pass
    fleet, runs = islands(1), running()
    calls: dict[str, Callable[[], Any]] = {
        "plan": lambda: tenantry.plan(fleet, executor=closed),
        "prices": lambda: fleet.prices(work_limit=1, executor=closed),
        "relax": lambda: fleet.relax(clusters=12, work_limit=1, executor=closed),
        "grow": lambda: fleet.grow(up_to=2, work_limit=1, executor=closed),
        "why_not": lambda: fleet.why_not(clusters=12, work_limit=1, executor=closed),
        "frontier": lambda: runs.frontier(work_limit=1, executor=closed),
    }
    for name, call in calls.items():
        _, said = lost(call)
        assert said.startswith("the executor takes no jobs"), name


def test_events_go_on(here: Callable[[str], tenantry.Plan]) -> None:
    events: list[tenantry.Progress] = []
    with Watched() as threads:
        same(here("islands"), tenantry.plan(islands(12), executor=threads, progress=events.append))
    assert {event.kind for event in events} >= {"phase", "bound", "plan"}


def lost(call: Callable[[], tenantry.Plan]) -> tuple[tenantry.Plan, str]:
    """A plan, and what was said of jobs that were done here."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        plan = call()
    (warning,) = [it for it in said if it.category is RuntimeWarning]
    assert warning.filename == __file__
    assert "executor=" in linecache.getline(warning.filename, warning.lineno)
    return plan, str(warning.message)


class Answering(Executor):
    """Answers at once, in its own way."""

    def __init__(self, answer: Callable[[bytes], Any]) -> None:
        self.answer = answer
        self.jobs = 0

    def submit(self, call: Any, /, *args: Any, **_: Any) -> Future[Any]:
        done: Future[Any] = Future()
        if call is not work:
            done.set_result(None)
            return done
        self.jobs += 1
        try:
            done.set_result(self.answer(args[0]))
        except Exception as error:
            done.set_exception(error)
        return done


def fewer(job: bytes) -> bytes:
    """The answer with a bin of a packing left out."""
    head, *parts = work(job).split(b"\n")
    return b"\n".join([head, *(part.replace(b'"count":1}', b'"count":2}', 1) for part in parts)])


def gone(_: bytes) -> bytes:
    raise ConnectionError("the machine is gone")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda _: b"rubbish", "what came back is not believed: not an answer: it has no line"),
        (lambda _: b"", "what came back is not believed: not an answer: it has no line"),
        (lambda _: {"an": "object"}, "what came back is not believed: not an answer: it has no line"),
        (lambda job: job, "what came back is not believed: "),
        (lambda job: work(job)[:-9], "what came back is not believed: "),
        (fewer, "what came back is not believed: a packing: "),
        (
            lambda job: work(job.replace(b'"version":"', b'"version":"0.0.', 1)),
            "the worker refused it: a job of tenantry 0.0.",
        ),
        (
            lambda job: work(job).replace(b'"version":"', b'"version":"0.0.', 1),
            "the worker refused it: an answer of tenantry 0.0.",
        ),
        (gone, "its worker was lost (ConnectionError: the machine is gone)"),
    ],
)
def test_what_is_not_right_is_done_here(
    answer: Callable[[bytes], Any], why: str, here: Callable[[str], tenantry.Plan]
) -> None:
    executor = Answering(answer)
    make, options = FLEETS["work"]
    plan, said = lost(lambda: tenantry.plan(make(), executor=executor, **options))
    same(here("work"), plan)
    assert executor.jobs > 0
    assert " done here" in said
    assert why in said


def test_nobody_asks_again_and_again() -> None:
    executor = Answering(lambda _: b"rubbish")
    _, said = lost(lambda: tenantry.plan(islands(60), executor=executor))
    assert "and no further one went out" in said
    assert executor.jobs < 60


class Deaf(Executor):
    """Takes everything and never answers."""

    def __init__(self) -> None:
        self.taken: list[Future[Any]] = []

    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        self.taken.append(Future())
        return self.taken[-1]


def test_who_never_answers_is_not_waited_for_beyond_the_limit() -> None:
    deaf = Deaf()
    began = time.monotonic()
    plan, said = lost(lambda: tenantry.plan(islands(8, seed=3), executor=deaf, time_limit=4))
    assert time.monotonic() - began < PATIENCE
    assert plan.clusters
    assert "nothing came back in time" in said
    assert len(deaf.taken) > 1
    assert all(future.cancelled() for future in deaf.taken[1:])


def test_an_executor_that_is_shut_down(here: Callable[[str], tenantry.Plan]) -> None:
    make, options = FLEETS["work"]
    with ThreadPoolExecutor(1) as pool:
        pass
    plan, said = lost(lambda: tenantry.plan(make(), executor=pool, **options))
    same(here("work"), plan)
    assert said.startswith("the executor takes no jobs, all was done here: RuntimeError: cannot schedule new futures")


def test_an_executor_that_is_shut_down_meanwhile(here: Callable[[str], tenantry.Plan]) -> None:
    class Ending(Watched):
        def submit(self, call: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            done = super().submit(call, *args, **kwargs)
            if self.jobs == 3:
                self.shutdown(wait=False, cancel_futures=True)
            return done

    make, options = FLEETS["work"]
    plan, said = lost(lambda: tenantry.plan(make(), executor=Ending(1), **options))
    same(here("work"), plan)
    assert "done here" in said


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are killed by signals")
def test_a_pool_that_breaks(here: Callable[[str], tenantry.Plan]) -> None:
    class Breaking(ProcessPoolExecutor):
        jobs = 0

        def submit(self, call: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            self.jobs += call is work
            if self.jobs == 3:
                return super().submit(os.abort)
            return super().submit(call, *args, **kwargs)

    make, options = FLEETS["work"]
    with Breaking(2, mp_context=get_context("spawn")) as pool:
        plan, said = lost(lambda: tenantry.plan(make(), executor=pool, **options))
    same(here("work"), plan)
    assert "its worker was lost (BrokenProcessPool" in said


def test_dask_with_a_worker_that_is_killed(here: Callable[[str], tenantry.Plan]) -> None:
    distributed = pytest.importorskip("distributed")
    options: dict[str, Any] = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with (
        distributed.LocalCluster(**options, silence_logs=50) as cluster,
        distributed.Client(cluster) as client,
        client.get_executor() as executor,
    ):
        submit, jobs = executor.submit, 0

        def killing(call: Any, /, *args: Any, **kwargs: Any) -> Any:
            nonlocal jobs
            jobs += call is work
            sent = submit(call, *args, **kwargs)
            if jobs == 2 and call is work:
                os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
            return sent

        executor.submit = killing
        with warnings.catch_warnings():
            # dask begins again what was lost; whether it gives up on some of it is its own affair
            warnings.simplefilter("ignore", RuntimeWarning)
            same(here("islands"), tenantry.plan(islands(12), executor=executor))
        assert jobs > 2


@pytest.mark.filterwarnings("error")
def test_loky(here: Callable[[str], tenantry.Plan]) -> None:
    loky = pytest.importorskip("joblib.externals.loky")
    with loky.get_reusable_executor(2) as executor:
        same(here("islands"), tenantry.plan(islands(12), executor=executor))


def test_ctrl_c_does_not_wait_for_what_is_away() -> None:
    class Signalling(Deaf):
        def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
            if len(self.taken) == 2:
                os.kill(os.getpid(), signal.SIGINT)
            return super().submit(*args, **kwargs)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    deaf = Signalling()
    try:
        with pytest.raises(tenantry.Interrupted) as caught:
            tenantry.plan(islands(8, seed=3), executor=deaf)
    finally:
        signal.signal(signal.SIGINT, before)
    assert isinstance(caught.value.partial, tenantry.Plan)
    assert caught.value.partial.stopped == "cancelled"
    assert all(future.cancelled() for future in deaf.taken[1:])


def test_what_is_no_executor() -> None:
    with pytest.raises(TypeError, match=r"`executor` is a concurrent\.futures\.Executor, not an int"):
        tenantry.plan(islands(1), executor=3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"`executor` is a concurrent\.futures\.Executor, not a str"):
        islands(1).prices(executor="dask")  # type: ignore[arg-type]

    class Client:
        def submit(self) -> None: ...

        def get_executor(self) -> None: ...

    with pytest.raises(TypeError, match=r"not a Client: get_executor\(\) of a dask client gives one"):
        tenantry.plan(islands(1), executor=Client())  # type: ignore[arg-type]
