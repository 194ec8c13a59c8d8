"""Tables of every make: round trips, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import tenantry

TENANTS = [{"name": "a", "trust": "trusted"}, {"name": "b", "trust": "trusted"}]
TEMPLATES = [{"name": "t", "allocatable.cpu": 9, "allocatable.memory": 9}]


def workloads(**columns: Any) -> dict[str, Any]:
    return {"name": ["w", "v"], "tenant": ["a", "b"], "requests.cpu": [1, 1], "requests.memory": [1, 1]} | columns


def sparse_fleet(count: int = 150) -> tenantry.Fleet:
    """Almost every key is in the last row only, and amounts are written in every way."""
    builder = (
        tenantry.Fleet.builder("sparse")
        .attribute("environment", ["prod", "dev"])
        .tenant("shop", trust="trusted")
        .tenant("ops", trust="trusted", platform=True, labels={"team/unit": "ops", "app.kubernetes.io/name": "x"})
        .tenant("lab", trust="untrusted", distrusts=["ops", "shop"], environment="dev", mitigations=["sandbox"])
        .template("t", cpu=1000, memory=1 << 60)
        .template("u", cpu="900", memory="1Ti", headroom=0.25, cost=1.5, max_count=3, labels={"size": "big"})
        .template(
            "v",
            cost={"cluster": 10, "perNode": "2.5"},
            node_pools=[
                {"name": "g", "allocatable": {"cpu": 8, "memory": "32Gi"}, "max": 4},
                {"name": "h", "allocatable": {"cpu": "7900m", "memory": 1 << 34, "nvidia.com/gpu": 2}, "max": 2},
            ],
        )
    )
    for index in range(count):
        builder.workload(f"w{index}", tenant="shop", cpu=1, memory=1)
    (
        builder.workload("x", tenant="shop", trust="hostile", cpu=1.5, memory="1Ki", replicas=(1, 3))
        .workload("y", tenant="lab", requests={"cpu": "250m", "memory": 2}, fixed_requests={"memory": 7}, replicas=2)
        .workload("z", tenant="shop", cpu=0, memory=(1 << 53) + 1, environment="prod", namespace="own")
        .workload("m", tenant="ops", cpu="10m", memory=1, per_cluster=True, labels={"cost.centre": "4711"})
    )
    return builder.build()


FRAMES: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "rows": lambda rows: rows,
    "pandas": pd.DataFrame,
    "pandas nullable": lambda rows: pd.DataFrame(rows).convert_dtypes(),
    "pandas arrow": lambda rows: pd.DataFrame(rows).convert_dtypes(dtype_backend="pyarrow"),
    "polars": pl.DataFrame,
    "polars, not strict": lambda rows: pl.DataFrame(rows, strict=False),
    "arrow": pa.Table.from_pylist,
    "arrow batch": pa.RecordBatch.from_pylist,
    "duckdb": lambda rows: duckdb.from_arrow(pa.Table.from_pylist(rows)),
}


@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("count", [0, 3, 150])
def test_round_trips_lose_nothing(kind: str, count: int, acme: tenantry.Fleet) -> None:
    for fleet in (sparse_fleet(count), acme):
        document = fleet.to_dict()
        rest = {key: document[key] for key in ("name", "asOf", "policy", "objective") if key in document}
        tables = {key: FRAMES[kind](rows) for key, rows in tenantry.to_tables(fleet).items()}
        assert tenantry.Fleet.from_tables(**tables, **rest) == fleet


def test_every_row_has_every_column_of_one_type() -> None:
    for rows in tenantry.to_tables(sparse_fleet()).values():
        for row in rows:
            assert list(row) == list(rows[0])
        for name in rows[0]:
            assert len({type(row[name]) for row in rows if row[name] is not None}) == 1, name


def test_two_columns_of_one_name_are_refused() -> None:
    tenants = pd.concat([pd.DataFrame(TENANTS), pd.DataFrame({"trust": ["hostile"] * 2})], axis=1)
    frame = pd.DataFrame(workloads())
    twice = pd.concat([frame, frame[["requests.cpu"]]], axis=1)
    with pytest.raises(tenantry.FleetError) as caught:
        tenantry.Fleet.from_tables(twice, tenants)
    found = [(it.code, it.table, it.column_name) for it in caught.value.problems]
    assert found == [("duplicate-key", "tenants", "trust"), ("duplicate-key", "workloads", "requests.cpu")]
    assert "tenants column 'trust': 2 columns have this name [duplicate-key]" in str(caught.value)
    arrow = pa.Table.from_arrays(
        [pa.array(["a"]), pa.array(["trusted"]), pa.array(["hostile"])], ["name", "trust", "trust"]
    )
    with pytest.raises(tenantry.FleetError, match="duplicate-key"):
        tenantry.Fleet.from_tables(workloads=frame, tenants=arrow)


def test_columns_that_say_the_same_are_refused_where_both_speak() -> None:
    frame = pd.DataFrame(workloads(requests=[None, {"cpu": 2}]))
    with pytest.raises(tenantry.FleetError) as caught:
        tenantry.Fleet.from_tables(frame, TENANTS, templates=TEMPLATES)
    (problem,) = caught.value.problems
    assert (problem.code, problem.row, problem.column_name) == ("duplicate-key", 1, "requests")
    one = pd.DataFrame(workloads(**{"replicas": [3, None], "replicas.min": [None, 1], "replicas.max": [None, 2]}))
    fleet = tenantry.Fleet.from_tables(one, TENANTS, templates=TEMPLATES)
    assert [row["replicas"] for row in fleet.to_dict()["workloads"]] == [3, {"min": 1, "max": 2}]
    with pytest.raises(TypeError, match="`as_of` and `asOf` are the same"):
        tenantry.Fleet.from_tables([], [], as_of="2026-11-26", asOf="2026-11-26")


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_problems_have_row_and_column(make: Any) -> None:
    columns = workloads(
        **{
            "labels.cost_centre": [None, 4711],
            "labels.team/unit": ["x", "y"],
            "attributes.customer": ["x", "y"],
        }
    )
    columns["requests.cpu"] = ["100q", "1"]
    columns["tenant"] = ["a", "bb"]
    with pytest.raises(tenantry.FleetError) as caught:
        tenantry.Fleet.from_tables(make(columns), TENANTS, templates=[{"name": "t", "alocatable.cpu": 1}])
    found = {(it.code, it.table, it.row, it.column_name, it.line, it.column) for it in caught.value.problems}
    assert ("bad-quantity", "workloads", 0, "requests.cpu", None, None) in found
    assert ("unknown-tenant", "workloads", 1, "tenant", None, None) in found
    assert ("wrong-type", "workloads", 1, "labels.cost_centre", None, None) in found
    assert ("unknown-key", "templates", 0, "alocatable.cpu", None, None) in found
    assert "workloads row 1, column 'labels.cost_centre': this is a number; got `4711`; expected a string" in str(
        caught.value
    )


def test_a_column_without_its_key_is_named() -> None:
    frame = pd.DataFrame({"name": ["w"], "tenant": ["a"], "cpu": [1], "requests.memory": [1]})
    with pytest.raises(tenantry.FleetError) as caught:
        tenantry.Fleet.from_tables(frame, TENANTS, templates=[{"name": "t", "cpu": 1, "memory": 1}])
    meant = {(it.table, it.column_name, it.suggestion) for it in caught.value.problems if it.code == "unknown-key"}
    assert meant == {
        ("workloads", "cpu", "requests.cpu"),
        ("templates", "cpu", "allocatable.cpu"),
        ("templates", "memory", "allocatable.memory"),
    }


def test_a_column_that_is_missing_is_a_problem_of_the_row() -> None:
    with pytest.raises(tenantry.FleetError) as caught:
        tenantry.Fleet.from_tables(pd.DataFrame({"name": ["w"]}), TENANTS, templates=TEMPLATES)
    assert "workloads row 0: the key `tenant` is missing [missing-key]" in map(str, caught.value.problems)


def test_single_precision_is_read_as_it_was_written() -> None:
    narrow = np.array([0.3, 0.1], dtype=np.float32)
    columns = workloads(**{"requests.cpu": narrow})
    arrow = pa.table(columns)
    assert str(arrow.schema.field("requests.cpu").type) == "float"
    frames = [pd.DataFrame(columns), pl.DataFrame(columns), arrow, duckdb.from_arrow(arrow)]
    frames += [pd.DataFrame(columns).convert_dtypes(), [{**row} for row in pd.DataFrame(columns).to_dict("records")]]
    frames += [pd.DataFrame(columns).convert_dtypes(dtype_backend="pyarrow")]
    for frame in frames[:5] + frames[6:]:
        fleet = tenantry.Fleet.from_tables(frame, TENANTS, templates=TEMPLATES)
        assert [row["requests"]["cpu"] for row in fleet.to_dict()["workloads"]] == [0.3, 0.1], type(frame)


def test_missing_cells_are_keys_that_are_not_there() -> None:
    columns = workloads(trust=["untrusted", None], replicas=[math.nan, 2.0], namespace=pd.array([pd.NA, "x"], "string"))
    for frame in (pd.DataFrame(columns), pl.DataFrame(columns | {"namespace": [None, "x"]})):
        first, second = tenantry.Fleet.from_tables(frame, TENANTS, templates=TEMPLATES).to_dict()["workloads"]
        assert "replicas" not in first
        assert "namespace" not in first
        assert "trust" not in second
        assert (second["replicas"], second["namespace"], first["trust"]) == (2, "x", "untrusted")
    with pytest.raises(tenantry.FleetError, match=r"tenants row 0, column 'distrusts': a value is missing"):
        tenantry.Fleet.from_tables([], [{"name": "a", "trust": "trusted", "distrusts": ["b", None]}])
    with pytest.raises(tenantry.FleetError, match="missing-value"):
        tenantry.Fleet.from_tables([], [], policy={"separate": [{"by": "e", "missing": None}]})


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (42, "`workloads` is a list of dicts or a DataFrame, not an int"),
        (None, "`workloads` is a list of dicts or a DataFrame, not None"),
        (
            "rows.xlsx",
            "`workloads` is a list of dicts, a DataFrame, or a file whose name ends in .csv or .parquet: rows",
        ),
        ({"name": "x"}, "`workloads` is a list of dicts or a DataFrame, not a dict"),
        (pd.Series([1]), "`workloads` is a list of dicts or a DataFrame, not a Series with an int in it"),
        (pl.DataFrame({"name": ["w"]}).lazy(), "not a LazyFrame: call its collect() first"),
        ([("w", "a")], "not a list with a tuple in it"),
        (np.zeros((2, 2)), "not a ndarray with a ndarray in it"),
        (pd.DataFrame([[1, 2]]), "`workloads`: the names of columns are strings, not an int: 0"),
        (pd.DataFrame({"name": ["w"], "tenant": ["a"]}).set_index("name"), "`workloads` has data in its index (name)"),
        (pd.DataFrame, "not a type"),
        ([{"name": "w", 1: "x"}], "workloads row 0: keys are strings, not int: 1"),
        ([{"name": "w", "requests.cpu": 1j}], "workloads row 0, column 'requests.cpu': complex has no place"),
    ],
)
def test_what_is_no_table_is_told_so(table: Any, says: str) -> None:
    with pytest.raises((TypeError, tenantry.FleetError)) as caught:
        tenantry.Fleet.from_tables(table, TENANTS)
    assert says in str(caught.value)


def test_many_columns_end_in_an_error() -> None:
    row = {f"column{index}": 1 for index in range(5000)}
    with pytest.raises(TypeError, match="more than 1000 keys"):
        tenantry.Fleet.from_tables([row], TENANTS)
