"""Mutated fleets, plans and certificates through both checkers: never a yes and a no, never a yes to what is false.

A small slice runs among the tests. By hand, any range of seeds (on one core some hundred mutants a second):

    .venv/bin/python tests/python/mutants.py --from 0 --count 1000000

A mutant is a triple of documents of which one has been changed, in its text or in its tree. Both checkers judge it. For
every yes it is looked up what can be known of it: the fewest clusters of the changed fleet by planning it anew, the
fewest of the unchanged one for a changed certificate, and for a changed plan that nothing but free words or a weaker
statement is new. Ends with 1 at a finding, which is printed as JSON with its seed.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tenantry
from tenantry._core import run_program
from tenantry.check import UnreadableError, Verdict, check_plan, parse

ROOT = Path(__file__).resolve().parents[2]
DAY = "2026-11-23"
WORK = 10**7
CODES = {"VERIFIED": 0, "REFUTED": 1, "UNDECIDED": 3}
# words and figures of a plan that no checker looks at (docs/certificate.md)
FREE = {
    *("version", "name", "fleetDigest", "seed", "stopped", "lowerBoundReason", "trustClasses", "isolationPremium"),
    *(
        "clustersWithoutWaivers",
        "contradictions",
        "description",
        "warnings",
        "message",
        "code",
        "notCovered",
        "samples",
    ),
    *("forgot", "asOf", "because", "treatedAsNotFitting"),
}
# what may say less than it did: bounds, and what is said of their proof
WEAKER = {"lowerBound", "gap", "bound", "costLowerBound", "proof", "status", "levels"}
ODD: list[Any] = [
    *(None, True, False, 0, 1, -1, 1.5, 0.0, "", " ", "*", "any", "other", "all", "0", "1Gi", "100m", "-0", "1e3"),
    *([], {}, [None], {"not": "a"}, 2**31, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 10**30, "unlimited", "error", DAY),
    *("trusted", "untrusted", "hostile", "level", "tenant", "workload", "clusters", "cost", "infeasible", "unknown"),
]
MARKS = ["-0", "0", "1", "e0", ".0", ",", "{}", "[]", "null", '"', "\\u0000", "\ufeff", " x", "-", "\n", "\\", "é"]


@dataclass
class Triple:
    """A fleet, its plan and the certificate of its bound."""

    name: str
    documents: list[Any]
    fewest: int | None  # clusters, where the plan is optimal


def triples() -> list[Triple]:
    """All small fleets of the tests that can be read, planned."""
    sources = [
        (path.stem, path.read_text().split("\n---\n")[-1]) for path in sorted((ROOT / "tests/cases").glob("*.yaml"))
    ]
    sources.append(("harbour", json.dumps(json.loads((ROOT / "tests/refused.json").read_text())["sound"])))
    found: list[Triple] = []
    with tempfile.TemporaryDirectory() as folder:
        fleet, plan, certificate = (Path(folder) / name for name in ("fleet.json", "plan.json", "certificate.json"))
        for name, source in sources:
            try:
                fleet.write_text(tenantry.Fleet.from_yaml(source).to_json())
            except tenantry.FleetError:
                continue
            limits = ["--work-limit", "0"] if len(found) % 5 == 4 else []
            code = program("plan", fleet, "-o", plan, "--certificate", certificate, "--as-of", DAY, *limits)
            if code not in (0, 1, 3):
                continue  # its trust rules contradict its groups
            documents = [parse(path.read_bytes()) for path in (fleet, plan, certificate)]
            fewest = tenantry.plan(tenantry.Fleet.load(fleet)).numbers.clusters
            found.append(Triple(name, documents, fewest))
            for path in (plan, certificate):
                path.unlink(missing_ok=True)
    return found


def program(*arguments: object) -> int:
    """The exit code of the program, its words thrown away."""
    return run_program(["tenantry", *map(str, arguments)])


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, entry in inner for place in places(entry, (*path, key)))]


def at(document: Any, path: tuple[Any, ...]) -> Any:
    """The value at a path."""
    for key in path:
        document = document[key]
    return document


def twisted(value: Any, chance: random.Random, others: list[Any]) -> Any:
    """Another value in place of this one."""
    kind = chance.randrange(8)
    if kind == 0:
        return copy.deepcopy(chance.choice(others))
    if kind == 1:
        return copy.deepcopy(chance.choice(ODD))
    if isinstance(value, dict):
        return list(value.values()) if kind < 5 else [value]
    if isinstance(value, list):
        shuffled = chance.sample(value, len(value))
        return [shuffled, value[:-1], value * 2, dict(enumerate_text(value))][kind % 4]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return [value + 1, value - 1, value * 2, -value, str(value), float(value), value // 2][
            kind - 2 if kind > 1 else 0
        ]
    if isinstance(value, str):
        position = chance.randrange(len(value) + 1)
        cut = value[:position] + value[position + 1 :]
        swapped = value[:position] + chance.choice("aZ0-_/ *é\u0430\u200b") + value[position:]
        return [cut, swapped, value.upper(), value + " ", [value], {value: None}][kind - 2]
    return chance.choice(ODD)


def enumerate_text(value: list[Any]) -> list[tuple[str, Any]]:
    """A list as entries of an object."""
    return [(str(index), entry) for index, entry in enumerate(value)]


def changed_tree(document: Any, chance: random.Random) -> tuple[tuple[Any, ...], Any]:
    """A document with one change, and where."""
    paths = places(document)[1:]
    if not paths:
        return (), ODD[0]
    path = chance.choice(paths)
    result = copy.deepcopy(document)
    around, last = at(result, path[:-1]), path[-1]
    kind = chance.randrange(10)
    if kind == 0:
        del around[last]
    elif kind == 1 and isinstance(around, list):
        around.insert(last, copy.deepcopy(around[last]))
    elif kind == 1:
        around[last + chance.choice("sx ")] = around.pop(last)
    elif kind == 2 and isinstance(around, dict):
        around[chance.choice(["reason", "missing", "pool", "perNode", "own", "labels", "sharing", "x"])] = (
            chance.choice(ODD)
        )
    else:
        around[last] = twisted(around[last], chance, [at(document, chance.choice(paths)) for _ in range(3)])
    return path, result


def written(document: Any) -> str:
    """JSON with numbers as they were read."""
    from tenantry.check.reading import Written

    if isinstance(document, Written):
        return str(document)
    if isinstance(document, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {written(entry)}" for key, entry in document.items()) + "}"
    if isinstance(document, list):
        return "[" + ", ".join(map(written, document)) + "]"
    return json.dumps(document)


def changed_text(text: str, chance: random.Random) -> str:
    """A text with one change."""
    place = chance.randrange(len(text) + 1)
    kind = chance.randrange(4)
    if kind == 0:
        return text[:place] + text[place + 1 :]
    if kind == 1:
        digits = [index for index, mark in enumerate(text) if mark.isdigit()]
        place = chance.choice(digits) if digits else place
        return text[:place] + chance.choice(MARKS) + text[place + 1 :]
    if kind == 2:
        # a stretch twice: keys, entries
        ends = [index for index, mark in enumerate(text) if mark in ",{}[]"]
        start, end = sorted(chance.choice(ends) for _ in range(2)) if ends else (0, 0)
        return text[:end] + text[start : min(end, start + 200)] + text[end:]
    return text[:place] + chance.choice(MARKS) + text[place:]


class Judge:
    """Both checkers, with a folder for the program's files."""

    def __init__(self, folder: Path) -> None:
        self.files = [folder / name for name in ("fleet.json", "plan.json", "certificate.json")]
        self.verdict = folder / "verdict.txt"
        self.count: Counter[tuple[int, int]] = Counter()

    def theirs(self, documents: list[bytes]) -> tuple[int, Verdict | None]:
        """What the checker in Python says."""
        try:
            verdict = check_plan(*map(parse, documents), as_of=DAY, work=WORK)
        except UnreadableError:
            return 2, None
        return CODES[verdict.word], verdict

    def judge(self, triple: Triple, seed: int) -> str | None:
        """A finding, if there is one."""
        chance = random.Random(seed)
        which = chance.randrange(3)
        documents = [written(document) for document in triple.documents]
        path: tuple[Any, ...] = ()
        if chance.random() < 0.7:
            path, mutant = changed_tree(triple.documents[which], chance)
            documents[which] = written(mutant)
        else:
            documents[which] = changed_text(documents[which], chance)
        data = [document.encode("utf-8", "surrogatepass") for document in documents]
        data = data[: 2 if chance.random() < 0.2 and which < 2 else 3]
        for file, content in zip(self.files, data, strict=False):
            file.write_bytes(content)
        files = self.files[: len(data)]
        ours = program("check", *files, "--as-of", DAY, "--work-limit", 10**8, "-o", self.verdict)
        theirs, verdict = self.theirs(data)
        self.count[ours, theirs] += 1
        if {ours, theirs} == {0, 1} or ours == 4:
            return f"the program ends with {ours}, the checker in Python with {theirs} {verdict}"
        if 0 not in (ours, theirs) or documents[which] == written(triple.documents[which]):
            return None
        return self.unfounded(triple, which, path, data, verdict)

    def unfounded(
        self, triple: Triple, which: int, path: tuple[Any, ...], data: list[bytes], verdict: Verdict | None
    ) -> str | None:
        """Why a yes to the mutant is wrong, as far as can be known."""
        plan = parse(data[1])
        bounds = verdict.bounds if verdict is not None else ()
        if which == 0 and len(data) == 3:
            try:
                now = tenantry.plan(tenantry.Fleet.from_json(data[0].decode()), as_of=DAY)
            except tenantry.TenantryError as error:
                return f"a yes to a fleet that cannot be planned: {error}"
            if now.status == "optimal" and plan["summary"]["lowerBound"] > (now.numbers.clusters or 0):
                return f"a yes to a bound of {plan['summary']['lowerBound']}, and {now.numbers.clusters} are enough"
            if now.status == "infeasible" and plan["status"] != "infeasible":
                return "a yes to a plan, and no plan exists"
        if which == 1:
            new = differences(triple.documents[1], plan)
            if not new <= FREE | WEAKER:
                return f"a yes to other values of {sorted(new - FREE - WEAKER)}"
            bound = plan["summary"]["lowerBound"]
            if plan["status"] != "infeasible" and triple.fewest is not None and bound > triple.fewest:
                return f"a yes to a bound of {bound}, and {triple.fewest} are enough"
        if which == 2 and triple.fewest is not None and bounds and bounds[0] > triple.fewest:
            return f"a yes to a bound of {bounds[0]}, and {triple.fewest} are enough: {path}"
        return None


def differences(one: Any, other: Any, key: str = "") -> set[str]:
    """The keys under which two documents differ; numbers compare by value."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = set(one) | set(other)
        absent = {name for name in keys if one.get(name) is None and other.get(name) is None}
        empty = {name for name in keys if not one.get(name) and not other.get(name) and name == "labels"}
        found = (differences(one.get(name), other.get(name), name) for name in sorted(keys - absent - empty))
        return set().union(*found)
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return {key}
        if all(isinstance(entry, dict) for entry in [*one, *other]):  # the order of rows means nothing
            one, other = (sorted(rows, key=written) for rows in (one, other))
        return set().union(*(differences(a, b, key) for a, b in zip(one, other, strict=True)))
    numbers = [value for value in (one, other) if isinstance(value, int | str) and not isinstance(value, bool)]
    try:
        same = one == other or (len(numbers) == 2 and float(one) == float(other))
    except ValueError:
        same = False
    return set() if same else {key}


def run(first: int, count: int, folder: Path, *, every: int = 0) -> tuple[list[str], Counter[tuple[int, int]]]:
    """The findings of a range of seeds, and how often which pair of exit codes came up."""
    sources, judge, findings = triples(), Judge(folder), []
    for seed in range(first, first + count):
        triple = sources[seed % len(sources)]
        finding = judge.judge(triple, seed)
        if finding is not None:
            documents = [file.read_text(errors="replace") for file in judge.files]
            findings.append(json.dumps({"seed": seed, "case": triple.name, "finding": finding, "documents": documents}))
        if every and (seed - first) % every == every - 1:
            print(seed + 1, dict(judge.count), len(findings), file=sys.stderr, flush=True)
    return findings, judge.count


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="SEED")
    parser.add_argument("--count", type=int, default=10_000)
    options = parser.parse_args()
    words = os.dup(2)
    sys.stderr = os.fdopen(words, "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # the program's own words, a line or more for every mutant
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        findings, count = run(options.first, options.count, Path(folder), every=10_000)
    print("\n".join(findings))
    print(
        f"seeds {options.first} to {options.first + options.count - 1}: {len(findings)} findings; "
        f"(program, Python) exit codes {dict(sorted(count.items()))}"
    )
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
