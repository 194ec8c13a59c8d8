"""Why there cannot be fewer clusters."""

import json
import pickle
from pathlib import Path

import pytest
import tenantry


def acme() -> tenantry.Fleet:
    return tenantry.Fleet.load("examples/acme.yaml")


def test_a_plan_says_why() -> None:
    plan = tenantry.plan(acme())
    why = plan.why()
    assert (why.status, why.clusters, why.bound, why.proof, why.searched) == ("optimal", 7, 7, "certified", ())
    [fact] = why.facts
    assert (fact.kind, fact.least, fact.unit, fact.parts, fact.searched) == ("refuse", 7, "clusters", (), False)
    assert sum(row["pairs"] for row in fact.because["rules"]) == 21
    assert acme().why() == why
    assert pickle.loads(pickle.dumps(plan)).why() == why  # of its certificate document
    assert pickle.loads(pickle.dumps(why)) == why
    assert tenantry.Why.from_json(why.to_json()) == why
    assert hash(fact) == hash(tenantry.Why.from_json(why.to_json()).facts[0])


def test_lines_are_found_in_the_text() -> None:
    why = acme().why()
    text = Path("examples/acme.yaml").read_text()
    [fact] = why.located(text).facts
    for member in fact.because["members"]:
        assert member["workloads"][0].split("/")[-1] in text.splitlines()[member["line"] - 1]
    assert why.facts[0].because["members"][0]["line"] is None


def test_in_words_and_as_a_page() -> None:
    why = acme().why()
    assert str(why) == why.text()
    assert len(why.text(depth=1)) < len(why.text()) < len(why.text(depth=3))
    assert repr(why) == "<tenantry.Why 'acme-2026q4': at least 7 clusters>"
    page = why._repr_html_()
    assert "Why acme-2026q4 takes at least 7 clusters (certified)" in page
    assert "distrust:pci-scope" in page
    assert "Nothing of it is a search" in page
    assert why.html().startswith("<!doctype html>")
    with pytest.raises(tenantry.UsageError, match="1, 2 or 3"):
        why.text(depth=4)


def test_no_plan_has_reasons() -> None:
    rows = acme().to_dict()
    rows["clusterTemplates"][0]["maxCount"] = 5
    plan = tenantry.plan(tenantry.Fleet.from_dict(rows))
    why = plan.why()
    assert (why.status, why.bound, why.clusters) == ("infeasible", None, None)
    [fact] = why.facts
    assert (fact.kind, fact.least, fact.because["allowed"]) == ("tooFew", None, 5)
    assert fact.parts[0].least == 7
    assert "Why there is no plan" in why._repr_html_()
    assert "no plan" in repr(why)


def test_hostile_names_stay_text() -> None:
    rows = acme().to_dict()
    rows["policy"]["distrust"][0]["reason"] = "<script>alert(1)</script>\u202e"
    page = tenantry.Fleet.from_dict(rows).why()._repr_html_()
    assert "<script>alert" not in page
    assert "\u202e" not in page


def test_what_cannot_say_why() -> None:
    plan = tenantry.plan(acme())
    with pytest.raises(tenantry.PlanError, match="without its fleet"):
        tenantry.Plan.from_json(plan.to_json()).why()
    with pytest.raises(tenantry.PlanError, match="not a document of `why`"):
        tenantry.Why.from_json("{}")


def test_a_plan_that_was_read() -> None:
    fleet = acme()
    plan = tenantry.plan(fleet)
    read = tenantry.Plan.from_json(plan.to_json(), fleet)
    # what planning again proves is what proved it; and so is the certificate
    assert read.why() == plan.why() == read.why(certificate=plan.certificate_json)
    with pytest.raises(tenantry.PlanError, match="not one of this plan"):
        other = tenantry.plan(fleet.without("distrust:signing-alone"))
        read.why(certificate=other.certificate_json)
    document = plan.to_dict()
    document["summary"]["clusters"] = 6
    with pytest.raises(tenantry.UsageError, match="not right for this fleet"):
        tenantry.Plan.from_json(json.dumps(document), fleet).why()
    # one that is not the best is explained as it is
    limited = tenantry.Plan.from_json(tenantry.plan(fleet, objective=["cost", "clusters"]).to_json(), fleet)
    assert limited.why().to_dict()["among"] == ["cost"]


def test_why_not() -> None:
    fleet = acme()
    answer = fleet.why_not("shop/frontend", together_with="payments/ledger")
    assert (answer.answer, answer.proof, answer.hopeless) == ("impossible", "certified", False)
    assert not answer.levels
    assert answer.against is not None
    assert [lever.id for lever in answer.against.levers] == ["distrust:pci-scope"]
    assert tenantry.WhyNot.from_json(answer.to_json()) == answer == pickle.loads(pickle.dumps(answer))
    assert str(answer).startswith("Why not shop/frontend in one cluster with payments/ledger")
    assert "distrust:pci-scope" in answer._repr_html_()
    text = Path("examples/acme.yaml").read_text(encoding="utf-8")
    located = answer.located(text).against
    assert located is not None and located.levers[0].line is not None
    assert "pci-scope" in text.splitlines()[located.levers[0].line - 1]
    together = fleet.why_not("tenant=shop", together_with="frontend")
    assert (together.answer, together.workloads) == ("already", ("shop/frontend", "shop/recommendationservice"))
    assert [(row.objective, row.wished, row.value) for row in together.levels] == [("clusters", 7, 7)]
    fewer = fleet.why_not(clusters=6, keep=["separate:environment", "distrust:pci-scope"])
    assert fewer.against is not None
    assert [lever.id for lever in fewer.against.levers] == ["distrust:signing-alone"]
    assert "already has it" in together._repr_html_()


def test_one_question() -> None:
    with pytest.raises(tenantry.UsageError, match="one of"):
        acme().why_not("frontend")
    with pytest.raises(tenantry.UsageError, match="one of"):
        acme().why_not("frontend", clusters=3, in_cluster="a")
    with pytest.raises(tenantry.UsageError, match="`who`"):
        acme().why_not(together_with="frontend")
    with pytest.raises(tenantry.UsageError, match="none exists"):
        acme().why_not("frontend", in_cluster="prod")


def test_a_large_unit_is_told_by_its_first() -> None:
    requests = {"cpu": 1, "memory": "1Gi"}
    held = [{"name": f"w{it:02}", "tenant": "a", "namespace": "one", "requests": requests} for it in range(14)]
    fleet = tenantry.Fleet.from_dict(
        {
            "schema": "tenantry/v1",
            "asOf": "2026-11-23",
            "tenants": [{"name": "a", "trust": "trusted", "distrusts": ["b"]}, {"name": "b", "trust": "trusted"}],
            "workloads": [*held, {"name": "w", "tenant": "b", "requests": requests}],
            "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 20, "memory": "80Gi"}}],
        }
    )
    why = fleet.why()
    assert "  a/w00 with 13 more " in why.text() and "a/w13" not in why.text()
    assert "a/w00 with a/w01 with a/w02 with" in why.text(depth=3) and "a/w13" in why.text(depth=3)
