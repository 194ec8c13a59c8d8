"""From a fleet to its compact problem, in the canonical form of ``docs/certificate.md``."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import compress

from .apart import apart
from .copies import may_be, rooms
from .existing import Existing, charge, charged_as_new
from .fine import MILLION
from .fleet import Fleet, Workload
from .nodes import counting, most_of_all
from .problem import MAX_TOTAL, Bin, Item, Problem
from .reading import Budget, RefutedError
from .splits import charge as charge_part
from .splits import part, seats


@dataclass
class Encoded:
    """The problem, and which item types each workload's unit makes."""

    problem: Problem
    items_of: dict[int, list[int]]  # index of a unit -> an item type for each copy, those first that have least choice
    splits: dict[int, list[tuple[int, int, set[int]]]]  # of a split's: item type, replicas, bin types where they run
    unit_of: dict[int, int]  # index of a workload -> unit
    bin_of: list[int]  # index of a site -> bin type
    class_of: list[int]  # index of a unit -> class


def conflict_rows(fleet: Fleet, budget: Budget) -> tuple[list[int], list[int]]:
    """The kind of each unit (those of the same workload signatures are alike); the kinds that each conflicts with.

    A kind's own bit says that two of its units conflict.
    """
    signatures: dict[object, int] = {}
    samples: list[Workload] = []
    sets: list[frozenset[int]] = []
    for unit in fleet.units:
        members: set[int] = set()
        for workload in unit:
            budget.spend(1 + len(fleet.distrust))
            number = signatures.setdefault(fleet.signature(workload), len(samples))
            if number == len(samples):
                samples.append(workload)
            members.add(number)
        sets.append(frozenset(members))
    refused = apart(fleet, samples, budget)
    kinds: dict[tuple[frozenset[int], int], int] = {}
    kind_of: list[int] = []
    for number, (unit, held) in enumerate(zip(fleet.units, sets, strict=True)):
        # replicas of a split always may share, also where others of their kind may not
        alone = unit[0].split and unit[0].replicas > 1 and any(refused[it] >> it & 1 for it in held)
        kind_of.append(kinds.setdefault((held, number if alone else -1), len(kinds)))
    rows: list[int] = []
    masks = [sum(1 << number for number in members) for members, _ in kinds]
    plain = masks == [1 << number for number in range(len(samples))]  # each kind is of one signature, in their order
    for own, (kind_members, alone_) in enumerate(kinds):
        reached = 0
        for number in kind_members:
            reached |= refused[number]
        budget.spend(1 + len(masks))
        row = reached if plain else sum(1 << kind for kind, mask in enumerate(masks) if reached & mask)
        rows.append(row & ~(1 << own) if alone_ >= 0 else row)
    return kind_of, rows


def counted_kinds(fleet: Fleet, kind_of: list[int]) -> Counter[int]:
    """How many units there are of each kind: of a split its replicas."""
    counts: Counter[int] = Counter()
    for unit, kind in zip(fleet.units, kind_of, strict=True):
        counts[kind] += unit[0].replicas if unit[0].split else 1
    return counts


def merge_twins(counts: Counter[int], rows: list[int], budget: Budget) -> list[int]:
    """The class of each kind: two units are of one class if every third unit conflicts with both or with neither."""
    leaders: dict[tuple[int, bytes], int] = {}  # by what they have in common with their twins: the class
    wide = len(rows) // 8 + 1
    classes: list[int] = []
    found = 0
    for a, row in enumerate(rows):  # kinds are numbered by their first unit, so classes are as well
        budget.spend(2 + len(rows) // 32)
        # third units see two twins alike: in conflict with one another or not, their rows differ in themselves alone;
        # and a third unit of kind a sees a unit of its own kind and one of the twin
        keys = [
            (between, key.to_bytes(wide, "little"))  # the hashes of numbers that differ in one bit are few
            for between, key in ((1, row | 1 << a), (0, row & ~(1 << a)))
            if counts[a] < 2 or row >> a & 1 == between
        ]
        twins = [leaders[it] for it in keys if it in leaders]
        if twins:
            classes.append(min(twins))
            continue
        leaders.update(dict.fromkeys(keys, found))
        classes.append(found)
        found += 1
    return classes


def between_classes(counts: Counter[int], rows: list[int], class_of: list[int]) -> list[int]:
    """The classes that each class conflicts with; its own bit says that two of its units conflict."""
    first = {klass: kind for kind, klass in reversed([*enumerate(class_of)])}
    leads = [kind == first[klass] for kind, klass in reversed([*enumerate(class_of)])]  # as bits are written
    merged = not all(leads)
    conflicts: list[int] = []
    for klass, kind in sorted(first.items()):
        row = rows[kind]
        if merged:  # twins see every other class alike
            row = int("".join(compress(f"{row:0{len(rows)}b}", leads)), 2)
        conflicts.append(row & ~(1 << klass))
    members = [0] * len(conflicts)
    for kind, klass in enumerate(class_of):
        members[klass] |= 1 << kind
    for kind, klass in enumerate(class_of):
        others = members[klass] & ~(1 << kind)
        if rows[kind] & others or (counts[kind] > 1 and rows[kind] >> kind & 1):
            conflicts[klass] |= 1 << klass
    return conflicts


def strangers(
    of_units: list[list[str]], classes: list[int], conflicts: list[int], budget: Budget
) -> dict[int, list[str]]:
    """What each unit bears of what it has: of those that have it, in their order, each that refuses all before it."""
    borne: dict[int, list[str]] = {}
    taken: dict[str, int] = {}  # the classes of the units taken
    refused: set[tuple[str, int]] = set()
    for number, (names, klass) in enumerate(zip(of_units, classes, strict=True)):
        for name in names:
            budget.spend(1)
            if (name, klass) in refused:
                continue
            before = taken.setdefault(name, 0)
            if before & ~conflicts[klass]:
                refused.add((name, klass))
                continue
            taken[name] = before | 1 << klass
            borne.setdefault(number, []).append(name)
    return borne


def carriers(fleet: Fleet, classes: list[int], conflicts: list[int], budget: Budget) -> dict[int, list[str]]:
    """The units that carry what a tenant takes once in a cluster."""
    heavy = {tenant for tenant, once in fleet.overheads.items() if any(once.values())} - fleet.everywhere
    if not heavy:
        return {}
    of_units = [sorted({workload.tenant for workload in unit} & heavy) for unit in fleet.units]
    return strangers(of_units, classes, conflicts, budget)


@dataclass
class Counted:
    """A dimension of what is counted once in a cluster."""

    borne: dict[int, int]  # how many a unit bears
    most: list[int | None]  # of each site, beside those of the platform


def counts(fleet: Fleet, classes: list[int], conflicts: list[int], budget: Budget) -> list[Counted]:
    """Namespaces and tenants, where some site has a maximum that all units together pass."""
    found: list[Counted] = []
    for what in ("namespaces", "tenants"):
        most = [most_of_all(fleet, site.template, what) for site in fleet.sites]
        if all(it is None for it in most):
            continue
        bearers = strangers(counting(fleet)[what], classes, conflicts, budget)
        borne = {number: len(names) for number, names in bearers.items()}
        copies = [1 if unit[0].split else unit[0].copies for unit in fleet.units]
        if min(it for it in most if it is not None) < sum(count * copies[unit] for unit, count in borne.items()):
            found.append(Counted(borne, most))
    return found


def bin_types(
    fleet: Fleet, shapes: list[tuple[list[int], int]], lists: set[tuple[int, ...]], charges: set[Charge]
) -> list[int]:
    """The bin type of each site: existing clusters that nothing tells apart are one."""
    marks: dict[object, int] = {}
    result: list[int] = []
    for number, site in enumerate(fleet.sites):
        mark: object = number
        if isinstance(site, Existing):
            open_to = frozenset(sites for sites in lists if number in sites)
            charged = frozenset((one, dict(one[1])[number]) for one in charges if number in dict(one[1]))
            limit = site.of if any(it.name == site.of and it.max_count is not None for it in fleet.templates) else None
            crowd = [region for region in site.regions if fleet.regions[region].most is not None]
            mark = (tuple(shapes[number][0]), shapes[number][1], site.keep, limit, *crowd, open_to, charged)
        result.append(marks.setdefault(mark, len(marks)))
    return result


def bins_and_terms(fleet: Fleet, problem: Problem, shapes: list[tuple[list[int], int]], bin_of: list[int]) -> None:
    """The bin types with their limits, and which of them are kept."""
    members: dict[int, list[int]] = {}
    for number, bin_ in enumerate(bin_of):
        members.setdefault(bin_, []).append(number)
    kept: list[int] = []
    for numbers in members.values():
        capacity, cost = shapes[numbers[0]]
        site = fleet.sites[numbers[0]]
        exists = isinstance(site, Existing)
        problem.bins.append(Bin(capacity, cost, len(numbers) if exists else None))
        kept.append(len(numbers) if isinstance(site, Existing) and site.keep else 0)
    problem.terms.kept = kept if any(kept) else []
    limits: list[tuple[int | None, list[int]]] = []
    for template in fleet.templates:
        ours = {
            bin_of[number]
            for number, site in enumerate(fleet.sites)
            if (site.of == template.name if isinstance(site, Existing) else site.template is template)
        }
        limits.append((template.max_count, sorted(ours)))
    for region in fleet.regions.values():
        there = {bin_of[number] for number, site in enumerate(fleet.sites) if region.name in site.regions}
        limits.append((region.most, sorted(there)))
    for most, ours_ in limits:
        if most is None or not ours_:
            continue
        if len(ours_) == 1:
            bin_type = problem.bins[ours_[0]]
            bin_type.max_count = most if bin_type.max_count is None else min(most, bin_type.max_count)
        else:
            problem.terms.limits.append((ours_, most))


Charge = tuple[int, tuple[tuple[int, int], ...]]  # wherever it does not stay; at sites


# unit, number of one with several copies (else -1), how many copies, size, sites, charge; where replicas of a split run
Row = tuple[int, int, int, tuple[int, ...], tuple[int, ...], Charge, tuple[str, ...]]


def rows_of(
    fleet: Fleet, carried: dict[int, list[str]], counted: list[Counted], budget: Budget, *, charged: bool
) -> list[Row]:
    """The copies of each unit that may be at the same sites."""
    rows_: list[Row] = []
    several = 0
    for number, unit in enumerate(fleet.units):
        budget.spend(len(unit) * (len(fleet.resources) + len(fleet.sites)))
        once = [fleet.overheads[tenant] for tenant in carried.get(number, [])]
        borne = tuple(it.borne.get(number, 0) for it in counted)
        if unit[0].split:
            first = size_of(fleet, [part(unit[0], 1)], once) + borne
            plain = size_of(fleet, [part(unit[0], 1)], []) + (0,) * len(counted)
            heavy = int(first != plain)  # what is taken, or counts, once is taken by one of them
            for sites, count, homes in seats(fleet, unit[0], may_be(fleet, unit)):
                base, other = charge_part(fleet, unit[0], homes, sites) if charged else (0, {})
                for many, size in ((heavy, first), (count - heavy, plain)):
                    row = (number, -1, many, size, sites, (base, tuple(sorted(other.items()))), homes)
                    rows_ += [row] if many else []
                heavy = 0
            continue
        size = size_of(fleet, unit, once) + borne
        mark = several if unit[0].copies > 1 else -1
        several += mark >= 0
        for sites, count in rooms(fleet, unit, may_be(fleet, unit)):
            base, other = charge(fleet, unit, sites) if charged else (0, {})
            rows_.append((number, mark, count, size, sites, (base, tuple(sorted(other.items()))), ()))
    return rows_


def size_of(fleet: Fleet, unit: list[Workload], once: list[dict[str, int]]) -> tuple[int, ...]:
    """What a unit takes of each dimension, with what its tenants take once."""
    if len(fleet.groups) == 1 and not once:
        return tuple(sum([workload.total[resource] for workload in unit]) for resource in fleet.resources)
    return tuple(
        sum(workload.total[resource] for workload in unit if workload.pool == group)
        + (sum(row.get(resource, 0) for row in once) if group is None else 0)
        for group in fleet.groups
        for resource in fleet.resources
    )


def encode(fleet: Fleet, budget: Budget, charged: bool = False, share: int | None = None) -> Encoded:
    """The compact problem of a fleet; with the charges of moves, or without; of that share of what is usable."""
    kind_of, rows = conflict_rows(fleet, budget)
    copies = counted_kinds(fleet, kind_of)
    class_of = merge_twins(copies, rows, budget)
    conflicts = between_classes(copies, rows, class_of)
    classes = [class_of[kind] for kind in kind_of]
    carried = carriers(fleet, classes, conflicts, budget)
    counted = counts(fleet, classes, conflicts, budget)
    rows_ = rows_of(fleet, carried, counted, budget, charged=charged)
    problem = Problem(len(fleet.groups) * len(fleet.resources) + len(counted), [], [], conflicts)
    totals = [sum(row[2] * row[3][q] for row in rows_) for q in range(problem.dimensions)]
    shapes: list[tuple[list[int], int]] = []
    for number, site in enumerate(fleet.sites):
        nothing = dict.fromkeys(fleet.resources, 0)  # a pool that the template does not have
        usable = [
            site.template.usable.get(group, nothing).get(resource, MAX_TOTAL + 1)
            for group in fleet.groups
            for resource in fleet.resources
        ]
        if share is not None:  # what is unlimited has no share
            usable = [most if most > MAX_TOTAL else min(most, most * share // MILLION) for most in usable]
        usable += [MAX_TOTAL + 1 if (most := it.most[number]) is None else most for it in counted]
        capacity = [total if most > MAX_TOTAL else most for most, total in zip(usable, totals, strict=True)]
        shapes.append((capacity, site.cost(0) or 0))
    bin_of = bin_types(fleet, shapes, {row[4] for row in rows_}, {row[5] for row in rows_})
    bins_and_terms(fleet, problem, shapes, bin_of)
    # moves that are not charged count nothing
    further = {"moves": charged_as_new(fleet)}
    highest = {key: most + further.get(key, 0) for key, most in fleet.highest.items() if charged or key != "moves"}
    problem.terms.most.update(highest)
    types: dict[tuple[int, tuple[int, ...], tuple[int, ...], int, Charge], list[tuple[int, int, set[int]]]] = {}
    titles = {site.name: n for n, site in enumerate(fleet.sites) if isinstance(site, Existing)}
    for number, mark, count, size, sites, (base, stays), homes in rows_:
        open_to = tuple(sorted({bin_of[site] for site in sites}))
        one = (base, tuple(sorted({(bin_of[site], amount) for site, amount in stays})))
        own = {bin_of[titles[title]] for title in homes} | (set(open_to) if len(open_to) == 1 else set[int]())
        types.setdefault((class_of[kind_of[number]], size, open_to, mark, one), []).append((number, count, own))
    unit_of = {workload.index: number for number, unit in enumerate(fleet.units) for workload in unit}
    items_of: dict[int, list[int]] = {}
    splits: dict[int, list[tuple[int, int, set[int]]]] = {}
    charges: list[tuple[int, dict[int, int]]] = []
    marks: list[int | None] = []
    for index, ((klass, item_size, open_to, mark, (base, stays)), units) in enumerate(sorted(types.items())):
        problem.items.append(Item(list(item_size), sum(count for _, count, _ in units), klass, list(open_to)))
        charges.append((base, dict(stays)))
        marks.append(None if mark < 0 else mark)
        for number, count, own in units:
            if fleet.units[number][0].split:
                splits.setdefault(number, []).append((index, count, own))
            else:
                items_of.setdefault(number, []).extend([index] * count)
    for listed in items_of.values():
        listed.sort(key=lambda index: (len(problem.items[index].eligible), index))
    for seated in splits.values():
        seated.sort(key=lambda it: (len(problem.items[it[0]].eligible), it[0]))
    problem.terms.charges = charges if any(base or any(stays.values()) for base, stays in charges) else []
    problem.terms.units = marks if any(mark is not None for mark in marks) else []
    return Encoded(problem, items_of, splits, unit_of, bin_of, classes)


def compare(derived: Problem, given: Problem) -> None:
    """Refutes a certificate about another problem."""
    if derived.dimensions != given.dimensions:
        raise RefutedError("problem.dimensions", f"{given.dimensions}, the fleet has {derived.dimensions}")
    if derived.terms != given.terms:
        raise RefutedError("problem.terms", f"{given.terms}, the fleet makes {derived.terms}")
    for place, ours, theirs in (
        ("problem.bins", derived.bins, given.bins),
        ("problem.items", derived.items, given.items),
        ("problem.conflicts", derived.conflicts, given.conflicts),
    ):
        if len(ours) != len(theirs):
            raise RefutedError(place, f"{len(theirs)} entries, the fleet makes {len(ours)}")
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            if one != other:
                raise RefutedError(f"{place}[{index}]", f"{other}, the fleet makes {one}")
