"""Levers: what they cost, and what would have to change."""

import json
import pickle
from pathlib import Path

import pytest
import tenantry


def acme() -> tenantry.Fleet:
    return tenantry.Fleet.load("examples/acme.yaml")


def test_levers_are_named_and_can_be_pulled() -> None:
    fleet = acme()
    levers = {lever.id: lever for lever in fleet.levers()}
    assert levers["distrust:pci-scope"].path == "policy.distrust[0]"
    assert "separate:environment=non-production|production" in {lever.id for lever in fleet.levers(classes=True)}
    rest = fleet.without("distrust:pci-scope", levers["distrust:signing-alone"])
    assert {lever.id for lever in rest.levers()} == set(levers) - {"distrust:pci-scope", "distrust:signing-alone"}
    with pytest.raises(tenantry.UsageError, match="did you mean `distrust:pci-scope`"):
        fleet.without("distrust:pci-scop")


def test_what_would_have_to_change() -> None:
    fleet = acme()
    relaxed = fleet.relax(clusters=6)
    assert (relaxed.today.value, relaxed.complete, relaxed.stopped) == (7, True, None)
    for it in relaxed.sets:
        assert it.minimal == "certified"
        ids = [lever.id for lever in it.levers]
        assert len(tenantry.plan(fleet.without(*ids)).clusters) <= 6
        for kept in ids:
            assert len(tenantry.plan(fleet.without(*(other for other in ids if other != kept))).clusters) == 7
    heavy = fleet.relax(clusters=6, weights={"separate:environment": 9}, keep="distrust:pci-scope", sets=1)
    assert [lever.id for lever in heavy.sets[0].levers] == ["distrust:signing-alone"]
    assert not heavy.complete
    assert fleet.relax(clusters=7).sets == ()
    assert fleet.relax(feasible=True).today.value == 7


def test_a_draft_is_no_waiver_until_it_is_signed() -> None:
    fleet = acme()
    [found] = fleet.relax(clusters=6, levers="distrust", sets=1).sets
    rows = fleet.to_dict()
    drafts = [
        {
            "id": draft.id,
            "between": [{key: list(names) for key, names in side.items()} for side in draft.between],
            "waives": list(draft.waives),
            "reason": draft.reason,
        }
        for draft in found.waivers
    ]
    rows["policy"]["waivers"] = drafts
    with pytest.raises(tenantry.FleetError, match="approvedBy"):
        tenantry.Fleet.from_dict(rows)
    for draft in drafts:
        draft.update(approvedBy="the board", expires="2027-01-01")
    assert len(tenantry.plan(tenantry.Fleet.from_dict(rows)).clusters) == 6


def test_prices() -> None:
    prices = acme().prices(tenants=True, ladder=["separate:environment"])
    assert (prices.today.value, prices.without_rules.value) == (7, 2)
    assert (prices.premium.least, prices.premium.most) == (5, 5)
    rows = {row.lever.id: row for row in prices.levers}
    pci = rows["distrust:pci-scope"]
    assert (pci.saves.least, pci.pairs_alone, pci.slack) == (1, 2, None)
    limit = rows["maxCount:standard"].slack
    assert limit is not None
    assert (limit.now, limit.tightest, limit.next, limit.never, limit.exact) == ("20", "7", "6", True, True)
    assert [step.lever for step in prices.ladder][:2] == [None, "separate:environment"]
    assert prices.ladder[-1].needed == prices.today
    assert {row.tenant for row in prices.tenants} >= {"shop", "payments"}
    assert [it.name for it in prices.mitigations] == ["gVisor"]
    cost = acme().prices(by="cost", levers=["distrust"])
    assert cost.aim == "cost"
    assert cost.premium.least == 1573 * 2


@pytest.mark.parametrize("kind", ["prices", "relaxed"])
def test_documents_are_read_back(kind: str) -> None:
    made = acme().prices(threads=1) if kind == "prices" else acme().relax(clusters=5, threads=1)
    again = type(made).from_json(made.to_json())
    assert again == made == pickle.loads(pickle.dumps(made))
    schema = json.loads(tenantry.schema(kind))  # type: ignore[arg-type]
    assert list(made.to_dict()) == list(schema["properties"])
    page = made._repr_html_()
    assert "distrust:pci-scope" in page
    assert "(certified)" in page  # each number with what backs it
    assert made.html().startswith("<!doctype html>")
    text = Path("examples/acme.yaml").read_text(encoding="utf-8")
    located = made.located(text)
    assert "policy.distrust[0], line " in str(located)
    assert "line" not in str(made)
    assert "certified" in str(made)
    with pytest.raises(tenantry.PlanError):
        type(made).from_json("{}")


def test_wrong_questions() -> None:
    fleet = acme()
    for wrong, message in [
        ({}, "one of `clusters`"),
        ({"clusters": 3, "feasible": True}, "one of `clusters`"),
        ({"clusters": -1}, "clusters"),
        ({"clusters": 3, "levers": ["distrusted"]}, "did you mean `distrust`"),
        ({"clusters": 3, "keep": "distrust:pci"}, "there is no lever"),
        ({"clusters": 3, "weights": {"distrust:pci-scope": 0}}, "from 1 to"),
    ]:
        with pytest.raises(tenantry.UsageError, match=message):
            fleet.relax(**wrong)  # type: ignore[arg-type]
    with pytest.raises(tenantry.UsageError, match="no rule of trust"):
        fleet.prices(ladder="maxCount:standard")
