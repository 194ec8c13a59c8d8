"""Whole calls from the shell under a limit, reading and writing included: what they take and what they say, as a table.

``python run.py PROGRAM [--markdown FILE] [KIND:COUNT[:LIMIT] ...]``; without kinds, those of the results. A
``brownfield`` is audited, planned, migrated to its plan, and asked for its frontier, in tables of their own
(``RUNNING``). It makes its own fleets (``generate.py``) and keeps nothing. The tables go to standard output row by row,
and at the end to FILE.
Nothing here fails on a figure: machines differ. Standard library only; needs wait4 (not on Windows).
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

GENERATE = Path(__file__).with_name("generate.py")
USUAL = [
    *(f"{kind}:{count}" for count in (10_000, 100_000) for kind in ("menu", "dense", "gpus", "tight", "templates")),
    *("islands:10000", "islands:100000", "menu:1000000", "dense:1000000"),
    *("better10:2000", "better40:2000", "betterislands:2000"),
    *(f"{kind}:{count}:{limit}" for count in (10_000, 100_000) for kind in ("menu", "tight") for limit in ("0.1", "1")),
    *("rules:1000:1", "rules:20000:1", "refusals:20000:1", "waivers:2000:1", "untrusted:100000:1"),
    *("customers:100000:1", "profiles:300000:1", "flood:2000000:1"),
    *("brownfield:5000:30", "brownfield:50000:120", "levers:5000:30", "levers200:5000:30"),
]
LIMIT = "10"
TOOK = ("wall s", "CPU s", "peak MB")
COLUMNS = ("shape", "count", "limit s", "wall s", "CPU s", "peak MB", "clusters", "bound", "status", "left out")
# what stands before this in a plan document is small
AFTER_THE_SUMMARY = '"levels":'
HEAD = 1 << 20


def head(plan: Path) -> dict[str, Any]:
    """A plan document up to its summary; nothing where there is none."""
    if not plan.exists():
        return {}
    with plan.open(encoding="utf-8") as file:
        text, found, rest = file.read(HEAD).partition(AFTER_THE_SUMMARY)
    assert found, "the plan document has another order"
    levels, _ = json.JSONDecoder().raw_decode(rest.lstrip())
    return dict(json.loads(text.rstrip().rstrip(",") + "}")) | {"levels": levels}


def measured(arguments: list[str]) -> tuple[int, str, list[str]]:
    """The exit code of a call, what it said last, and what it took."""
    began = time.monotonic()
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read().decode().strip().splitlines()
    _, ended, used = os.wait4(process.pid, 0)
    wall, cpu, peak = time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss
    process.returncode = code = os.waitstatus_to_exitcode(ended)
    megabytes = peak // (1_000_000 if sys.platform == "darwin" else 1_000)
    return code, said[-1] if said else "nothing said", [f"{wall:.1f}", f"{cpu:.1f}", f"{megabytes}"]


def audited(program: str, fleet: Path, count: str, _limit: str) -> list[str]:
    """A row about an audit."""
    out = fleet.with_name("audit.json")
    code, said, figures = measured([program, "audit", str(fleet), "--format", "json", "-o", str(out)])
    assert code in (0, 1), said
    audit = json.loads(out.read_text(encoding="utf-8"))
    summary = audit["summary"]
    return [count, str(summary["clusters"]), *figures, str(summary["violations"]), str(len(audit["groups"]))]


def aimed(program: str, fleet: Path, count: str, limit: str) -> list[str]:
    """A row about a plan of few clusters and few moves."""
    out = fleet.with_name(f"{fleet.stem}-plan.json")
    out.unlink(missing_ok=True)
    code, said, figures = measured(
        [program, "plan", str(fleet), "--time-limit", limit, "--format", "json", "-o", str(out)]
    )
    plan = head(out)
    found = [str(level.get(key, "-")) for level in plan.get("levels", []) for key in ("value", "bound")]
    return [count, limit, *figures, *(found or ["-"] * 4), plan.get("status", f"exit {code}: {said}")]


def migrated(program: str, fleet: Path, count: str, _limit: str) -> list[str]:
    """A row about the order of moves to the plan that the row above it is about."""
    plan, out = fleet.with_name(f"{fleet.stem}-plan.json"), fleet.with_name("migration.json")
    out.unlink(missing_ok=True)
    code, said, figures = measured([program, "migrate", str(fleet), str(plan), "--format", "json", "-o", str(out)])
    if not out.exists():
        return [count, *figures, *["-"] * 5, f"exit {code}: {said}"]
    migration = json.loads(out.read_text(encoding="utf-8"))
    summary = migration["summary"]
    found = [str(summary[key]) for key in ("moved", "batches", "left", "brokenToday", "brokenAfter")]
    return [count, *figures, *found, migration["status"]]


def frontier(program: str, fleet: Path, count: str, limit: str) -> list[str]:
    """A row about what fewer clusters take: both ends of it."""
    out = fleet.with_name("frontier.json")
    out.unlink(missing_ok=True)
    code, said, figures = measured(
        [program, "frontier", str(fleet), "--time-limit", limit, "--format", "json", "-o", str(out)]
    )
    if not out.exists():
        return [count, limit, *figures, *["-"] * 5, f"exit {code}: {said}"]
    answer = json.loads(out.read_text(encoding="utf-8"))
    points = answer["points"]
    ends = [f"{it['clusters']}: {it['moves']['value']} (>= {it['moves']['bound']})" for it in points[:1] + points[-1:]]
    found = [str(len(points)), *(ends or ["-", "-"]), str(answer["leastMoves"]), str(answer["runs"])]
    return [count, limit, *figures, *found, answer["status"]]


def asked_about(program: str, kind: str, fleet: Path, count: str, limit: str) -> list[list[str]]:
    """Rows about the levers of a fleet: its plan, why so many, prices, what would have to change for one less."""
    out = fleet.with_name("answer.json")
    shared = ["--time-limit", limit, "--format", "json", "-o", str(out)]
    rows = []
    clusters = 0
    for question in ("plan", "why", "prices", "relax"):
        out.unlink(missing_ok=True)
        more = ["--clusters", str(clusters - 1), "--limit", "1000"] if question == "relax" else []
        code, said, figures = measured([program, question, str(fleet), *more, *shared])
        row = [question, kind, count, limit, *figures]
        if not out.exists():
            rows.append([*row, "-", "-", f"exit {code}: {said}"])
            continue
        answer = json.loads(out.read_text(encoding="utf-8"))
        if question == "plan":
            clusters = answer["summary"]["clusters"]
            rows.append([*row, "1", "-", f"{clusters} clusters, {answer['status']}"])
        elif question == "why":
            rows.append([*row, "1", "-", f"not below {answer['bound']}, {answer['status']}"])
        elif question == "prices":
            costly = sum(1 for it in answer["levers"] if it["saves"]["least"])
            known = sum(1 for it in answer["levers"] if it["saves"]["least"] == it["saves"]["most"])
            found = f"{known} of {len(answer['levers'])} prices exact, {costly} save clusters"
            rows.append([*row, str(answer["runs"]), str(answer["stopped"]), found])
        else:
            sizes = [len(it["levers"]) for it in answer["sets"]]
            found = f"{len(sizes)} sets, {sum(1 for it in sizes if it < 3)} of one or two"
            complete = "complete" if answer["complete"] else f"{len(answer['undecided'])} open"
            rows.append([*row, str(answer["runs"]), str(answer["stopped"]), f"{found}, {complete}"])
    return rows


ASKED = ("question", "shape", "workloads", "limit s", *TOOK, "plans", "stopped", "answer")

# what is done with fleets that run: the sentence above the table, its columns, who makes a row of it
RUNNING: list[tuple[str, tuple[str, ...], Callable[[str, Path, str, str], list[str]]]] = [
    (
        "`tenantry audit FLEET --format json -o AUDIT` of what runs today:",
        ("workloads", "clusters", *TOOK, "violations", "groups"),
        audited,
    ),
    (
        "`tenantry plan FLEET --time-limit LIMIT --format json -o PLAN` of the same fleets:",
        ("workloads", "limit s", *TOOK, "clusters", "bound", "moves", "bound", "status"),
        aimed,
    ),
    (
        "`tenantry migrate FLEET PLAN --format json -o MIGRATION` to these plans:",
        ("workloads", *TOOK, "moved", "batches", "left", "broken today", "broken after", "status"),
        migrated,
    ),
    (
        "`tenantry frontier FLEET --time-limit LIMIT --format json -o FRONTIER`; its ends: moves (>= bound):",
        ("workloads", "limit s", *TOOK, "numbers", "fewest", "most", "least moves", "runs", "status"),
        frontier,
    ),
]


def call(program: str, spec: str, room: Path) -> list[str]:
    kind, count, *limits = spec.split(":")
    limit = limits[0] if limits else LIMIT
    fleet, out = room / ("fleet.yaml" if kind == "flood" else "fleet.json"), room / "plan.json"
    out.unlink(missing_ok=True)
    subprocess.run([sys.executable, str(GENERATE), kind, count, str(fleet)], check=True)
    code, said, figures = measured(
        [program, "plan", str(fleet), "--time-limit", limit, "--format", "json", "-o", str(out)]
    )
    plan = head(out)
    summary = plan.get("summary", {})
    status = plan.get("status", f"exit {code}: {said}")
    left_out = ", ".join(f"{it['figure']} ({it['because']})" for it in plan.get("leftOut", []))
    found = [str(summary.get(key, "-")) for key in ("clusters", "lowerBound")]
    return [kind, count, limit, *figures, *found, status, left_out or "-"]


def line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures whole calls.")
    parser.add_argument("program")
    parser.add_argument("--markdown", type=Path, help="write the section here too")
    parser.add_argument("specs", nargs="*", default=USUAL, metavar="KIND:COUNT[:LIMIT]")
    asked = parser.parse_intermixed_args()
    version = subprocess.run([asked.program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    running = [spec for spec in asked.specs if spec.startswith("brownfield")]
    levered = [spec for spec in asked.specs if spec.startswith("levers")]
    planned = [spec for spec in asked.specs if spec not in running + levered]
    lines = [
        "## Whole calls",
        "",
        f"`make bench-calls`: {version}, {platform.machine()}, {os.cpu_count()} cores; reading and writing included.",
    ]
    if planned:
        lines += [
            "`tenantry plan FLEET --time-limit LIMIT --format json -o PLAN` from the shell.",
            "`count` is the number of workloads; of `rules`, `refusals` and `waivers` that of the rules, of `profiles`",
            "that of the tenants, of `flood` that of the errors (`benches/calls/generate.py`).",
            "",
            line(list(COLUMNS)),
            "|" + "---|" * len(COLUMNS),
        ]
    print("\n".join(lines), flush=True)
    with tempfile.TemporaryDirectory() as room:
        for spec in planned:
            lines.append(line(call(asked.program, spec, Path(room))))
            print(lines[-1], flush=True)
        fleets = {}
        for spec in running:
            kind, count, *limits = spec.split(":")
            fleets[spec] = Path(room) / f"{kind}-{count}.json", count, limits[0] if limits else LIMIT
            subprocess.run([sys.executable, str(GENERATE), kind, count, str(fleets[spec][0])], check=True)
        for sentence, columns, row in RUNNING if running else []:
            lines += ["", sentence, "", line(list(columns)), "|" + "---|" * len(columns)]
            print("\n".join(lines[-5:]), flush=True)
            for fleet, count, limit in fleets.values():
                lines.append(line(row(asked.program, fleet, count, limit)))
                print(lines[-1], flush=True)
        if levered:
            lines += [
                "",
                "`tenantry plan`, `why`, `prices`, `relax --clusters N-1` of fleets with 40 levers and with 200 rules:",
                "",
                line(list(ASKED)),
            ]
            lines.append("|" + "---|" * len(ASKED))
            print("\n".join(lines[-5:]), flush=True)
        for spec in levered:
            kind, count, *limits = spec.split(":")
            fleet = Path(room) / "levers.json"
            subprocess.run([sys.executable, str(GENERATE), kind, count, str(fleet)], check=True)
            for cells in asked_about(asked.program, kind, fleet, count, limits[0] if limits else LIMIT):
                lines.append(line(cells))
                print(lines[-1], flush=True)
    if asked.markdown:
        asked.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
