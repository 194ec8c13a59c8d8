"""Whole bins: whether any choice of so many of each type, for so much, has the room."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import gcd

from .reading import Budget, UndecidedError

MOST_CELLS = 1 << 23  # largest tables


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
    if len(asked) == 1:
        room = [0] * (most + 1)
        for kind in kinds:
            room = bought(room, kind, 0, asked[0], budget)
        return room[most] >= asked[0]
    if (most + 1) * (len(kinds) + 1) * len(asked) > MOST_CELLS:
        raise UndecidedError
    tables: list[list[list[int]]] = []
    for row, wanted in enumerate(asked):
        rooms = [[0] * (most + 1)]  # from the last kind backwards: the most room that each amount buys from it on
        for kind in reversed(kinds):
            rooms.append(bought(rooms[-1], kind, row, wanted, budget))
        tables.append(rooms[::-1])
    stack = [(0, most, [0] * len(asked))]
    while stack:
        number, left, room = stack.pop()
        budget.spend(len(asked) + 1)
        if any(have + table[number][left] < wanted for have, table, wanted in zip(room, tables, asked, strict=True)):
            continue
        if number == len(kinds):
            return True
        kind = kinds[number]
        rows = zip(room, asked, kind.room, strict=True)
        needed = [-((have - wanted) // worth) for have, wanted, worth in rows if worth]
        count = max([0, *needed])
        if kind.price > 0:
            count = min(count, left // kind.price)
        if kind.most is not None:
            count = min(count, kind.most)
        for bins in range(count + 1):
            more = [have + bins * worth for have, worth in zip(room, kind.room, strict=True)]
            stack.append((number + 1, left - bins * kind.price, more))
    return False


def bought(without: list[int], kind: Kind, row: int, asked: int, budget: Budget) -> list[int]:
    """The most room in a row that each amount buys where bins of this kind may be bought, too."""
    worth, price = kind.room[row], kind.price
    left = -(-asked // worth) if worth else 0  # more than that is no use
    if kind.most is not None:
        left = min(left, kind.most)
    room = list(without)
    lot = 1
    while left > 0 and lot * price < len(room):
        lots = min(lot, left)
        left -= lots
        lot *= 2
        paid, more = lots * price, lots * worth
        if paid < len(room):
            budget.spend(len(room) - paid)
            with_lots = [have + more for have in room[: len(room) - paid]]
            room = room[:paid] + list(map(max, room[paid:], with_lots))
    return room
