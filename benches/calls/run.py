"""Whole calls from the shell: wall clock, CPU and peak memory of ``tenantry plan`` under a limit, as a table.

``python run.py PROGRAM [KIND:WORKLOADS[:LIMIT] ...]``; without kinds, those of the results. Nothing here fails on a
figure: machines differ. Standard library only; needs wait4 (not on Windows).
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GENERATE = Path(__file__).with_name("generate.py")
USUAL = [
    *(f"{kind}:{count}" for count in (10_000, 100_000) for kind in ("menu", "dense", "gpus", "tight", "templates")),
    *("islands:10000", "islands:100000", "menu:1000000", "dense:1000000"),
    *("rules:1000:1", "rules:20000:1", "waivers:2000:1", "untrusted:100000:1", "customers:100000:1"),
    *("profiles:300000:1", "flood:2000000:1"),
]
LIMIT = "10"


def call(program: str, spec: str, room: Path) -> str:
    kind, count, *limit = spec.split(":")
    fleet, out = room / ("fleet.yaml" if kind == "flood" else "fleet.json"), room / "plan.json"
    subprocess.run([sys.executable, str(GENERATE), kind, count, str(fleet)], check=True)
    limits = limit[0] if limit else LIMIT
    began = time.monotonic()
    process = subprocess.Popen(
        [program, "plan", str(fleet), "--time-limit", limits, "--format", "json", "-o", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    said = process.stderr.read().decode().strip().splitlines()
    _, status, used = os.wait4(process.pid, 0)
    wall, cpu = time.monotonic() - began, used.ru_utime + used.ru_stime
    code = os.waitstatus_to_exitcode(status)
    last = said[-1] if said else ""
    return f"| {kind} | {count} | {limits} | {wall:.1f} | {cpu:.1f} | {used.ru_maxrss // 1024} | {code} | {last} |"


def main() -> None:
    program, *specs = sys.argv[1:]
    print("| kind | workloads or rules | limit s | wall s | CPU s | peak MiB | exit | what it says |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as room:
        for spec in specs or USUAL:
            print(call(program, spec, Path(room)), flush=True)


if __name__ == "__main__":
    main()
