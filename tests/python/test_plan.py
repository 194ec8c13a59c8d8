"""Plans: the numbers, the objects, pickling, pages."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import json
import pickle
import subprocess
import sys
import time
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
import tenantry
from tenantry import _core
from tenantry.check import check_plan, parse


def test_acme_takes_seven_clusters(acme_plan: tenantry.Plan) -> None:
    assert acme_plan.status == "optimal"
    assert len(acme_plan.clusters) == acme_plan.lower_bound == 7
    assert acme_plan.gap == 0
    assert acme_plan.proof in {"certified", "claimed"}
    assert all(cluster.platform == ("platform/monitoring",) for cluster in acme_plan.clusters)
    assert len(acme_plan.assignments) == 9  # monitoring runs in every cluster and is not assigned to one


def test_assignments_make_data_frames(acme_plan: tenantry.Plan) -> None:
    frame = pd.DataFrame(acme_plan.assignments)
    assert list(frame.columns[:5]) == ["tenant", "workload", "namespace", "cluster", "replicas"]
    assert frame["replicas"].sum() == 6 + 2 + 3 + 4 + 8 + 2 + 2 + 5 + 1
    assert frame.groupby("cluster").size().max() == 2
    assert pl.DataFrame([dataclasses.asdict(row) for row in acme_plan.assignments]).height == 9


def test_records_are_frozen(acme_plan: tenantry.Plan) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        acme_plan.assignments[0].cluster = "elsewhere"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        acme_plan.status = "feasible"  # type: ignore[misc]


def test_records_can_be_hashed_and_not_changed(acme_plan: tenantry.Plan) -> None:
    groups: list[Sequence[Any]] = [acme_plan.clusters, acme_plan.assignments, acme_plan.separations]
    groups += [acme_plan.waivers, acme_plan.warnings]
    for group in [*groups, (acme_plan.numbers,), (acme_plan.explain("frontend", "ledger"),)]:
        again = pickle.loads(pickle.dumps(group))
        assert again == group == copy.deepcopy(group)
        assert len(set(group)) == len(group) == len(set(group) | set(again))
    requests: Any = acme_plan.assignments[0].requests
    before = dict(requests)
    for change in (
        lambda: requests.update(cpu="0"),
        lambda: requests.__setitem__("cpu", "0"),
        lambda: requests.pop("cpu"),
        requests.clear,
        lambda: requests.setdefault("gpu", "1"),
        lambda: requests.__ior__({"cpu": "0"}),
        lambda: requests.__delitem__("cpu"),
    ):
        with pytest.raises(TypeError, match="cannot be changed"):
            change()
    assert requests == before == json.loads(json.dumps(requests))
    assert dataclasses.asdict(acme_plan.assignments[0])["requests"] == before


def test_the_certificate_comes_with_the_plan(acme: tenantry.Fleet, acme_plan: tenantry.Plan) -> None:
    certificate = acme_plan.certificate
    assert certificate is not None
    assert certificate["schema"] == "tenantry-certificate/v1"
    texts = (acme.to_json(), acme_plan.to_json(), acme_plan.certificate_json or "")
    assert check_plan(*(parse(text.encode()) for text in texts)).word == "VERIFIED"
    assert pickle.loads(pickle.dumps(acme_plan)).certificate == certificate
    assert tenantry.Plan.from_json(acme_plan.to_json(), acme).certificate is None


def test_gates_say_a_check_as_the_program_does(acme: tenantry.Fleet, acme_plan: tenantry.Plan, tmp_path: Path) -> None:
    document = acme_plan.to_dict()
    for row in document["assignments"]:
        row["cluster"] = document["clusters"][0]["name"]
    another = {**acme_plan.to_dict(), "fleetDigest": "0" * 64, "summary": {**document["summary"], "pods": 1}}
    program = Path(sys.executable).with_name("tenantry")
    for name, text in (("a", acme_plan.to_json()), ("b", json.dumps(document)), ("c", json.dumps(another))):
        file = tmp_path / f"{name}.json"
        file.write_text(text, encoding="utf-8")
        check = pickle.loads(pickle.dumps(acme.check(tenantry.Plan.from_json(text))))
        for kind, ours in (
            ("sarif", check.to_sarif("examples/acme.yaml")),
            ("junit", check.to_junit()),
            ("github", check.to_github("examples/acme.yaml")),
        ):
            command: list[str | Path] = [program, "check", "examples/acme.yaml", file, "--format", kind]
            assert ours == subprocess.run(command, capture_output=True, text=True, check=False).stdout
        assert json.loads(check.to_sarif())["version"] == "2.1.0"
        assert ("::error" in check.to_github()) == (name == "b")
    with pytest.raises(tenantry.UsageError, match="does not read as this fleet"):
        acme.check(acme_plan).to_sarif("examples/shop.yaml")
    with pytest.raises(tenantry.UsageError, match=r"only what `Fleet\.check` found"):
        tenantry.Check((), ()).to_junit()


def test_a_plan_is_checked_against_its_fleet(acme: tenantry.Fleet, acme_plan: tenantry.Plan) -> None:
    assert acme.check(acme_plan) == tenantry.Check((), ())
    document = acme_plan.to_dict()
    for row in document["assignments"]:
        row["cluster"] = document["clusters"][0]["name"]
    check = acme.check(tenantry.Plan.from_json(json.dumps(document)))
    assert not check.legal
    assert all(violation.code and violation.message for violation in check.violations)
    assert str(check.violations[0]).startswith(f"[{check.violations[0].code}] ")
    wrong: Any = acme_plan.to_json()
    with pytest.raises(TypeError, match=r"check\(\) takes a Plan, not a str: use Plan.from_json\(text\)"):
        acme.check(wrong)


def test_a_plan_of_another_fleet_is_refused(acme: tenantry.Fleet, acme_plan: tenantry.Plan) -> None:
    document = acme.to_dict()
    document["tenants"][0]["labels"] = {"note": "another version"}
    other = tenantry.Fleet.from_dict(document)
    with pytest.raises(tenantry.PlanError, match="of another fleet, or of another version of it"):
        tenantry.Plan.from_json(acme_plan.to_json(), other)
    allowed = tenantry.Plan.from_json(acme_plan.to_json(), other, other_fleet=True)
    assert allowed.fleet == other
    assert "another version" in other.check(allowed).remarks[0]
    assert pickle.loads(pickle.dumps(allowed)) == allowed


def wrong_calls(acme: tenantry.Fleet) -> list[tuple[Any, str]]:
    builder = tenantry.Fleet.builder().tenant("a", trust="trusted")
    anything: Any = tenantry
    return [
        (lambda: anything.plan(builder), "plan() takes a Fleet, not a FleetBuilder: use its build()"),
        (lambda: anything.plan({}), "plan() takes a Fleet, not a dict: use Fleet.from_dict(document)"),
        (lambda: anything.plan("f.yaml"), "plan() takes a Fleet, not a str: use Fleet.load(path)"),
        (lambda: anything.plan(None), "plan() takes a Fleet, not None"),
        (lambda: anything.plan(acme, as_of=20261126), "a day is a text YYYY-MM-DD or a date, not an int"),
        (lambda: anything.Fleet("x"), "Fleet() takes no str: use Fleet.load(path)"),
        (lambda: anything.Fleet.from_dict([1]), "from_dict() takes a dict, not a list"),
        (lambda: anything.Fleet.from_json({"schema": 1}), "from_json() takes the text, not a dict"),
        (lambda: anything.Fleet.from_yaml(b"x"), "from_yaml() takes the text, not a bytes"),
        (lambda: anything.Plan({}), "a plan is read from its text, not a dict: use json.dumps"),
        (lambda: anything.Plan.from_json("{}", fleet="x"), "`fleet` is a Fleet, not a str"),
        (lambda: anything.Fleet.explain(acme, 1, 2), "explain() takes the name of a workload, not an int"),
        (lambda: anything.to_tables({}), "to_tables() takes a Fleet, not a dict"),
    ]


def test_wrong_things_are_named(acme: tenantry.Fleet) -> None:
    for call, says in wrong_calls(acme):
        with pytest.raises(TypeError) as caught:
            call()
        assert str(caught.value).startswith(says)
    with pytest.raises(tenantry.PlanError):
        tenantry.Plan("x")


def test_a_text_may_be_longer_than_is_usual(acme: tenantry.Fleet) -> None:
    text = acme.to_json()
    for read in (tenantry.Fleet.from_json, tenantry.Fleet.from_yaml):
        assert read(text, max_bytes=len(text)) == acme
        with pytest.raises(tenantry.FleetError, match="too-long"):
            read(text, max_bytes=len(text) - 1)
        with pytest.raises(tenantry.UsageError, match="max_bytes"):
            read(text, max_bytes=-1)


def test_pickle_and_copy(acme: tenantry.Fleet, acme_plan: tenantry.Plan) -> None:
    for made in (pickle.loads(pickle.dumps(acme_plan)), copy.copy(acme_plan), copy.deepcopy(acme_plan)):
        assert made == acme_plan
        assert made.assignments == acme_plan.assignments
        assert not made.explain("shop/frontend", "payments/ledger").may_share
    assert pickle.loads(pickle.dumps(acme)) == acme
    assert copy.deepcopy(acme) == acme


def test_same_input_same_bytes(acme: tenantry.Fleet, acme_plan: tenantry.Plan) -> None:
    assert tenantry.plan(acme, threads=1).to_json() == acme_plan.to_json()
    assert tenantry.plan(acme, threads=2).to_json() == acme_plan.to_json()
    assert tenantry.Plan.from_json(acme_plan.to_json(), acme) == acme_plan


def test_explain(acme: tenantry.Fleet, acme_plan: tenantry.Plan) -> None:
    apart = acme_plan.explain("shop/frontend", "analytics/notebooks")
    assert not apart.may_share
    assert "separate:environment" in {reason.rule for reason in apart.reasons}
    share = acme.explain("frontend", "recommendationservice")
    assert share.may_share
    assert not share.reasons
    assert "may share" in str(share)
    with pytest.raises(tenantry.UsageError, match="fronted"):
        acme.explain("shop/fronted", "payments/ledger")


def test_infeasible_is_an_answer() -> None:
    builder = (
        tenantry.Fleet.builder("full").tenant("a", trust="hostile").template("t", cpu=8, memory="8Gi", max_count=1)
    )
    builder.workload("x", tenant="a", cpu=1, memory="1Gi").workload("z", tenant="a", cpu=1, memory="1Gi")
    plan = tenantry.plan(builder.build())
    assert plan.status == "infeasible"
    assert not plan.found
    assert plan.numbers.clusters is None
    with pytest.raises(tenantry.NoPlanError, match=r"there is no plan, its status is infeasible: .*`t`"):
        _ = plan.clusters
    assert plan.gap is None
    assert plan.contradictions
    assert plan.assignments == ()
    assert "no plan" in repr(plan)
    assert "no plan exists" in plan._repr_html_()


def test_an_empty_fleet_takes_no_cluster() -> None:
    plan = tenantry.plan(tenantry.Fleet.from_dict({"schema": "tenantry/v1", "tenants": [], "workloads": []}))
    assert plan.clusters == ()
    assert plan.status == "optimal"


def test_documents(acme_plan: tenantry.Plan) -> None:
    document = acme_plan.to_dict()
    assert document == json.loads(acme_plan.to_json())
    assert document["schema"] == "tenantry-plan/v1"
    assert document["summary"]["clusters"] == 7
    assert acme_plan.numbers.clusters == 7
    assert acme_plan.to_csv().splitlines()[0].startswith("tenant,workload,namespace,cluster,")
    assert "7 clusters" in acme_plan.summary()
    with pytest.raises(tenantry.PlanError):
        tenantry.Plan.from_json("{}")
    with pytest.raises(tenantry.PlanError):
        tenantry.Plan.from_json(acme_plan.to_json()).explain("shop/frontend", "payments/ledger")


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)


def test_the_page_escapes_its_input() -> None:
    label = "<script>alert(1)</script>"
    builder = tenantry.Fleet.builder(label).tenant("a", trust="trusted")
    fleet = builder.workload("x", tenant="a", cpu=1, memory="1Gi").template("t", cpu=8, memory="8Gi").build()
    page = tenantry.plan(fleet)._repr_html_()
    tags = _Tags()
    tags.feed(page)
    assert "script" not in tags.seen
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("limit", [-1.0, float("nan"), float("inf")])
def test_a_limit_is_a_number_of_seconds(acme: tenantry.Fleet, limit: float) -> None:
    with pytest.raises(tenantry.UsageError, match="time_limit"):
        tenantry.plan(acme, time_limit=limit)


@pytest.mark.parametrize(
    "option",
    [{"work_limit": -1}, {"work_limit": 1.5}, {"seed": -1}, {"seed": 1 << 64}, {"threads": -1}, {"threads": 0}],
)
def test_limits_out_of_range_are_usage_errors(acme: tenantry.Fleet, option: dict[str, Any]) -> None:
    with pytest.raises(tenantry.UsageError, match=next(iter(option))):
        tenantry.plan(acme, **option)


def test_as_of(acme: tenantry.Fleet) -> None:
    assert tenantry.plan(acme, as_of="2027-01-31").as_of == "2027-01-31"
    assert tenantry.plan(acme, as_of=datetime.date(2027, 1, 31)).as_of == "2027-01-31"
    assert acme.explain("frontend", "ledger", as_of=datetime.date(2027, 1, 31)).as_of == "2027-01-31"
    with pytest.raises(tenantry.UsageError, match="2027-02-30"):
        tenantry.plan(acme, as_of="2027-02-30")


def test_a_tiny_work_limit_still_tells_the_truth(acme: tenantry.Fleet) -> None:
    plan = tenantry.plan(acme, work_limit=1)
    assert plan.status in {"optimal", "feasible", "unknown"}
    if plan.found:
        assert plan.gap == len(plan.clusters) - plan.lower_bound >= 0


def test_values_that_the_star_took_are_rows() -> None:
    builder = tenantry.Fleet.builder().attribute("stage", {"first": ["prod"], "rest": ["*"]})
    builder = builder.separate("stage", reason="audit").template("t", cpu=40, memory="80Gi")
    for name, stage in (("a", "prod"), ("b", "sandbox"), ("c", "sandbox")):
        builder = builder.tenant(name, trust="trusted", stage=stage)
        builder = builder.workload("web", tenant=name, cpu=1, memory="1Gi")
    plan = tenantry.plan(builder.build())
    rows = [(row.attribute, row.class_name, row.value, row.workloads) for row in plan.other_values]
    assert rows == [("stage", "rest", "sandbox", 2)]
    assert "audit" in plan.separations[0].description


def test_columns_are_the_assignments(acme_plan: tenantry.Plan) -> None:
    columns = acme_plan.to_columns()
    assert {len(column) for column in columns.values()} == {len(acme_plan.assignments)}
    for place, row in enumerate(acme_plan.assignments):
        cells = {name: column[place] for name, column in columns.items()}
        for name in ("tenant", "workload", "namespace", "cluster", "replicas", "change"):
            assert cells.pop(name) == getattr(row, name)
        nested = {f"requests.{key}": value for key, value in row.requests.items()}
        nested |= {f"labels.{key}": value for key, value in row.labels.items()}
        assert {name: cell for name, cell in cells.items() if cell is not None} == nested


def test_a_limit_counts_from_the_call(acme: tenantry.Fleet) -> None:
    def stopped(ago: float) -> str | None:
        began = time.monotonic() - ago
        made, _, _ = _core.plan(
            acme._core,
            began=began,
            time_limit=600,
            work_limit=None,
            seed=0,
            threads=1,
            as_of=None,
            names_from=None,
            objective=None,
            limits=[],
        )
        plan: dict[str, Any] = json.loads(made.to_json())
        assert plan["status"] in {"optimal", "feasible"}
        return plan.get("stopped")

    assert (stopped(0), stopped(1000)) == (None, "time")


def test_a_call_asks_for_another_objective_and_within_limits(acme: tenantry.Fleet) -> None:
    plan = tenantry.plan(acme, objective=["clusters", "exposure", "balance"], limits={"clusters": 50})
    assert plan.asked == ("clusters", "exposure", "balance") and plan.limits == {"clusters": 50}
    clusters, exposure, balance = plan.levels
    assert clusters.value == len(plan.clusters) and exposure.proof == balance.proof == "certified"
    assert exposure.bound is not None and exposure.value is not None and exposure.bound <= exposure.value
    assert acme.check(plan).legal
    assert check_plan(*(parse(text.encode()) for text in (acme.to_json(), plan.to_json()))).word == "VERIFIED"
    assert "exposure" in str(plan.summary()) and "Limits: clusters at most 50" in plan._repr_html_()
    for wrong, words in (
        ({"objective": ["cluster"]}, "did you mean `clusters`"),
        ({"objective": ["cost", "cost"]}, "stands twice"),
        ({"objective": "clusters"}, "a list of levels"),
        ({"limits": {"clusers": 3}}, "did you mean `clusters`"),
        ({"limits": {"clusters": 1.5}}, "whole number"),
        ({"limits": {"cost": -1}}, "between 0"),
        ({"limits": 3}, "a map"),
    ):
        with pytest.raises(tenantry.UsageError, match=words):
            tenantry.plan(acme, **wrong)
