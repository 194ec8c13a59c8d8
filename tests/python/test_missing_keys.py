"""Every key of a fleet, a plan and a certificate, left out once: both checkers say the same of what remains.

So they do of a plan that was made for another version of the fleet, and of what that version is.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tenantry
from tenantry._core import run_program
from tenantry.check import UnreadableError, check_plan, parse
from tenantry.check.digest import digest

ROOT = Path(__file__).resolve().parents[2]
DAY = "2026-11-23"
CODES = {"VERIFIED": 0, "REFUTED": 1, "UNDECIDED": 3}
NAMES = ("fleet.json", "plan.json", "certificate.json")

Place = tuple[str | int, ...]


def sources() -> list[tuple[str, str]]:
    """Fleets that use every part of the three documents."""
    cases = sorted((ROOT / "tests" / "cases").glob("*.yaml"))
    found = [(case.stem, case.read_text().split("\n---\n")[-1]) for case in cases if "{error" not in case.read_text()]
    found += [(path.stem, path.read_text()) for path in sorted((ROOT / "examples").glob("*.yaml"))]
    samples = [it for it in json.loads((ROOT / "tests" / "keys.json").read_text()) if '"copies"' not in json.dumps(it)]
    return [*found, *((f"sample-{index}", json.dumps(sample)) for index, sample in enumerate(samples))]


def keys(value: Any, place: Place = ()) -> Iterator[Place]:
    """The place of every key."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        if isinstance(key, str):
            yield (*place, key)
        yield from keys(entry, (*place, key))


def without(document: Any, place: Place) -> Any:
    """The document without that key."""
    rest = copy.deepcopy(document)
    around = rest
    for key in place[:-1]:
        around = around[key]
    del around[place[-1]]
    return rest


def program(*arguments: object) -> int:
    return run_program(["tenantry", *map(str, arguments)])


def second(documents: list[bytes]) -> int:
    """The exit code of the checker in Python."""
    try:
        return CODES[check_plan(*map(parse, documents), as_of=DAY, work=10**7).word]
    except UnreadableError:
        return 2


Documents = list[Path]


@pytest.fixture
def files(tmp_path: Path, request: pytest.FixtureRequest) -> Documents:
    """A fleet, its plan and the certificate."""
    files = [tmp_path / file for file in NAMES]
    files[0].write_text(tenantry.Fleet.from_yaml(request.param).to_json())
    assert program("plan", files[0], "-o", files[1], "--certificate", files[2], "--as-of", DAY) in {0, 1, 3}
    if not files[2].exists():
        pytest.skip("nothing is to be placed")
    return files


@pytest.fixture(scope="module")
def seen() -> set[tuple[int, Place]]:
    """Which keys were left out so far, by document and by the kind of place."""
    return set()


def judged(files: Documents, which: int, document: Any) -> tuple[int, int]:
    """What both say with this document in the place of one."""
    changed = files[which].with_suffix(".changed.json")
    changed.write_text(json.dumps(document))
    given = [*files[:which], changed, *files[which + 1 :]]
    ours = program("check", *given, "-o", changed.with_suffix(".txt"), "--as-of", DAY)
    return ours, second([file.read_bytes() for file in given])


ALL = sources()
every_fleet = pytest.mark.parametrize(
    "files", [source for _, source in ALL], ids=[name for name, _ in ALL], indirect=True
)


@every_fleet
def test_a_missing_key(files: Documents, seen: set[tuple[int, Place]]) -> None:
    for which, file in enumerate(files):
        document = json.loads(file.read_text())
        for place in keys(document):
            kind: Place = tuple("*" if isinstance(step, int) else step for step in place)
            if (which, kind) not in seen:
                seen.add((which, kind))
                ours, theirs = judged(files, which, without(document, place))
                assert ours == theirs, f"{file.name} without {place}"


def change(document: Any, place: Place, chance: random.Random) -> None:
    """Another value of the same kind; what stands deeper is changed first."""
    around = document
    for step in place[:-1]:
        around = around[step]
    value = around[place[-1]]
    if type(value) is int:
        around[place[-1]] = max(0, value + chance.choice([-1, 1]))
    elif type(value) is bool:
        around[place[-1]] = not value
    elif isinstance(value, list):
        around[place[-1]] = value[1:]
    elif isinstance(value, str) and value.isalpha() and chance.random() < 0.5:
        around[place[-1]] = "x"


@every_fleet
def test_a_plan_of_another_version(files: Documents) -> None:
    """Breaches and contradictions refute it whatever it was made for; figures only one that is for this version."""
    plan = json.loads(files[1].read_text())
    chance = random.Random(str(plan["name"]))
    places = list(keys(plan))
    for _ in range(40):
        changed = copy.deepcopy(plan)
        for place in sorted(chance.sample(places, chance.randint(1, 3)), key=len, reverse=True):
            change(changed, place, chance)
        changed["fleetDigest"] = chance.choice([plan["fleetDigest"], "another"])
        ours, theirs = judged(files, 1, changed)
        assert ours == theirs, json.dumps(changed)


@every_fleet
def test_what_version_it_is(files: Documents) -> None:
    fleet = json.loads(files[0].read_text())
    assert digest(parse(files[0].read_bytes())) == json.loads(files[1].read_text())["fleetDigest"]
    # however the document is written
    for rows in ("tenants", "workloads", "clusterTemplates"):
        fleet.get(rows, []).reverse()
    for workload in fleet.get("workloads", []):
        workload |= {key: workload.get(key, {}) for key in ("labels", "attributes", "fixedRequests")}
        workload["requests"] = {key: str(value) for key, value in workload.get("requests", {}).items()}
    fleet["policy"] = {**fleet.get("policy", {}), "waivers": fleet.get("policy", {}).get("waivers", [])}
    for tenant in fleet.get("tenants", [])[:1]:
        tenant["labels"] = {"note": 'a "slash": \\, é \U0001f600'}
    text = json.dumps(fleet)
    assert digest(parse(text.encode())) == tenantry.Fleet.from_json(text).digest
