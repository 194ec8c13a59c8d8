"""One fleet's plan here and over process pools, as a table: ``python executor.py [ISLANDS [WORKLOADS]]``.

The fleet has so many islands (16) of so many workloads each (60): two resources, two cluster templates with prices, and
the least cost is proved after the fewest clusters. Plans are made by one thread here, by two, and by one thread here
with so many processes; the bytes are compared. Nothing here fails on a time: machines differ.
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

OBJECTIVE = ["clusters", "cost"]
WORK = 40_000_000_000


def fleet(islands: int, workloads: int) -> tenantry.Fleet:
    draw = random.Random(1)
    builder = tenantry.Fleet.builder("islands").template("small", cpu=1000, memory=1000, cost=10)
    builder.template("large", cpu=1500, memory=1600, cost=14)
    for island in range(islands):
        builder.tenant(f"t{island}", trust="untrusted")
        for number in range(workloads):
            cpu, memory = draw.randint(120, 470), draw.randint(120, 470)
            builder.workload(f"w{number}", tenant=f"t{island}", cpu=cpu, memory=memory)
    return builder.build()


def main() -> None:
    islands, workloads = (int(number) for number in (sys.argv[1:] + ["16", "60"][len(sys.argv) - 1 :]))
    asked = fleet(islands, workloads)
    print(f"{platform.machine()}, {os.cpu_count()} cores; {islands} islands of {workloads} workloads")
    print("| where | wall s | clusters | cost | status | same bytes |\n|---|---|---|---|---|---|")
    warnings.simplefilter("error", RuntimeWarning)
    first = None
    for threads, processes in ((1, 0), (2, 0), (1, 1), (1, 2)):
        pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn")) if processes else None
        if pool is not None:
            list(pool.map(len, [b""] * 4 * processes))  # they have started, and imported what they need
        began = time.monotonic()
        plan = tenantry.plan(asked, objective=OBJECTIVE, work_limit=WORK, threads=threads, executor=pool)
        took = time.monotonic() - began
        bytes_of = plan.to_json(), plan.certificate_json
        first = first or bytes_of
        where = (
            f"{processes} process{'es' * (processes > 1)}"
            if processes
            else f"{threads} thread{'s' * (threads > 1)} here"
        )
        same = "yes" if bytes_of == first else "no"
        print(
            f"| {where} | {took:.1f} | {plan.numbers.clusters} | {plan.numbers.cost:g} | {plan.status} | {same} |",
            flush=True,
        )
        if pool is not None:
            pool.shutdown()


if __name__ == "__main__":
    main()
