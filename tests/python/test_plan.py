"""Plans: the numbers, the objects, pickling, pages."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import polars as pl
import pytest
import tenantry


def test_acme_takes_seven_clusters(acme_plan: tenantry.Plan) -> None:
    assert acme_plan.status == "optimal"
    assert acme_plan.clusters is not None
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
    assert plan.clusters is None
    assert plan.gap is None
    assert plan.contradictions
    assert plan.assignments == ()
    assert "no plan" in repr(plan)
    assert "no plan" in plan._repr_html_()


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
    with pytest.raises(tenantry.UsageError, match="2027-02-30"):
        tenantry.plan(acme, as_of="2027-02-30")


def test_a_tiny_work_limit_still_tells_the_truth(acme: tenantry.Fleet) -> None:
    plan = tenantry.plan(acme, work_limit=1)
    assert plan.status in {"optimal", "feasible", "unknown"}
    if plan.clusters is not None:
        assert plan.gap == len(plan.clusters) - plan.lower_bound >= 0
