"""What long calls tell: to a function, a bar and the log."""

from __future__ import annotations

import io
import itertools
import logging
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import tenantry
from tenantry.progress import Bar, Progress

ACME = "examples/acme.yaml"


def acme() -> tenantry.Fleet:
    return tenantry.Fleet.load(ACME)


def today() -> tenantry.Fleet:
    return tenantry.Fleet.load("examples/today/fleet.yaml")


MOVED = tenantry.plan(today())

CALLS: dict[str, Callable[..., Any]] = {
    "plan": lambda **more: tenantry.plan(acme(), **more),
    "grow": lambda **more: acme().grow(up_to=2, **more),
    "frontier": lambda **more: today().frontier(**more),
    "relax": lambda **more: acme().relax(clusters=6, **more),
    "why_not": lambda **more: acme().why_not("shop/frontend", together_with="payments/ledger", **more),
    "prices": lambda **more: acme().prices(**more),
    "blast": lambda **more: acme().blast("shop/frontend", **more),
    "compare": lambda **more: tenantry.compare(acme(), acme().without("separate:environment"), **more),
    "pack": lambda **more: tenantry.pack([6, 5, 4, 3], 10, conflicts=[(0, 2)], **more),
    "migration": MOVED.migration,
}


def document(answer: Any) -> str:
    return str(answer.certificate_json if isinstance(answer, tenantry.Packing) else answer.to_json())


@pytest.mark.parametrize("call", CALLS)
def test_every_long_call_tells_what_happens_and_answers_the_same(call: str) -> None:
    events: list[Progress] = []
    silent, told = CALLS[call](), CALLS[call](progress=events.append)
    assert document(silent) == document(told)
    kinds = {event.kind for event in events}
    # a migration plans nothing
    assert ({"phase"} if call == "migration" else {"plan", "phase"}) <= kinds
    assert [event.seconds for event in events] == sorted(event.seconds for event in events)


def priced() -> tenantry.Fleet:
    """The fleet that runs today, with what its clusters cost."""
    document = today().to_dict()
    for row in [*document["clusterTemplates"], *document["existingClusters"]]:
        if "template" not in row:
            row["cost"] = 100.125
    return tenantry.Fleet.from_dict(document)


FLEETS: dict[str, Callable[[], tenantry.Fleet]] = {
    "acme": acme,
    "regions": lambda: tenantry.Fleet.load("examples/two-regions.yaml"),
    "today": priced,
}
LEVELS = [["cost"], ["cost", "clusters"], ["clusters", "cost"]]
ASKED = [*itertools.product(FLEETS, LEVELS), ("today", ["moves", "cost"])]


@pytest.mark.parametrize(("name", "objective"), ASKED)
def test_every_level_tells_its_plans_and_bounds(name: str, objective: list[str]) -> None:
    events: list[Progress] = []
    plan = tenantry.plan(FLEETS[name](), objective=objective, progress=events.append)
    # moves that nobody named are counted last, and told of by nobody
    for level in plan.levels[: len(objective)]:
        of = [it for it in events if (it.level or "clusters") == level.objective]
        plans, bounds = ([it.number or 0 for it in of if it.kind == kind] for kind in ("plan", "bound"))
        # what is told last may be better than what is told first, and is what the plan says
        assert (min(plans), max(bounds)) == (level.value, level.bound), level


def test_who_is_slow_is_told_the_last_of_what_piled_up() -> None:
    every: list[Progress] = []
    some: list[Progress] = []

    def slow(event: Progress) -> None:
        some.append(event)
        time.sleep(0.3)

    objective = ["cost", "clusters"]
    plan = tenantry.plan(acme(), objective=objective, progress=every.append)
    assert tenantry.plan(acme(), objective=objective, progress=slow) == plan
    assert len(some) < len(every)
    for kind, level in (("bound", None), ("plan", None), ("bound", "cost"), ("plan", "cost")):
        last = ([it.number for it in told if (it.kind, it.level) == (kind, level)][-1] for told in (some, every))
        assert len(set(last)) == 1, (kind, level)


@pytest.mark.parametrize("call", CALLS)
def test_what_a_listener_raises_comes_out(call: str) -> None:
    def refuse(event: Progress) -> None:
        raise LookupError(event.kind)

    with pytest.raises(LookupError):
        CALLS[call](progress=refuse)


@pytest.mark.parametrize("call", CALLS)
def test_what_is_no_listener_and_no_way_to_end_is_refused(call: str) -> None:
    with pytest.raises(TypeError, match="or True for a bar, not an int"):
        CALLS[call](progress=3)
    with pytest.raises(tenantry.UsageError, match='"raise" or "return", not \'stop\''):
        CALLS[call](interrupt="stop")
    assert document(CALLS[call](progress=False)) == document(CALLS[call](progress=None))


def bars(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """A bar in a terminal of one's own."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    return written


def test_a_bar_shows_phase_plan_bound_gap_and_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    written = bars(monkeypatch)
    plan = tenantry.plan(acme(), progress=True, time_limit=30)
    text = written.getvalue()
    assert f"{len(plan.clusters)} clusters" in text
    assert f"at least {plan.lower_bound}" in text
    assert "gap 0" in text
    assert "of 30 s" in text
    assert text.endswith("\n")  # it was closed
    assert not [thread for thread in threading.enumerate() if thread.name == "tenantry-bar"]


def test_a_bar_is_closed_where_a_call_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    written = bars(monkeypatch)
    with pytest.raises(tenantry.UsageError):
        acme().relax(clusters=6, also="nobody", progress=True)
    assert written.getvalue().endswith("\n")
    assert not [thread for thread in threading.enumerate() if thread.name == "tenantry-bar"]


def test_numbers_of_a_further_level_are_not_mixed_with_those_before(monkeypatch: pytest.MonkeyPatch) -> None:
    written = bars(monkeypatch)
    bar = Bar(None)
    for event in [
        Progress(0.1, "bound", 4),
        Progress(0.2, "plan", 9),
        Progress(0.3, "plan", 1573.25, level="cost"),
        Progress(0.4, "bound", 980.0, level="cost"),
    ]:
        bar.tell(event)
    bar.close()
    last = written.getvalue().rstrip().rsplit("\r", 1)[-1]
    assert "cost 1,573.25, at least 980, gap 593.25" in last
    assert "clusters" not in last


def test_numbers_of_a_further_run_are_not_mixed_with_those_before(monkeypatch: pytest.MonkeyPatch) -> None:
    written = bars(monkeypatch)
    bar = Bar(None)
    for event in [
        Progress(0.1, "phase", phase="bounds"),
        Progress(0.1, "bound", 4),
        Progress(0.2, "plan", 9),
        Progress(0.3, "run", 2),
        Progress(0.4, "plan", 12),
    ]:
        bar.tell(event)
    bar.close()
    last = written.getvalue().rstrip().rsplit("\r", 1)[-1]
    assert "run 2: bounds" in last
    assert "12 clusters" in last
    assert "gap" not in last


def test_without_tqdm_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(ImportError, match=r"tenantry\[progress\]"):
        tenantry.plan(acme(), progress=True)


def test_the_log_is_silent_until_somebody_asks(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("tenantry").setLevel(logging.NOTSET)  # as nobody has asked
    tenantry.plan(acme())
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")
    with caplog.at_level(logging.INFO, logger="tenantry"):
        tenantry.plan(acme())
    assert any("a plan of 7 clusters" in record.getMessage() for record in caplog.records)
    assert {record.levelname for record in caplog.records} == {"INFO"}
    caplog.clear()
    with caplog.at_level(logging.DEBUG, logger="tenantry"):
        tenantry.plan(acme())
    assert any("no plan has fewer than 7" in record.getMessage() for record in caplog.records)
