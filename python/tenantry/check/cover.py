"""Whole bins: whether any choice of so many of each type, for so much, has the room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import gcd

from .packed import Rows, lots
from .reading import Budget, UndecidedError

MOST_CELLS = 1 << 23  # largest tables
LONG = 1 << 14  # above so many amounts choices are tried one by one first,
STEPS = 1 << 17  # in so many steps


@dataclass
class Kind:
    """A bin type: what one costs, how many there may be (``None``: any number), what one holds in each row."""

    price: int
    most: int | None
    room: list[int]


def affordable(kinds: list[Kind], asked: list[int], most: int, budget: Budget) -> bool:
    """Whether bins that cost at most ``most`` have the room ``asked`` in every row."""
    unit = gcd(*(kind.price for kind in kinds)) or 1  # what divides all prices is paid in whole numbers of it
    kinds = [replace(kind, price=kind.price // unit) for kind in kinds]
    most //= unit
    if most >= LONG:
        found = one_by_one(kinds, asked, most, budget)
        if found is not None:
            return found
    if len(asked) > 1 and (most + 1) * (len(kinds) + 1) * len(asked) > MOST_CELLS:
        raise UndecidedError
    budget.spend(most + 1)
    bins = [[useful(kind, row, wanted) for kind in kinds] for row, wanted in enumerate(asked)]
    shapes = [Rows(most + 1, sum(count * worth for count, worth in each)) for each in bins]
    if len(asked) == 1:
        most_room = 0
        for kind, of_use in zip(kinds, bins[0], strict=True):
            most_room = bought(shapes[0], most_room, kind, of_use, budget)
        return shapes[0].last(most_room) >= asked[0]
    tables: list[list[Sequence[int]]] = []
    for rows, each in zip(shapes, bins, strict=True):
        rooms = [0]  # from the last kind backwards: the most room that each amount buys from it on
        for kind, of_use in zip(reversed(kinds), reversed(each), strict=True):
            rooms.append(bought(rows, rooms[-1], kind, of_use, budget))
        tables.append([rows.numbers(it) for it in reversed(rooms)])
    stack = [(0, most, [0] * len(asked))]
    while stack:
        number, left, room = stack.pop()
        budget.spend(len(asked) + 1)
        if any(have + table[number][left] < wanted for have, table, wanted in zip(room, tables, asked, strict=True)):
            continue
        if number == len(kinds):
            return True
        kind = kinds[number]
        for taken in range(sensible(kind, room, asked, left) + 1):
            stack.append((number + 1, left - taken * kind.price, with_more(room, kind, taken)))
    return False


def one_by_one(kinds: list[Kind], asked: list[int], most: int, budget: Budget) -> bool | None:
    """The same by trying all choices; ``None`` where these are too many."""
    stack, steps = [(0, most, [0] * len(asked))], 0
    while stack:
        number, left, room = stack.pop()
        budget.spend(len(asked) * (len(kinds) - number + 1))
        short = [max(0, wanted - have) for have, wanted in zip(room, asked, strict=True)]
        if not any(short):
            return True
        # were bins sand, all of it for the kind that has the most room for it
        rest = kinds[number:]
        if not all(
            missing == 0 or any(it.room[row] and missing * it.price <= left * it.room[row] for it in rest)
            for row, missing in enumerate(short)
        ):
            continue
        if not rest:
            continue
        bins = sensible(rest[0], room, asked, left)
        steps += bins + 1  # whatever is put aside counts, so that a certificate cannot ask for any amount of memory
        if steps > STEPS:
            return None
        for taken in range(bins + 1):
            stack.append((number + 1, left - taken * rest[0].price, with_more(room, rest[0], taken)))
    return False


def sensible(kind: Kind, room: list[int], asked: list[int], left: int) -> int:
    """How many bins of a kind are of use beside those that have the room, and are to be had for what is left."""
    lacking = zip(room, asked, kind.room, strict=True)
    count = max([0, *(-((have - wanted) // worth) for have, wanted, worth in lacking if worth)])
    if kind.price > 0:
        count = min(count, left // kind.price)
    return count if kind.most is None else min(count, kind.most)


def with_more(room: list[int], kind: Kind, taken: int) -> list[int]:
    """The room with so many bins of a kind more."""
    return [have + taken * worth for have, worth in zip(room, kind.room, strict=True)]


def useful(kind: Kind, row: int, asked: int) -> tuple[int, int]:
    """How many bins of a kind there may be that are of use in a row, and the room of one."""
    worth = kind.room[row]
    wanted = -(-asked // worth) if worth else 0
    return wanted if kind.most is None else min(wanted, kind.most), worth


def bought(rows: Rows, without: int, kind: Kind, bins: tuple[int, int], budget: Budget) -> int:
    """The most room that each amount buys where bins of this kind may be bought, too: so many, of so much room."""
    room, (count, worth) = without, bins
    for lot in lots(count):
        paid = lot * kind.price
        if paid < rows.count:
            budget.spend(rows.count - paid)
            room = rows.larger(room, rows.later(room, paid, lot * worth))
    return room
