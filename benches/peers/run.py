"""Runs every peer on every exported instance: `run.py INSTANCES OURS OUT [--limit S] [--peer NAME]...`

INSTANCES is a folder that `table --peers --export` wrote, OURS the file that `table --peers --each` wrote. Each run is
a process of its own; OUT gets `results.csv` after every run (a second call carries on with what is missing).
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import report

FIELDS = ["instance", "peer", "bins", "bound", "cpu", "proved", "fault", "note"]
NEEDS = {
    "FFD": None,
    "DSATUR": None,
    "CP-SAT": "ortools",
    "HiGHS representatives": "highspy",
    "VPSolver + CBC": "pyvpsolver",
    "HiGHS assignment": "highspy",
    "SCIP representatives": "pyscipopt",
}
MEMORY = 8 << 30


def missing(peer: str) -> str | None:
    """Why a peer cannot run here."""
    module = NEEDS[peer]
    if module and importlib.util.find_spec(module) is None:
        return f"the Python package {module} is not installed"
    if peer.startswith("VPSolver"):
        if shutil.which("cbc") is None:
            return "the program cbc is not installed (Debian: coinor-cbc)"
        if not (Path(sys.executable).parent / "vpsolver_coinor.sh").exists():
            return "pyvpsolver's scripts are not installed"
    return None


def run(peer: str, path: Path, limit: float) -> dict:
    """One process. Its own clock stops the solver at the limit; the kernel stops it a good while later."""

    def limits():
        resource.setrlimit(resource.RLIMIT_CPU, (int(2 * limit) + 30, int(2 * limit) + 35))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    program = [sys.executable, str(Path(__file__).with_name("solve.py")), peer, str(path), str(limit)]
    try:
        done = subprocess.run(program, capture_output=True, text=True, timeout=12 * limit + 120, preexec_fn=limits)
        answer = json.loads(done.stdout.strip().splitlines()[-1])
    except subprocess.TimeoutExpired:
        return {"cpu": limit, "note": "did not stop"}
    except (IndexError, json.JSONDecodeError):
        why = (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
        return {"cpu": limit, "note": why[:120]}
    found = answer["bins"] is not None and not answer["fault"]
    proved = found and answer["bins"] <= answer["bound"] and answer["cpu"] <= 1.2 * limit
    return {**answer, "proved": int(proved)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("instances", type=Path)
    parser.add_argument("ours", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--limit", type=float, default=60, help="CPU seconds a run")
    parser.add_argument("--peer", action="append", choices=NEEDS)
    wanted = parser.parse_args()
    wanted.out.mkdir(parents=True, exist_ok=True)
    results = wanted.out / "results.csv"
    rows: list[dict] = []
    if results.exists():
        with results.open() as file:
            rows = [row for row in csv.DictReader(file) if row["peer"] != report.OURS]
    for line in wanted.ours.read_text().splitlines():
        own = json.loads(line)
        rows.append(
            {
                "instance": own["instance"],
                "peer": report.OURS,
                "bins": own["bins"],
                "bound": own["bound"],
                "cpu": own["cpu"] + own["check"],
                "proved": int(own["certified"] and own["cpu"] <= wanted.limit),
                "fault": own["wrong"],
                "note": "",
            }
        )
    done = {(row["instance"], row["peer"]) for row in rows}

    def save():
        with results.open("w", newline="") as file:
            writer = csv.DictWriter(file, FIELDS, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)

    order = [row["instance"] for row in rows if row["peer"] == report.OURS]
    absent = {}
    for peer in wanted.peer or NEEDS:
        why = missing(peer)
        if why:
            absent[peer] = why
            print(f"{peer} is left out: {why}", file=sys.stderr)
            continue
        for name in order:
            if (name, peer) in done:
                continue
            path = wanted.instances / f"{name.replace(' ', '_').replace('/', '_')}.json"
            row = {"instance": name, "peer": peer, **run(peer, path, wanted.limit)}
            print(*(row.get(field) for field in FIELDS), sep=", ", file=sys.stderr)
            rows.append(row)
            save()
    save()
    report.write(wanted.out, wanted.limit, absent)


if __name__ == "__main__":
    main()
