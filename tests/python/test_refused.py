"""What the program refuses to read, the second checker does not verify: ``tests/refused.json``, see ``refused.rs``."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import tenantry
from tenantry.check import UnreadableError, check_plan, parse

ROOT = Path(__file__).resolve().parents[2]
CASES: dict[str, Any] = json.loads((ROOT / "tests" / "refused.json").read_text())


def changed(case: dict[str, Any]) -> dict[str, Any]:
    """The sound fleet with one change."""
    document: dict[str, Any] = copy.deepcopy(CASES["sound"])
    around: Any = document
    for key in case["at"][:-1]:
        around = around[key]
    last = case["at"][-1]
    if "to" not in case:
        del around[last]
    elif isinstance(around, list) and last == len(around):
        around.append(case["to"])
    else:
        around[last] = case["to"]
    return document


@pytest.fixture(scope="module")
def plan() -> Any:
    fleet = tenantry.Fleet.from_json(json.dumps(CASES["sound"]))
    plan = tenantry.plan(fleet).to_dict()
    assert check_plan(CASES["sound"], plan).word == "VERIFIED"
    return plan


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: case["code"])
def test_unreadable_here_as_there(case: dict[str, Any], plan: Any) -> None:
    document = changed(case)
    with pytest.raises(tenantry.FleetError):
        tenantry.Fleet.from_json(json.dumps(document)).explain("crane", "gate")
    with pytest.raises(UnreadableError):
        check_plan(parse(json.dumps(document).encode()), plan)


def test_a_key_that_stands_twice(plan: Any) -> None:
    text = json.dumps(CASES["sound"])
    for key in ('"name": "harbour"', '"cpu": "100m"', '"replicas": 3'):
        twice = text.replace(key, f"{key}, {key}", 1)
        assert twice != text
        with pytest.raises(tenantry.FleetError):
            tenantry.Fleet.from_json(twice)
        with pytest.raises(UnreadableError):
            check_plan(parse(twice.encode()), plan)
