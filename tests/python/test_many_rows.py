"""Frames of so many rows that their halves are read side by side: nothing but the time may tell."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
import tenantry

MANY = 60_000
TENANTS = [{"name": f"team-{number}", "trust": "trusted"} for number in range(7)]
TEMPLATES = [{"name": "t", "allocatable": {"cpu": 4000, "memory": "16000Gi", "pods": 200_000}}]


def columns() -> dict[str, list[Any]]:
    numbers = range(MANY)
    return {
        "name": [f"w-{number}" for number in numbers],
        "tenant": [f"team-{number % 7}" for number in numbers],
        "requests.cpu": [(0.25, 0.5, 2.0)[number % 3] for number in numbers],
        "requests.memory": [("64Mi", "1Gi")[number % 2] for number in numbers],
        "replicas": [number % 4 for number in numbers],
        "labels.cost": [str(number % 11) for number in numbers],
    }


def fleet(workloads: Any) -> tenantry.Fleet:
    return tenantry.Fleet.from_tables(workloads, TENANTS, None, TEMPLATES, as_of="2026-11-28")


def refused(workloads: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(tenantry.FleetError) as caught:
        fleet(workloads)
    return [(problem.code, problem.path, problem.message) for problem in caught.value.problems]


def rows(table: dict[str, list[Any]]) -> list[dict[str, Any]]:
    keys = list(table)
    return [dict(zip(keys, cells, strict=True)) for cells in zip(*table.values(), strict=True)]


def test_halves_are_one_fleet() -> None:
    table = columns()
    whole = pl.DataFrame(table)
    by_frame, by_rows = fleet(whole), fleet(rows(table))
    assert by_frame.digest == by_rows.digest
    assert by_frame.to_json() == by_rows.to_json()
    # of many batches, one of which lies across the middle
    parts = pl.concat([whole.slice(0, 10_001), whole.slice(10_001, 0), whole.slice(10_001)], rechunk=False)
    assert fleet(parts).to_json() == by_rows.to_json()
    # a million steps are enough for a plan of this; by the clock two might differ
    one, other = (tenantry.plan(it, work_limit=1_000_000) for it in (by_frame, by_rows))
    assert one.to_json() == other.to_json()
    assert one.assignments.to_polars()["workload"].n_unique() == MANY


@pytest.mark.parametrize(
    "wrong",
    [
        {MANY - 1: "stranger"},
        {3: "stranger"},
        {3: "stranger", MANY // 2 - 1: "stranger-2", MANY // 2: "stranger-3", MANY - 1: "stranger-4"},
    ],
)
def test_each_row_that_is_wrong_is_named_in_its_order(wrong: dict[int, str]) -> None:
    table = columns()
    for row, name in wrong.items():
        table["tenant"][row] = name
    told = refused(pl.DataFrame(table))
    assert told == refused(rows(table))
    assert [path for _, path, _ in told] == [f"workloads[{row}].tenant" for row in wrong]


@pytest.mark.parametrize("row", [5, MANY - 5])
def test_what_cannot_be_read_is_named_wherever_it_stands(row: int) -> None:
    table = columns()
    table["requests.memory"][row] = "64Mb?"
    table["replicas"][row] = -1
    told = refused(pl.DataFrame(table))
    assert told == refused(rows(table))
    assert {path for _, path, _ in told} == {f"workloads[{row}].requests.memory", f"workloads[{row}].replicas"}


def test_a_cell_that_no_document_holds_is_named_in_the_second_half() -> None:
    frame = pl.DataFrame(columns()).with_columns(
        since=pl.Series([None] * (MANY - 2) + [0, None], dtype=pl.Duration("us"))
    )
    named = frame.rename({"since": "labels.since"})
    with pytest.raises(tenantry.FleetError, match=rf"workloads row {MANY - 2}, column 'labels\.since': .*Duration"):
        fleet(named)
