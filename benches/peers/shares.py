"""CP-SAT where there are several kinds of bin, and not any number of each: islands share the bins out first.

Islands (components of the compatibility graph) have nothing in common but the numbers of bins. A first model gives each
island so many of each kind that its resources fit by their sums; its bound holds for all packings. Then each island is
packed into its share, greedily or by an assignment model. Where a share is proved too small, the first model learns
that the island needs one more of some kind, and is solved again (logic-based Benders decomposition). Where time for a
share runs out it learns the same, but its bound counts no longer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from clock import Clock
from instance import Bin, Instance, NoRoom, Packing

MOST_CELLS = 1_000_000
ROOM = 50
"""Thousandths of its load that an island is given beyond it where that costs no bin: without room little packs."""


@dataclass
class Island:
    part: Instance
    items: list[int]
    needs: list[tuple[list[int], list[int]]]
    """Kinds of bin, and the load of the items that fit in no other."""
    least: int
    small: list[list[int]] = field(default_factory=list)
    """Shares that are too small."""

    @classmethod
    def of(cls, part: Instance, items: list[int]) -> Island:
        fitting: dict[frozenset[int], list[int]] = {}
        for item, size in enumerate(part.sizes):
            kinds = frozenset(
                kind
                for kind, (capacity, _) in enumerate(part.kinds)
                if all(s <= c for s, c in zip(size, capacity, strict=True))
            )
            load = fitting.setdefault(kinds, [0] * len(size))
            for q, amount in enumerate(size):
                load[q] += part.demand[item] * amount
        fitting.setdefault(frozenset(range(len(part.kinds))), [0] * len(part.sizes[0]))
        needs = [
            (
                sorted(kinds),
                [sum(column) for column in zip(*(fitting[own] for own in fitting if own <= kinds), strict=True)],
            )
            for kinds in fitting
        ]
        return cls(part, items, needs, max(1, len(part.clique())))


def sharing(islands: list[Island], instance: Instance, fewest: int | None = None):
    """The first model: n[island][kind] bins, as few as there can be; with so many, those that leave most room."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    copies = sum(instance.demand)
    limits = [copies if most is None else most for _, most in instance.kinds]
    n = [[model.new_int_var(0, min(limit, sum(it.part.demand)), "") for limit in limits] for it in islands]
    for kind, limit in enumerate(limits):
        model.add(sum(row[kind] for row in n) <= limit)
    rooms = []
    for island, row in zip(islands, n, strict=True):
        model.add(sum(row) >= island.least)
        for kinds, load in island.needs:
            for q, amount in enumerate(load):
                model.add(sum(instance.kinds[kind].capacity[q] * row[kind] for kind in kinds) >= amount)
        for share in island.small:
            # of some kind one more
            more = [model.new_bool_var("") for _ in row]
            for one, number, had in zip(more, row, share, strict=True):
                model.add(number >= had + 1).only_enforce_if(one)
            model.add_bool_or(more)
        if fewest is not None:
            rooms.append(model.new_int_var(0, ROOM, ""))
            for q, amount in enumerate(island.part.loads):
                held = sum(kind.capacity[q] * number for kind, number in zip(instance.kinds, row, strict=True))
                model.add(1000 * held >= 1000 * amount + rooms[-1] * amount)
    total = sum(sum(row) for row in n)
    if fewest is None:
        model.minimize(total)
    else:
        model.add(total <= fewest)
        model.maximize(sum(rooms))
    return model, n


def shared_out(islands: list[Island], instance: Instance, clock: Clock) -> tuple[list[list[int]] | None, int]:
    """How many bins of each kind each island gets, and the bound; no shares: none are known."""
    from ortools.sat.python import cp_model

    known = (cp_model.OPTIMAL, cp_model.FEASIBLE)
    model, n = sharing(islands, instance)
    # sums that must be covered: with all of them in the linear programme 117 islands take 0.1 s, else more than 7
    solver, status = run(model, Clock(clock.left() / 3), linear=2)
    bound = round(-(-solver.best_objective_bound // 1)) if status in (*known, cp_model.UNKNOWN) else 0
    if status not in known:
        return None, bound
    found = [[solver.value(number) for number in row] for row in n]
    model, n = sharing(islands, instance, sum(map(sum, found)))
    for row, values in zip(n, found, strict=True):
        for number, value in zip(row, values, strict=True):
            model.add_hint(number, value)
    solver, status = run(model, Clock(clock.left() / 8), linear=2)
    if status in known:
        found = [[solver.value(number) for number in row] for row in n]
    return found, bound


def run(model, clock: Clock, linear: int = 1):
    """One thread, until this clock's limit; how much of the model its linear programme holds."""
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = linear
    solver.parameters.max_time_in_seconds = 10 * clock.left()
    done = clock.watch(solver.stop_search)
    status = solver.solve(model)
    done.set()
    return solver, status


def fill(part: Instance, share: list[int], clock: Clock) -> Packing | bool | None:
    """An island packed into its share; False: it cannot be; None: time ran out, or the model is too large."""
    from ortools.sat.python import cp_model

    bins = [kind for kind, number in enumerate(share) for _ in range(number)]
    items = range(len(part.sizes))
    if len(bins) * len(items) > MOST_CELLS:
        return None
    model = cp_model.CpModel()
    vertices = [vertex for vertex, row in enumerate(part.rows) if row]
    z = {vertex: [model.new_bool_var("") for _ in bins] for vertex in vertices}
    x: list[list] = []
    for item in items:
        size, vertex, demand = part.sizes[item], part.classes[item], part.demand[item]
        most = 1 if part.rows[vertex] >> vertex & 1 else demand
        row = []
        for at, kind in enumerate(bins):
            copies = min((c // s for c, s in zip(part.kinds[kind].capacity, size, strict=True) if s), default=most)
            row.append(model.new_int_var(0, min(copies, most), ""))
            if vertex in z:
                model.add(row[-1] <= min(copies, most) * z[vertex][at])
        model.add(sum(row) == demand)
        x.append(row)
    for at, kind in enumerate(bins):
        for q, capacity in enumerate(part.kinds[kind].capacity):
            model.add(sum(part.sizes[item][q] * x[item][at] for item in items if part.sizes[item][q]) <= capacity)
    for clique in part.cliques():
        for at in range(len(bins)):
            model.add_at_most_one(z[vertex][at] for vertex in clique)
    for vertex in vertices:
        if part.rows[vertex] >> vertex & 1:
            for at in range(len(bins)):
                model.add(sum(x[item][at] for item in items if part.classes[item] == vertex) <= 1)
    solver, status = run(model, clock)
    if status == cp_model.INFEASIBLE:
        return False
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return [
        Bin(((item, solver.value(x[item][at])) for item in items if solver.value(x[item][at])), kind)
        for at, kind in enumerate(bins)
    ]


def filled(islands: list[Island], shares: list[list[int]], clock: Clock, greedy) -> list[Packing | bool | None]:
    """Each island in its share: greedily first, then by the model, small ones first, each with its part of the time."""
    found: list[Packing | bool | None] = []
    for island, share in zip(islands, shares, strict=True):
        try:
            found.append(greedy(island.part.with_kinds(share)))
        except NoRoom:
            found.append(None)
    left = sorted((at for at, packing in enumerate(found) if packing is None), key=lambda at: len(islands[at].items))
    for number, at in enumerate(left):
        if clock.spent() >= clock.limit:
            break
        found[at] = fill(islands[at].part, shares[at], Clock(clock.left() / 2 / (len(left) - number)))
    return found


def together(islands: list[Island], shares, found, instance: Instance, greedy) -> Packing | None:
    """A packing of everything: islands that do not fit in their shares get what nobody was given as well."""
    given = [sum(column) for column in zip(*shares, strict=True)]
    spare = [
        None if kind.most is None else kind.most - number for kind, number in zip(instance.kinds, given, strict=True)
    ]
    packing: Packing = []
    for island, share, packed in zip(islands, shares, found, strict=True):
        own = packed
        if not own:
            more = [None if rest is None else number + rest for number, rest in zip(share, spare, strict=True)]
            try:
                own = greedy(island.part.with_kinds(more))
            except NoRoom:
                return None
            used = [sum(bin.kind == kind for bin in own) for kind in range(len(more))]
            spare = [None if rest is None else rest - number for rest, number in zip(more, used, strict=True)]
        packing += [Bin(((island.items[item], copies) for item, copies in bin.items()), bin.kind) for bin in own if bin]
    return packing


def by_shares(instance: Instance, clock: Clock, greedy) -> tuple[Packing, int, str]:
    """The packing, the bound and a remark."""
    islands = [Island.of(*found) for found in instance.components()]
    try:
        best: Packing | None = greedy(instance)
    except NoRoom:
        best = None
    bound, certain, note = instance.bound(), True, ""
    while clock.spent() < clock.limit and (best is None or len(best) > bound):
        shares, proved = shared_out(islands, instance, clock)
        if certain:
            bound = max(bound, proved)
        if shares is None:
            note = "no shares within the limit"
            break
        found = filled(islands, shares, clock, greedy)
        whole = together(islands, shares, found, instance, greedy)
        if whole is not None and (best is None or len(whole) < len(best)):
            best = whole
        if all(found):
            break
        for island, share, own in zip(islands, shares, found, strict=True):
            if not own:
                island.small.append(share)
                certain = certain and own is False
    if best is None:
        raise NoRoom
    return best, min(bound, len(best)), note
