"""One peer on one instance: `solve.py PEER FILE SECONDS`. Prints a line of JSON; the solver's own log goes elsewhere.

Every peer gets the same: conflicts between items that do not fit together added, the components of the compatibility
graph apart, clique rows for the conflicts, the greedy packing as a start, its number of bins as the upper and the
larger of continuous and clique bound as the lower limit, and a large clique fixed against symmetry.
One thread. The limit is on the CPU time of the process and its children.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from clock import Clock
from instance import Bin, Instance, NoRoom, Packing, best, decreasing, saturation
from shares import by_shares

MOST_CELLS = 3_000_000
"""A model of more variables than this is not built: it would not be solved within any limit used here."""


class NotModelled(Exception):
    """The peer has no model of this, or one too large to be built."""


def start(part: Instance) -> Packing:
    return best(lambda: decreasing(part), lambda: saturation(part))


def by_parts(instance: Instance, clock: Clock, solve) -> tuple[Packing, int, str]:
    """Every component apart, those that the greedy packing closes at once: the packing, the bound, and a remark."""
    if not instance.simple:
        return start(instance), instance.bound(), "several kinds of bin are not modelled for it"
    packing: Packing = []
    bound, note = 0, ""
    for part, items in sorted(instance.strengthened().components(), key=lambda found: len(found[1])):
        first, lower = start(part), part.bound()
        if len(first) > lower and clock.spent() < clock.limit:
            try:
                found, proved = solve(part, first, lower, clock)
            except (NotModelled, TimeoutError) as reason:
                found, proved, note = None, lower, str(reason) or "nothing within the limit"
            lower = max(lower, min(proved, len(first)))
            first = found if found is not None and len(found) < len(first) else first
        bound += lower
        packing += [Bin((items[item], copies) for item, copies in bin.items()) for bin in first]
    return packing, bound, note


class Model:
    """A linear model: columns with upper bounds, rows as (columns, coefficients, low, high)."""

    def __init__(self):
        self.upper: list[int] = []
        self.cost: list[int] = []
        self.rows: list[tuple[list[int], list[int], float, float]] = []
        self.low: dict[int, int] = {}

    def column(self, upper: int, cost: int = 0) -> int:
        self.upper.append(upper)
        self.cost.append(cost)
        return len(self.upper) - 1

    def row(self, terms: list[tuple[int, int]], low: float, high: float):
        self.rows.append(([column for column, _ in terms], [value for _, value in terms], low, high))


INFINITY = float("inf")


def assignment(part: Instance, first: Packing, lower: int):
    """x[i][b] copies of i in bin b, y[b] bin b is used, z[c][b] class c is in bin b where copies make that matter."""
    count = len(first)
    items = range(len(part.sizes))
    if len(part.sizes) * count > MOST_CELLS:
        raise NotModelled("too many variables")
    model = Model()
    clique = part.clique()
    y = [model.column(1, 1) for _ in range(count)]
    x = [[model.column(part.demand[i]) for _ in range(count)] for i in items]
    single = part.unit
    if single:
        of_class = {vertex: item for item, vertex in enumerate(part.classes)}
        z = {vertex: x[of_class[vertex]] for vertex in of_class}
    else:
        needed = [vertex for vertex, row in enumerate(part.rows) if row]
        z = {vertex: [model.column(1) for _ in range(count)] for vertex in needed}
        for i in items:
            vertex = part.classes[i]
            if vertex in z:
                for b in range(count):
                    model.row([(x[i][b], 1), (z[vertex][b], -part.demand[i])], -INFINITY, 0)
    for i in items:
        model.row([(x[i][b], 1) for b in range(count)], part.demand[i], part.demand[i])
    for b in range(count):
        for q, capacity in enumerate(part.capacity):
            terms = [(x[i][b], part.sizes[i][q]) for i in items if part.sizes[i][q]]
            model.row([*terms, (y[b], -capacity)], -INFINITY, 0)
        if b + 1 < count:
            model.row([(y[b], 1), (y[b + 1], -1)], 0, INFINITY)
    for cover in part.cliques():
        for b in range(count):
            model.row([*((z[vertex][b], 1) for vertex in cover), (y[b], -1)], -INFINITY, 0)
    for vertex, row in enumerate(part.rows):
        if row >> vertex & 1:
            for b in range(count):
                model.row([(x[i][b], 1) for i in items if part.classes[i] == vertex], 0, 1)
    if single:
        for b, vertex in enumerate(clique):
            model.low[z[vertex][b]] = 1
    for b in range(lower):
        model.low[y[b]] = 1
    model.row([(column, 1) for column in y], lower, count)

    values = [0] * len(model.upper)
    # the start, its bins in an order that agrees with the fixed clique
    inside = [{part.classes[i] for i in bin} for bin in first]
    order = []
    if single:
        for vertex in clique:
            order.append(next(b for b in range(count) if vertex in inside[b]))
    order += [b for b in range(count) if b not in order]
    for b, old in enumerate(order):
        values[y[b]] = 1
        for i, copies in first[old].items():
            values[x[i][b]] = copies
            if part.classes[i] in z:
                values[z[part.classes[i]][b]] = 1

    def read(value) -> Packing:
        bins = [{i: round(value(x[i][b])) for i in items if value(x[i][b]) > 0.5} for b in range(count)]
        return [bin for bin in bins if bin]

    return model, values, read


def representatives(part: Instance, first: Packing, lower: int):
    """x[i][j]: copy j is in the bin that copy i represents, i before j in an order of falling size."""
    copies, of = part.copies()
    copies = copies.strengthened()
    largest = [max((s / c for s, c in zip(size, part.capacity, strict=True)), default=0) for size in copies.sizes]
    clique = copies.clique()
    place = {copy: at for at, copy in enumerate(clique)}
    order = sorted(range(len(of)), key=lambda copy: (place.get(copy, len(of)), -largest[copy], copy))
    rank = {copy: at for at, copy in enumerate(order)}
    count = len(order)
    if count * count > 2 * MOST_CELLS:
        raise NotModelled("too many variables")
    model = Model()
    x: dict[tuple[int, int], int] = {}
    for a, copy in enumerate(order):
        x[a, a] = model.column(1, 1)
        for b in range(a + 1, count):
            if not copies.rows[copy] >> order[b] & 1:
                x[a, b] = model.column(1)
    inward: list[list[int]] = [[] for _ in order]
    outward: list[list[int]] = [[] for _ in order]
    for (a, b), column in x.items():
        inward[b].append(column)
        if a != b:
            outward[a].append(b)
    for b in range(count):
        model.row([(column, 1) for column in inward[b]], 1, 1)
    cover = [{rank[copy] for copy in clique} for clique in copies.cliques()]
    for a, copy in enumerate(order):
        for q, capacity in enumerate(part.capacity):
            terms = [(x[a, b], copies.sizes[order[b]][q]) for b in outward[a] if copies.sizes[order[b]][q]]
            model.row([*terms, (x[a, a], copies.sizes[copy][q] - capacity)], -INFINITY, 0)
        later = set(outward[a])
        covered = set()
        for clique in cover:
            both = sorted(later & clique)
            if len(both) > 1:
                model.row([*((x[a, b], 1) for b in both), (x[a, a], -1)], -INFINITY, 0)
                covered.update(both)
        for b in later - covered:
            model.row([(x[a, b], 1), (x[a, a], -1)], -INFINITY, 0)
    for a in range(len(place)):
        model.low[x[a, a]] = 1
    model.row([(x[a, a], 1) for a in range(count)], lower, len(first))

    values = [0] * len(model.upper)
    waiting: dict[int, list[int]] = {}
    for copy, item in enumerate(of):
        waiting.setdefault(item, []).append(copy)
    for bin in first:
        inside = sorted(rank[waiting[item].pop()] for item, number in bin.items() for _ in range(number))
        for b in inside:
            values[x[inside[0], b]] = 1

    def read(value) -> Packing:
        bins: dict[int, dict[int, int]] = {}
        for (a, b), column in x.items():
            if value(column) > 0.5:
                bin = bins.setdefault(a, {})
                bin[of[order[b]]] = bin.get(of[order[b]], 0) + 1
        return list(bins.values())

    return model, values, read


def cp_sat(part: Instance, first: Packing, lower: int, clock: Clock):
    from ortools.sat.python import cp_model

    model, values, read = assignment(part, first, lower)
    cp = cp_model.CpModel()
    columns = [cp.new_int_var(model.low.get(c, 0), upper, "") for c, upper in enumerate(model.upper)]
    for places, coefficients, low, high in model.rows:
        total = cp_model.LinearExpr.weighted_sum([columns[place] for place in places], coefficients)
        if coefficients and low == -INFINITY and high == 0 and all(k == 1 for k in coefficients[:-1]):
            # a clique row: at most one of them, and only in a bin that is used
            cp.add(total <= 0)
        elif low == high:
            cp.add(total == int(low))
        else:
            if low > -INFINITY:
                cp.add(total >= int(low))
            if high < INFINITY:
                cp.add(total <= int(high))
    cp.minimize(sum(columns[c] for c, cost in enumerate(model.cost) if cost))
    for column, value in zip(columns, values, strict=True):
        cp.add_hint(column, value)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = 10 * clock.left()
    done = clock.watch(solver.stop_search)
    status = solver.solve(cp)
    done.set()
    found = read(lambda c: solver.value(columns[c])) if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None
    return found, int(-(-solver.best_objective_bound // 1))


def highs(formulation):
    def solve(part: Instance, first: Packing, lower: int, clock: Clock):
        import highspy
        import numpy

        model, values, read = formulation(part, first, lower)
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        solver.setOptionValue("mip_rel_gap", 0.0)
        solver.setOptionValue("mip_abs_gap", 0.999)
        solver.setOptionValue("time_limit", 10 * clock.left())
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(model.upper), len(model.rows)
        lp.col_cost_ = numpy.array(model.cost, dtype=float)
        lp.col_lower_ = numpy.array([model.low.get(c, 0) for c in range(lp.num_col_)], dtype=float)
        lp.col_upper_ = numpy.array(model.upper, dtype=float)
        lp.row_lower_ = numpy.array([row[2] if row[2] > -INFINITY else -highspy.kHighsInf for row in model.rows])
        lp.row_upper_ = numpy.array([row[3] if row[3] < INFINITY else highspy.kHighsInf for row in model.rows])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = numpy.cumsum([0] + [len(row[0]) for row in model.rows])
        lp.a_matrix_.index_ = numpy.array([c for row in model.rows for c in row[0]], dtype=numpy.int32)
        lp.a_matrix_.value_ = numpy.array([k for row in model.rows for k in row[1]], dtype=float)
        lp.integrality_ = [highspy.HighsVarType.kInteger] * lp.num_col_
        solver.passModel(lp)
        begin = highspy.HighsSolution()
        begin.col_value = [float(value) for value in values]
        solver.setSolution(begin)
        solver.HandleUserInterrupt = True
        done = clock.watch(solver.cancelSolve)
        solver.run()
        done.set()
        info = solver.getInfo()
        found = None
        if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
            column = solver.getSolution().col_value
            found = read(lambda c: column[c])
        bound = info.mip_dual_bound
        return found, int(-(-(bound - 1e-6) // 1)) if abs(bound) < 1e15 else 0

    return solve


def scip(part: Instance, first: Packing, lower: int, clock: Clock):
    from pyscipopt import Model as Scip
    from pyscipopt import quicksum

    model, values, read = representatives(part, first, lower)
    solver = Scip()
    solver.hideOutput()
    solver.setParam("timing/clocktype", 1)
    solver.setParam("limits/absgap", 0.999)
    columns = [
        solver.addVar(vtype="B" if upper == 1 else "I", lb=model.low.get(c, 0), ub=upper, obj=model.cost[c])
        for c, upper in enumerate(model.upper)
    ]
    for places, coefficients, low, high in model.rows:
        total = quicksum(k * columns[c] for c, k in zip(places, coefficients, strict=True))
        if low == high:
            solver.addCons(total == low)
        else:
            if low > -INFINITY:
                solver.addCons(total >= low)
            if high < INFINITY:
                solver.addCons(total <= high)
    begin = solver.createSol()
    for column, value in zip(columns, values, strict=True):
        if value:
            solver.setSolVal(begin, column, value)
    solver.addSol(begin)
    solver.setParam("limits/time", clock.left())
    solver.optimize()
    found = None
    if solver.getNSols():
        best = solver.getBestSol()
        found = read(lambda c: solver.getSolVal(best, columns[c]))
    bound = solver.getDualbound()
    return found, int(-(-(bound - 1e-6) // 1)) if abs(bound) < 1e15 else 0


def arc_flow(part: Instance, first: Packing, lower: int, clock: Clock):
    """VPSolver with CBC: every clique of a greedy cover is one more resource of capacity one."""
    import signal
    import subprocess

    from pyvpsolver import VBP, VPSolver

    cover = part.cliques()
    for vertex, row in enumerate(part.rows):
        if row >> vertex & 1 and not any(vertex in clique for clique in cover):
            cover.append([vertex])
    if any(part.rows) and not part.unit:
        # several copies of a class in one bin: a 0/1 resource for each clique does not say that
        raise NotModelled("copies of a class that has conflicts")
    if len(cover) > 400:
        raise NotModelled(f"{len(cover)} cliques")
    sizes = [[*part.sizes[i], *(int(part.classes[i] in clique) for clique in cover)] for i in range(len(part.sizes))]
    model = VBP([*part.capacity, *([1] * len(cover))], sizes, part.demand, verbose=False)
    out = Path(tempfile.mkstemp(suffix=".out")[1])
    tool = Path(sys.executable).parent / "vpsolver_coinor.sh"
    environment = {**os.environ, "PATH": f"{tool.parent}:{os.environ['PATH']}"}
    with out.open("w") as log:
        # bash reports the CPU time of cbc, which it waits for, when it ends; until then the group's is read
        process = subprocess.Popen(
            ["bash", str(tool), "--vbp", model.filename, "--pyout"],
            stdout=log, stderr=log, env=environment, start_new_session=True,
        )  # fmt: skip
        while process.poll() is None:
            time.sleep(0.1)
            running = group(process.pid)
            if clock.spent() + running > clock.limit:
                clock.killed += running
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise TimeoutError
    objective, solution = VPSolver.parse_vbpsol(out.read_text())
    out.unlink()
    packing: Packing = []
    for number, pattern in solution[0]:
        bin: dict[int, int] = {}
        for item, _ in pattern:
            bin[item] = bin.get(item, 0) + 1
        packing += [dict(bin) for _ in range(number)]
    return packing, objective


def group(leader: int) -> float:
    """CPU seconds of the running processes of a session."""
    total = 0.0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[3]) == leader:
                total += sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    return total


def greedy(heuristic):
    def solve(instance: Instance, clock: Clock):
        return heuristic(instance), instance.bound(), ""

    return solve


PEERS = {
    "FFD": greedy(decreasing),
    "DSATUR": greedy(saturation),
    "CP-SAT": lambda instance, clock: (
        by_parts(instance, clock, cp_sat) if instance.simple else by_shares(instance, clock, start)
    ),
    "HiGHS assignment": lambda instance, clock: by_parts(instance, clock, highs(assignment)),
    "HiGHS representatives": lambda instance, clock: by_parts(instance, clock, highs(representatives)),
    "SCIP representatives": lambda instance, clock: by_parts(instance, clock, scip),
    "VPSolver + CBC": lambda instance, clock: by_parts(instance, clock, arc_flow),
}


def main():
    peer, path, limit = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
    instance = Instance.read(path)
    # loading a library is not counted
    needs = {"CP": "ortools.sat.python.cp_model", "Hi": "highspy", "SC": "pyscipopt", "VP": "pyvpsolver"}
    if peer[:2] in needs:
        __import__(needs[peer[:2]])
    clock = Clock(limit)
    try:
        packing, bound, note = PEERS[peer](instance, clock)
        answer = {"bins": len(packing), "bound": bound, "cpu": clock.spent(), "note": note}
        answer["fault"] = instance.fault(packing)
    except NoRoom:
        answer = {"bins": None, "bound": 0, "cpu": clock.spent(), "fault": None, "note": "no packing found"}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
