"""One running fleet, and what each key, each pair of keys and each slip makes of its plan (``tests/wishes.json``)."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import tenantry
from tenantry.check import check_plan, parse
from tenantry.check.fleet import Fleet as SecondReading

WISHES = json.loads(Path(__file__).parents[1].joinpath("wishes.json").read_text(encoding="utf-8"))


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    """The base with changes, those above before those below."""
    whole: dict[str, Any] = copy.deepcopy(WISHES["base"])
    for path, value in sorted(changes.items()):
        *above, last = path.split("/")[1:]
        at: Any = whole
        for key in above:
            at = at[int(key) if isinstance(at, list) else key]
        if isinstance(at, list):
            if last == "-":
                at.append(value)
            else:
                at[int(last)] = value
        elif value is None:
            del at[last]
        else:
            at[last] = value
    return whole


def test_every_wish_is_answered() -> None:
    for case in WISHES["cases"]:
        document = changed(case["changes"])
        try:
            plan = tenantry.plan(tenantry.Fleet.from_dict(document))
        except tenantry.FleetError as error:
            assert {problem.code for problem in error.problems} == set(case["codes"]), (case["name"], error)
            continue
        if case.get("infeasible"):
            assert plan.status == "infeasible", case["name"]
            continue
        levels = {level["objective"]: level["value"] for level in plan.to_dict()["levels"]}
        assert levels == case["levels"], case["name"]
        verdict = check_plan(document, plan.to_dict(), plan.certificate)
        assert verdict.word == ("VERIFIED" if plan.proof == "certified" else "UNDECIDED"), (case["name"], verdict)


def test_whole_numbers_may_be_written_with_a_point() -> None:
    read = 0
    for case in WISHES["cases"]:
        text = json.dumps(changed(case["changes"]))
        for number in re.finditer(r"(?<=[:\[,] )[0-9]+(?=[,\]}])", text):
            pointed = f"{text[: number.end()]}.0{text[number.end() :]}"
            try:
                tenantry.Fleet.from_json(pointed)
            except tenantry.FleetError:
                continue
            SecondReading(parse(pointed.encode()), None)
            read += 1
    assert read > 800, read
