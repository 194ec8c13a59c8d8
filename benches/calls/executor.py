"""One fleet's plan here and over process pools, as a table: ``python executor.py [ISLANDS [WORKLOADS]]``.

The fleet has so many islands (8) of so many workloads each (120) that are hard: two resources, two or three workloads
in a cluster. Each plan is made by one thread here and so many processes; the bytes are compared. Nothing here fails on
a time: machines differ.
"""

import os
import platform
import random
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import tenantry

WORK = 8_000_000_000


def fleet(islands: int, workloads: int) -> tenantry.Fleet:
    draw = random.Random(1)
    builder = tenantry.Fleet.builder("islands").template("t", cpu=1000, memory=1000)
    for island in range(islands):
        builder.tenant(f"t{island}", trust="untrusted")
        for number in range(workloads):
            cpu, memory = draw.randint(200, 500), draw.randint(200, 500)
            builder.workload(f"w{number}", tenant=f"t{island}", cpu=cpu, memory=memory)
    return builder.build()


def main() -> None:
    islands, workloads = (int(number) for number in (sys.argv[1:] + ["8", "120"][len(sys.argv) - 1 :]))
    asked = fleet(islands, workloads)
    print(f"{platform.machine()}, {os.cpu_count()} cores; {islands} islands of {workloads} workloads")
    print("| where | wall s | clusters | bound | same bytes |\n|---|---|---|---|---|")
    warnings.simplefilter("error", RuntimeWarning)
    first = None
    for processes in (0, 1, 2):
        pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn")) if processes else None
        if pool is not None:
            list(pool.map(len, [b""] * 4 * processes))  # they have started, and imported what they need
        began = time.monotonic()
        plan = tenantry.plan(asked, work_limit=WORK, threads=1, executor=pool)
        took = time.monotonic() - began
        bytes_of = plan.to_json(), plan.certificate_json
        first = first or bytes_of
        where = f"{processes} process{'es' * (processes > 1)}" if processes else "one thread here"
        same = "yes" if bytes_of == first else "no"
        print(f"| {where} | {took:.1f} | {plan.numbers.clusters} | {plan.lower_bound} | {same} |", flush=True)
        if pool is not None:
            pool.shutdown()


if __name__ == "__main__":
    main()
