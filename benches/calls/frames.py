"""From a frame to a plan and back: ``python frames.py [COUNT[:LIMIT] ...]``, LIMIT the seconds of the plan.

Of each count a frame is made and kept in a file (Arrow IPC); then, in a process of its own each, polars and pandas read
it, a fleet is made of it and planned, and the assignments come back as a frame. Said is what the whole process took,
from its start to its end, its peak, and the parts. Needs the wheel, polars, pandas, pyarrow, and wait4 (not on
Windows).

The fleet: 2,000 tenants of very unequal size, of which two in a hundred refuse one another, two stages that are kept
apart, three resources, labels of team and cost centre. The same count gives the same bytes.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

USUAL = ("100000:0.5", "1000000:1", "1000000")
TENANTS = 2_000


def make(count: int, file: Path) -> None:
    """Writes the workloads."""
    import polars as pl

    draw = random.Random(count)
    numbers = range(count)
    owners = [min(int(draw.paretovariate(1.1)) - 1, TENANTS - 1) for _ in numbers]
    frame = pl.DataFrame(
        {
            "name": [f"workload-{number}" for number in numbers],
            "tenant": [f"tenant-{owner}" for owner in owners],
            "attributes.stage": [draw.choice(("live", "live", "test")) for _ in numbers],
            "labels.team": [f"team-{owner % 97}" for owner in owners],
            "labels.cost-centre": [str(4_000 + owner % 311) for owner in owners],
            "replicas": [draw.choice((1, 1, 2, 3, 5)) for _ in numbers],
            "cores": [draw.choice((0.05, 0.1, 0.25, 0.5, 1.0, 2.0)) for _ in numbers],
            "gib": [draw.choice((0.0625, 0.125, 0.5, 1.0, 4.0)) for _ in numbers],
            "gpus": [draw.choice((1, 1, 2, 4)) if draw.random() < 0.05 else None for _ in numbers],
        }
    )
    frame.write_ipc(file)


def tenants() -> list[dict[str, Any]]:
    draw = random.Random(TENANTS)
    return [
        {
            "name": f"tenant-{number}",
            "trust": "trusted",
            "distrusts": [f"tenant-{it}" for it in range(number + 1, TENANTS) if draw.random() < 0.02] or None,
        }
        for number in range(TENANTS)
    ]


def whole(library: str, file: Path, limit: float | None) -> None:
    """The way there and back, and what its parts took."""
    marks = [("start", time.perf_counter())]

    def mark(name: str) -> None:
        marks.append((name, time.perf_counter()))

    import tenantry

    if library == "polars":
        import polars

        frame: Any = polars.read_ipc(file)
    else:
        import pandas

        frame = pandas.read_feather(file)
    mark("read the file")
    fleet = tenantry.Fleet.from_tables(
        frame,
        tenants(),
        {"attributes": {"stage": ["live", "test"]}, "separate": [{"by": "stage"}]},
        [{"name": "standard", "allocatable": {"cpu": 800, "memory": "3200Gi", "nvidia.com/gpu": 100, "pods": 40_000}}],
        as_of="2026-11-28",
        columns={"cores": "requests.cpu", "gib": "requests.memory", "gpus": "requests.nvidia.com/gpu"},
        units={"cpu": "cores", "memory": "GiB"},
    )
    mark("to a fleet")
    plan = tenantry.plan(fleet, time_limit=limit)
    mark("to a plan")
    back = plan.assignments.to_polars() if library == "polars" else plan.assignments.to_pandas()
    mark("back")
    assert len(back) == len(frame)
    parts = [f"{name} {at - before:.2f}" for (_, before), (name, at) in pairwise(marks)]
    print(f"{', '.join(parts)}; {plan.status}, {plan.numbers.clusters} clusters, at least {plan.lower_bound}")


def measured(library: str, file: Path, limit: str) -> str:
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, __file__, "--whole", library, str(file), limit], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = process.stdout.read().strip()
    _, ended, used = os.wait4(process.pid, 0)
    process.returncode = code = os.waitstatus_to_exitcode(ended)
    wall, peak = time.monotonic() - began, used.ru_maxrss // (1_000_000 if sys.platform == "darwin" else 1_000)
    return f"{wall:.2f} | {used.ru_utime + used.ru_stime:.2f} | {peak} | {said if code == 0 else f'failed: {code}'}"


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--whole"]:
        return whole(arguments[1], Path(arguments[2]), float(arguments[3]) if arguments[3] else None)
    if arguments[:1] == ["--make"]:
        return make(int(arguments[1]), Path(arguments[2]))
    print("| workloads | limit s | frame | wall s | CPU s | peak MB | parts, in seconds |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for argument in arguments or USUAL:
            count, _, limit = argument.partition(":")
            file = Path(folder) / f"{count}.arrow"
            if not file.exists():
                subprocess.run([sys.executable, __file__, "--make", count, str(file)], check=True)
            for library in ("polars", "pandas"):
                print(f"| {count} | {limit or 'none'} | {library} | {measured(library, file, limit)} |", flush=True)
    return None


if __name__ == "__main__":
    main(sys.argv[1:])
