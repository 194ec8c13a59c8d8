"""What differs between two plans."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import tenantry

PROGRAM = Path(sys.executable).with_name("tenantry")


def acme() -> tenantry.Fleet:
    return tenantry.Fleet.load("examples/acme.yaml")


def test_nothing_differs_from_itself() -> None:
    plan = tenantry.plan(acme())
    diff = plan.diff(plan)
    assert not diff
    assert diff.same_fleet
    assert not any((diff.figures, diff.clusters, diff.workloads, diff.tenants))
    assert "nothing" in str(diff)


def test_every_change_is_named() -> None:
    fleet = acme()
    rows = fleet.to_dict()
    rows["workloads"] = [row for row in rows["workloads"] if row["name"] != "ci-jobs"]
    rows["workloads"].append({"name": "cart", "tenant": "shop", "requests": {"cpu": "100m", "memory": "64Mi"}})
    next(row for row in rows["workloads"] if row["name"] == "ledger")["replicas"] = 4
    other = tenantry.plan(tenantry.Fleet.from_dict(rows))
    diff = tenantry.plan(fleet).diff(other)
    assert not diff.same_fleet
    changes = {(row.tenant, row.workload): row.change for row in diff.workloads}
    assert changes == {("ci", "ci-jobs"): "removed", ("shop", "cart"): "added", ("payments", "ledger"): "changed"}
    [ledger] = [row for row in diff.workloads if row.workload == "ledger"]
    assert (list(ledger.before.values()), list(ledger.after.values())) == ([3], [4])
    kinds = {row.change: row for row in diff.clusters}
    assert kinds["removed"].went == ("ci/ci-jobs",)
    assert kinds["changed"].came == ("shop/cart",)
    assert {row.tenant for row in diff.tenants} == {"ci"}
    assert ("clusters", 7, 6) in [(row.figure, row.before, row.after) for row in diff.figures]


def test_a_name_that_follows_the_contents_is_no_move() -> None:
    fleet = acme()
    rows = fleet.to_dict()
    rows["workloads"].append({"name": "cart", "tenant": "shop", "requests": {"cpu": "100m", "memory": "64Mi"}})
    diff = tenantry.plan(fleet).diff(tenantry.plan(tenantry.Fleet.from_dict(rows)))
    assert [row.change for row in diff.workloads] == ["added"]
    [changed] = [row for row in diff.clusters if row.change == "changed"]
    assert changed.before is not None
    assert changed.before != changed.after


def test_moves_between_plans_of_the_same_clusters() -> None:
    text = Path("examples/two-regions-today.yaml").read_text(encoding="utf-8")
    plan = tenantry.plan(tenantry.Fleet.from_yaml(text))
    document = json.loads(plan.to_json())
    names = [cluster["name"] for cluster in document["clusters"]]
    row = document["assignments"][0]
    home = row["cluster"]
    row["cluster"] = next(name for name in names if name != home)
    diff = plan.diff(tenantry.Plan.from_json(json.dumps(document)))
    [moved] = diff.workloads
    assert (moved.change, list(moved.before), list(moved.after)) == ("moved", [home], [row["cluster"]])


def test_moves_are_a_figure() -> None:
    document = tenantry.Fleet.load("examples/two-regions-today.yaml").to_dict()
    plan = tenantry.plan(tenantry.Fleet.from_dict(document))
    assert plan.moves is not None
    counted = plan.moves.forced.cost + plan.moves.chosen.cost
    for row in document["workloads"]:
        row.pop("runsIn", None)
        row.pop("stay", None)
    other = tenantry.plan(tenantry.Fleet.from_dict(document))
    left = None if other.moves is None else other.moves.forced.cost + other.moves.chosen.cost
    [moves] = [row for row in plan.diff(other).figures if row.figure == "moves"]
    assert (moves.before, moves.after) == (counted, left)
    assert counted != left


def test_documents_are_read_back() -> None:
    fleet = acme()
    diff = tenantry.plan(fleet).diff(tenantry.plan(fleet.without("separate:environment")))
    again = tenantry.PlanDiff.from_json(diff.to_json())
    assert again == diff == pickle.loads(pickle.dumps(diff))
    assert list(diff.to_dict()) == list(json.loads(tenantry.schema("diff"))["properties"])
    assert "clusters" in diff._repr_html_()
    assert diff.html().startswith("<!doctype html>")
    with pytest.raises(tenantry.PlanError):
        tenantry.PlanDiff.from_json("{}")
    with pytest.raises(TypeError):
        tenantry.plan(fleet).diff({})  # type: ignore[arg-type]


def test_the_program_ends_as_git_diff_does(tmp_path: Path) -> None:
    fleet = acme()
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    files[0].write_text(tenantry.plan(fleet).to_json(), encoding="utf-8")
    files[1].write_text(tenantry.plan(fleet.without("separate:environment")).to_json(), encoding="utf-8")

    def ends(*arguments: str | Path) -> int:
        return subprocess.run([PROGRAM, "diff", *arguments], capture_output=True, check=False).returncode

    assert ends(*files) == 0
    assert ends(*files, "--exit-code") == 1
    assert ends(files[0], files[0], "--exit-code") == 0
    assert ends("-", "-") == 2


def test_gates_say_a_difference_as_the_program_does(tmp_path: Path) -> None:
    fleet = acme()
    rows = fleet.to_dict()
    rows["workloads"] = [row for row in rows["workloads"] if row["name"] != "ci-jobs"]
    plans = [tenantry.plan(fleet), tenantry.plan(tenantry.Fleet.from_dict(rows))]
    diff = plans[0].diff(plans[1])
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    for file, plan in zip(files, plans, strict=True):
        file.write_text(plan.to_json(), encoding="utf-8")
    for failing in (False, True):
        more = ["--exit-code"] if failing else []
        said = [
            subprocess.run(
                [PROGRAM, "diff", *files, "--format", kind, *more], capture_output=True, text=True, check=False
            )
            for kind in ("sarif", "junit", "github")
        ]
        ours = [diff.to_sarif(failing=failing), diff.to_junit(failing=failing), diff.to_github(failing=failing)]
        # the program has the second plan as a place
        theirs = json.loads(said[0].stdout)
        for result in theirs["runs"][0]["results"]:
            del result["locations"]
        assert json.loads(ours[0]) == theirs
        assert ours[1] == said[1].stdout
        assert ours[2] == said[2].stdout.replace(f"file={files[1]},", "")
        assert ours[2].count("::error") == (len(ours[2].splitlines()) if failing else 0)
    assert not plans[0].diff(plans[0]).to_github()
