"""What the checker does with many numbers at once is what it would do with each alone."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from tenantry.check.cover import Kind, affordable
from tenantry.check.encode import merge_twins
from tenantry.check.heaviest import Candidate, Table
from tenantry.check.packed import Rows, lots
from tenantry.check.problem import mirrored
from tenantry.check.reading import Budget, UndecidedError


@pytest.mark.parametrize("most", [5, 2**31 - 1, 2**31, 2**63 - 1, 2**63, 2**64, 2**127, 2**130])
def test_rows_are_lists_of_numbers(most: int) -> None:
    draw = random.Random(most)
    for _ in range(50):
        count = draw.randint(1, 20)
        rows = Rows(count, most)
        one, other = ([draw.choice([0, most, draw.randint(0, most)]) for _ in range(count)] for _ in range(2))
        a, b = (sum(number << rows.wide * at for at, number in enumerate(row)) for row in (one, other))
        assert list(rows.numbers(a)) == one and rows.last(a) == one[-1]
        assert list(rows.numbers(rows.larger(a, b))) == list(map(max, one, other))
        places, value = draw.randint(0, count), most - max(one)
        later = ([0] * places + [number + value for number in one])[:count]
        assert list(rows.numbers(rows.later(a, places, value))) == later


def test_lots_make_every_number_up_to_theirs() -> None:
    for count in range(70):
        sums = {0}
        for lot in lots(count):
            sums |= {found + lot for found in sums}
        assert sums == set(range(count + 1))


@pytest.mark.parametrize("big", [1, 2**29, 2**35, 2**63, 2**70])
def test_a_table_is_a_knapsack_of_one_a_clique(big: int) -> None:
    draw = random.Random(big)
    for _ in range(60):
        pool = [
            Candidate(draw.randint(0, 9) * big, draw.choice([1, 2, 5, 17, 40]), [draw.randint(0, 9)], 0, item)
            for item in range(draw.randint(1, 6))
        ]
        cut, width = draw.randint(0, len(pool)), draw.randint(1, 60)
        cliques = [clique for clique in (pool[:cut], pool[cut:]) if clique]
        table = Table([0], [width], [width])
        table.fill(cliques, 0, {one.item: one.copies for one in pool}, Budget(10**6))
        row = [0] * (width + 1)
        expected = [row]
        for clique in reversed(cliques):
            choices = [(one, taken) for one in clique for taken in range(one.copies + 1)]
            row = [
                max(
                    row[load - taken * one.size[0]] + taken * one.weight
                    for one, taken in choices
                    if taken * one.size[0] <= load
                )
                for load in range(width + 1)
            ]
            expected.insert(0, row)
        assert [list(found) for found in table.rows[0]] == expected


def test_bins_are_affordable_if_some_choice_of_them_is() -> None:
    draw = random.Random(7)
    words: Counter[tuple[int, bool]] = Counter()
    for case in range(800):
        rows = draw.randint(1, 2)
        cents = (1, 100_003)[case % 2]  # prices for which choices are tried one by one
        kinds = []
        for _ in range(draw.randint(1, 3)):
            price = draw.randint(1, 9) * cents + case % 2
            room = [draw.choice([0, 1, 3, 7]) for _ in range(rows)]
            kinds.append(Kind(price, draw.choice([None, 0, 1, 2]), room))
        asked, most = [draw.randint(0, 20) for _ in range(rows)], draw.randint(0, 20) * cents
        reached = {(0, *[0] * rows)}
        for kind in kinds:
            counts = range((most // kind.price if kind.most is None else kind.most) + 1)
            bins = [(count * kind.price, *(count * room for room in kind.room)) for count in counts]
            reached = {
                tuple(x + y for x, y in zip(found, more, strict=True))
                for found in reached
                for more in bins
                if found[0] + more[0] <= most
            }
        exists = any(all(x >= y for x, y in zip(found[1:], asked, strict=True)) for found in reached)
        assert affordable(kinds, asked, most, Budget(10**6)) == exists
        words[cents, exists] += 1
    assert len(words) == 4
    assert min(words.values()) > 50


def test_too_many_choices_are_put_aside_by_nobody() -> None:
    # 120,000 bins are asked for, and one less can be paid: tables have no room for the prices
    kinds = [Kind(1_000_003, None, [at % 2, 1 - at % 2]) for at in range(30)]
    with pytest.raises(UndecidedError):
        affordable([*kinds, Kind(2_000_007, None, [0, 1])], [60_000, 60_000], 119_999 * 1_000_003, Budget(10**8))


@pytest.mark.parametrize("count", [0, 1, 2, 8, 9, 65, 1024, 1025, 2100])
def test_a_matrix_is_mirrored(count: int) -> None:
    draw = random.Random(count)
    rows = [draw.getrandbits(index + 1) & draw.getrandbits(index + 1) for index in range(count)]
    whole = mirrored(rows)
    assert [row & (2 << index) - 1 for index, row in enumerate(whole)] == rows
    pairs = [(draw.randrange(count), draw.randrange(count)) for _ in range(2000)] if count else []
    assert all(whole[a] >> b & 1 == whole[b] >> a & 1 for a, b in pairs)
    assert sum(map(int.bit_count, whole)) == sum(
        2 * row.bit_count() - (row >> index & 1) for index, row in enumerate(rows)
    )


def test_twins_are_alike_to_every_third_unit() -> None:
    draw = random.Random(5)
    merged = 0
    for _ in range(3000):
        number, share = draw.randint(1, 8), draw.choice([0.1, 0.5, 0.8, 0.95, 1])
        rows = [0] * number
        for a in range(number):
            for b in range(a + 1):
                if draw.random() < share:
                    rows[a] |= 1 << b
                    rows[b] |= 1 << a
        counts = Counter({kind: draw.randint(1, 2) for kind in range(number)})
        units = [kind for kind in range(number) for _ in range(counts[kind])]

        def alike(a: int, b: int, rows: list[int] = rows, units: list[int] = units) -> bool:
            left = list(units)
            left.remove(a)
            left.remove(b)
            return all(rows[a] >> it & 1 == rows[b] >> it & 1 for it in left)

        classes: list[int] = []
        leaders: list[int] = []
        for kind in range(number):
            found = next((klass for klass, leader in enumerate(leaders) if alike(leader, kind)), len(leaders))
            leaders += [kind] if found == len(leaders) else []
            classes.append(found)
        assert merge_twins(counts, rows, Budget(10**6)) == classes
        merged += len(leaders) < number
    assert merged > 500
