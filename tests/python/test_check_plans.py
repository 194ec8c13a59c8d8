"""Plans and certificates of whole fleets through both checkers: the program's, and the one in Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tenantry
from tenantry._core import run_program
from tenantry.check import check_plan, parse

ROOT = Path(__file__).resolve().parents[2]


def fleets() -> list[Path]:
    cases = sorted((ROOT / "tests" / "cases").glob("*.yaml"))
    return [*(case for case in cases if "{error" not in case.read_text()), *sorted((ROOT / "examples").glob("*.yaml"))]


def program(*arguments: object) -> int:
    return run_program(["tenantry", *map(str, arguments)])


@pytest.mark.parametrize("path", fleets(), ids=lambda path: path.stem)
def test_both_checkers_agree(path: Path, tmp_path: Path) -> None:
    fleet, plan, certificate = (tmp_path / name for name in ("fleet.yaml", "plan.json", "certificate.json"))
    fleet.write_text(path.read_text().split("\n---\n")[-1])
    code = program("plan", fleet, "-o", plan, "--certificate", certificate, "--as-of", "2026-11-23")
    assert code in {0, 1}
    document: dict[str, Any] = json.loads(plan.read_text())
    ours = program("check", fleet, plan, certificate, "-o", tmp_path / "verdict.txt")
    loaded = tenantry.Fleet.load(fleet)
    theirs = check_plan(parse(loaded.to_json().encode()), document, parse(certificate.read_bytes()))
    expected = "VERIFIED" if document["proof"] == "certified" or not loaded.workloads else "UNDECIDED"
    assert theirs.word == expected, theirs
    assert ours == {"VERIFIED": 0, "UNDECIDED": 3}[expected]


def test_a_bound_too_high_is_refuted_by_both(tmp_path: Path) -> None:
    fleet, plan, certificate = (tmp_path / name for name in ("fleet.json", "plan.json", "certificate.json"))
    fleet.write_text(tenantry.Fleet.load(ROOT / "examples" / "acme.yaml").to_json())
    assert program("plan", fleet, "-o", plan, "--certificate", certificate, "--require-proof") == 0
    document = json.loads(certificate.read_text())
    document["claims"][0]["bound"] += 1
    certificate.write_text(json.dumps(document))
    assert program("check", fleet, plan, certificate, "-o", tmp_path / "verdict.txt") == 1
    assert "REFUTED" in (tmp_path / "verdict.txt").read_text()
    assert check_plan(json.loads(fleet.read_text()), json.loads(plan.read_text()), document).word == "REFUTED"


def test_a_required_proof_that_is_not_there(tmp_path: Path) -> None:
    assert program("plan", ROOT / "examples" / "acme.yaml", "--work-limit", 0, "-o", tmp_path / "p.json") in {0, 3}
    code = program("plan", ROOT / "examples" / "acme.yaml", "--require-proof", "-o", tmp_path / "q.json")
    assert code == 0
