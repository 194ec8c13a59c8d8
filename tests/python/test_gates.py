"""SARIF, JUnit and annotations of GitHub: of audits, checks and differences, with names that try to break out."""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import tenantry

PROGRAM = Path(sys.executable).with_name("tenantry")
ODD = "a%0A::error::]]><b>&"
"""A name that is one, and mark-up or a command to whoever does not escape it."""
COMMAND = re.compile(r"::(error|warning|notice) (?:file=([^,:]+)(?:,line=(\d+))?,)?title=([^,:]*)::(.*)")


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False)


def fleet_text(*, odd: str = ODD, distrusts: str = "") -> str:
    return f"""\
schema: tenantry/v1
name: 'gates'
asOf: '2026-11-23'
tenants:
  - {{name: one, trust: trusted}}
  - name: two
    trust: trusted{distrusts}
workloads:
  - {{name: '{odd}', tenant: one, namespace: one, requests: {{cpu: 1, memory: 1Gi}}}}
  - name: api
    tenant: two
    requests: {{cpu: 1, memory: 1Gi}}
clusterTemplates:
  - {{name: t, allocatable: {{cpu: 8, memory: 8Gi}}}}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A fleet that both share, its plan, and one that its plan breaks."""
    (tmp_path / "fleet.yaml").write_text(fleet_text(), encoding="utf-8")
    (tmp_path / "apart.yaml").write_text(fleet_text(distrusts="\n    distrusts: [one]"), encoding="utf-8")
    for name, plan in (("fleet", "plan"), ("apart", "apart")):
        made = tenantry.plan(tenantry.Fleet.load(tmp_path / f"{name}.yaml"))
        (tmp_path / f"{plan}.json").write_text(made.to_json(), encoding="utf-8")
    return tmp_path


def commands(text: str) -> list[tuple[str, str | None, int | None, str, str]]:
    """The commands of GitHub's runner, taken apart as it does."""
    found = []
    for line in text.splitlines():
        match = COMMAND.fullmatch(line)
        assert match, line
        level, file, number, title, message = match.groups()
        plain = [part and part.replace("%3A", ":").replace("%2C", ",").replace("%25", "%") for part in (file, title)]
        assert not re.search(r"%(?!25)", message), message
        found.append((level, plain[0], int(number) if number else None, plain[1] or "", message.replace("%25", "%")))
    return found


def results(text: str) -> list[dict[str, Any]]:
    log = json.loads(text)
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == sorted(set(rules))
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
    found: list[dict[str, Any]] = run["results"]
    return found


def line_of(result: dict[str, Any]) -> int | None:
    [location] = result["locations"]
    number: int | None = location["physicalLocation"].get("region", {}).get("startLine")
    return number


def cases_of(text: str) -> dict[tuple[str, str], str]:
    root = ET.fromstring(text)
    cases = root.findall(".//testcase")
    counts = {kind: sum(case.find(kind) is not None for case in cases) for kind in ("failure", "skipped")}
    assert root.attrib["tests"] == str(len(cases))
    assert (root.attrib["failures"], root.attrib["skipped"]) == (str(counts["failure"]), str(counts["skipped"]))
    outcome = {(case.attrib["classname"], case.attrib["name"]): "passed" for case in cases}
    for case in cases:
        for kind in counts:
            if case.find(kind) is not None:
                outcome[case.attrib["classname"], case.attrib["name"]] = kind
    return outcome


def test_a_breach_stands_at_its_line(place: Path) -> None:
    fleet = place / "apart.yaml"
    row = 1 + fleet.read_text(encoding="utf-8").splitlines().index(
        f"  - {{name: '{ODD}', tenant: one, namespace: one, requests: {{cpu: 1, memory: 1Gi}}}}"
    )
    said = run("check", fleet, place / "plan.json", "--format", "github")
    assert said.returncode == 1
    breaches = [it for it in commands(said.stdout) if it[0] == "error"]
    assert breaches[0][1:3] == (str(fleet), row)
    assert ODD in breaches[0][4]
    assert run("check", fleet, place / "plan.json", "-o", place / "check.sarif").returncode == 1
    found = results((place / "check.sarif").read_text(encoding="utf-8"))
    errors = [it for it in found if it["level"] == "error"]
    assert (errors[0]["ruleId"], line_of(errors[0])) == ("separated-pair", row)
    assert run("check", fleet, place / "plan.json", "-o", place / "check.xml").returncode == 1
    outcomes = cases_of((place / "check.xml").read_text(encoding="utf-8"))
    assert "failure" in outcomes.values()
    assert any(ODD in name for _, name in outcomes)
    # as many as the words say
    text = run("check", fleet, place / "plan.json").stdout
    count = sum(line.startswith("  [") for line in text.splitlines())
    assert (
        count
        == len([it for it in found if it["level"] != "note"])
        == len([it for it in commands(said.stdout) if it[0] != "notice"])
    )


def test_a_legal_plan_passes(place: Path) -> None:
    fleet, plan = place / "fleet.yaml", place / "plan.json"
    assert run("plan", fleet, "--format", "json", "-o", plan, "--certificate", place / "proof.json").returncode == 0
    for more in ((), (place / "proof.json",)):
        said = [run("check", fleet, plan, *more, "--format", kind) for kind in ("github", "sarif", "junit")]
        assert [it.returncode for it in said] == [0, 0, 0]
        assert [it[0] for it in commands(said[0].stdout)] == ["notice"] * len(more)
        assert [it["level"] for it in results(said[1].stdout)] == ["note"] * len(more)
        assert set(cases_of(said[2].stdout).values()) == {"passed"}
    proof = json.loads((place / "proof.json").read_text(encoding="utf-8"))
    proof["digest"] = "0" * 64
    (place / "proof.json").write_text(json.dumps(proof), encoding="utf-8")
    refuted = run("check", fleet, plan, place / "proof.json", "--format", "junit")
    if refuted.returncode == 1:
        assert "failure" in cases_of(refuted.stdout).values()
    assert run("check", fleet, plan, "-o", place / "check.json").returncode == 2


def test_an_older_plan_is_a_warning(place: Path) -> None:
    (place / "fleet.yaml").write_text(fleet_text().replace("name: api", "name: api\n    replicas: 2"), encoding="utf-8")
    said = run("check", place / "fleet.yaml", place / "plan.json", "--format", "sarif")
    text = run("check", place / "fleet.yaml", place / "plan.json")
    assert said.returncode == text.returncode
    levels = {it["level"] for it in results(said.stdout)}
    assert ("error" in levels) == (text.returncode == 1)


def test_what_is_undecided_does_not_pass(tmp_path: Path) -> None:
    text = Path("examples/acme.yaml").read_text(encoding="utf-8")
    (tmp_path / "fleet.yaml").write_text(text, encoding="utf-8")
    run("plan", tmp_path / "fleet.yaml", "--format", "json", "-o", tmp_path / "plan.json")
    more = text.replace("name: frontend, tenant: shop, ", "name: frontend, tenant: shop, labels: {owner: new}, ")
    (tmp_path / "none.yaml").write_text(text.replace("maxCount: 20", "maxCount: 2"), encoding="utf-8")
    (tmp_path / "fleet.yaml").write_text(more, encoding="utf-8")
    run("plan", tmp_path / "none.yaml", "--format", "json", "-o", tmp_path / "none.json")
    for fleet, plan in (("fleet", "plan"), ("none", "none")):
        said = run("check", tmp_path / f"{fleet}.yaml", tmp_path / f"{plan}.json", "--format", "junit")
        assert said.returncode == 3, said
        assert ("undecided", "skipped") in {(rule, how) for (rule, _), how in cases_of(said.stdout).items()}
        assert "failure" not in cases_of(said.stdout).values()


def test_a_difference_stands_at_the_line_of_its_workload(place: Path) -> None:
    plans, fleet = (place / "plan.json", place / "apart.json"), place / "apart.yaml"
    lines = fleet.read_text(encoding="utf-8").splitlines()
    said = run("diff", *plans, "--fleet", fleet, "--format", "github", "--exit-code")
    assert said.returncode == 1
    found = commands(said.stdout)
    assert {it[0] for it in found} == {"error"}
    moved = [it for it in found if it[3] == "diff: workload differs"]
    assert moved
    for _, file, line, _, message in moved:
        assert file == str(fleet)
        assert line is not None
        name = ODD if ODD in message else "api"
        assert name in lines[line - 1]
    assert run("diff", *plans, "--fleet", fleet, "-o", place / "diff.sarif").returncode == 0
    theirs = results((place / "diff.sarif").read_text(encoding="utf-8"))
    assert {it["level"] for it in theirs} == {"warning"}
    assert [it["message"]["text"] for it in theirs] == [it[4] for it in found]
    outcomes = cases_of(run("diff", *plans, "--format", "junit", "--exit-code").stdout)
    assert set(outcomes.values()) == {"failure"}
    assert set(cases_of(run("diff", *plans, "--format", "junit").stdout).values()) == {"skipped"}
    same = run("diff", plans[0], plans[0], "--format", "junit", "--exit-code")
    assert (same.returncode, set(cases_of(same.stdout).values())) == (0, {"passed"})
    # without a fleet the second plan is the place, and no line of it
    assert {it[1:3] for it in commands(run("diff", *plans, "--format", "github").stdout)} == {(str(plans[1]), None)}


def test_every_difference_is_a_finding(place: Path) -> None:
    plans = (place / "plan.json", place / "apart.json")
    document = json.loads(run("diff", *plans, "--format", "json").stdout)
    found = results(run("diff", *plans, "--format", "sarif").stdout)
    kinds = {
        "figure-differs": "figures",
        "workload-differs": "workloads",
        "separation-differs": "separations",
        "waiver-differs": "waivers",
        "warning-gone": "warningsGone",
        "warning-new": "warningsNew",
        "cluster-differs": "clusters",
    }
    for rule, key in kinds.items():
        assert sum(it["ruleId"] == rule for it in found) == len(document[key]), rule
    assert len(found) == sum(len(document[key]) for key in kinds.values())


def test_lines_take_the_fleet_that_was_planned(place: Path) -> None:
    plans = (place / "plan.json", place / "apart.json")
    wrong = run("diff", *plans, "--fleet", place / "fleet.yaml", "--format", "github")
    assert wrong.returncode == 2
    assert "digests differ" in wrong.stderr
    assert run("diff", *plans, "--fleet", place / "apart.yaml").returncode == 2
    assert run("diff", *plans, "-o", place / "diff.csv").returncode == 2


def test_rules_and_waivers_have_lines(tmp_path: Path) -> None:
    text = Path("examples/acme.yaml").read_text(encoding="utf-8")
    (tmp_path / "old.yaml").write_text(text, encoding="utf-8")
    new = text.replace("subject: {tenant: release}", "subject: {tenant: [release, quality]}")
    (tmp_path / "new.yaml").write_text(new, encoding="utf-8")
    for name in ("old", "new"):
        run("plan", tmp_path / f"{name}.yaml", "--format", "json", "-o", tmp_path / f"{name}.json")
    found = results(
        run(
            "diff", tmp_path / "old.json", tmp_path / "new.json", "--fleet", tmp_path / "new.yaml", "--format", "sarif"
        ).stdout
    )
    [rule] = [it for it in found if "distrust:signing-alone" in it["message"]["text"]]
    line = line_of(rule)
    assert line is not None
    assert "signing-alone" in new.splitlines()[line - 1]


def test_an_audit_points_at_lines_of_json_and_yaml(tmp_path: Path) -> None:
    fleet = tenantry.Fleet.from_yaml(
        fleet_text(distrusts="\n    distrusts: [one]")
        .replace("tenant: one, namespace", "tenant: one, runsIn: east, namespace")
        .replace("    tenant: two\n", "    tenant: two\n    runsIn: east\n")
        + "existingClusters:\n  - {name: east, allocatable: {cpu: 4, memory: 8Gi}}\n"
    )
    for name, text in (("fleet.yaml", fleet.to_yaml()), ("fleet.json", fleet.to_json())):
        (tmp_path / name).write_text(text, encoding="utf-8")
        said = run("audit", tmp_path / name, "--format", "github")
        assert said.returncode == 1
        errors = [it for it in commands(said.stdout) if it[0] == "error"]
        assert errors
        for _, file, line, _, _ in errors:
            assert (file, line is not None) == (str(tmp_path / name), True)
        assert "failure" in cases_of(run("audit", tmp_path / name, "--format", "junit").stdout).values()
        assert results(run("audit", tmp_path / name, "--format", "sarif").stdout)
