"""Records as tables: the same rows for every library, lists as lists, maps as maps."""

from __future__ import annotations

import dataclasses
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import tenantry
from pyarrow import parquet


def plain(value: Any) -> Any:
    """A value of a record as pyarrow says it."""
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return [(key, plain(entry)) for key, entry in value.items()]
    if isinstance(value, tuple):
        return [plain(entry) for entry in value]
    return value


def tables(thing: Any) -> Iterator[tuple[str, Any]]:
    """Everything of an answer that is a table."""
    for kind in type(thing).__mro__:
        for name, what in vars(kind).items():
            if "Records[" in str(
                getattr(getattr(what, "fget", None) or getattr(what, "func", None), "__annotations__", "")
            ):
                yield f"{type(thing).__name__}.{name}", getattr(thing, name)


@pytest.fixture(scope="module")
def answers() -> list[Any]:
    acme = tenantry.Fleet.load("examples/acme.yaml")
    running = (
        tenantry.Fleet.builder("running")
        .tenant("bank", trust="trusted")
        .tenant("guest", trust="untrusted")
        .workload("ledger", tenant="bank", cpu=1, memory="1Gi", runs_in="east")
        .workload("demo", tenant="guest", cpu=1, memory="1Gi", runs_in="east", labels={"team": "blue"})
        .template("t", cpu=8, memory="32Gi")
        .existing("east", cpu=8, memory="32Gi")
        .existing("west", cpu=8, memory="32Gi")
        .build()
    )
    plan, moved = tenantry.plan(acme), tenantry.plan(running)
    other = tenantry.plan(acme.without("distrust:pci-scope"))
    return [
        plan,
        moved,
        moved.migration(),
        running.audit(),
        running.frontier(),
        moved.blast(),
        acme.prices(),
        acme.relax(clusters=6),
        acme.grow(),
        tenantry.compare(plan, other),
        plan.diff(other),
    ]


def test_every_table_of_every_answer_is_one(answers: list[Any]) -> None:
    found = [it for answer in answers for it in tables(answer)]
    assert len({name for name, _ in found}) > 35
    assert sum(len(rows) > 0 for _, rows in found) > 20
    for name, rows in found:
        table = rows.to_arrow()
        wanted = [plain(row) for row in rows]
        if name == "PlanDiff.figures":  # counts, amounts and words: a column holds one of them
            wanted = [row | {key: row[key] and str(row[key]) for key in ("before", "after")} for row in wanted]
        assert table.to_pylist() == wanted, name
        assert pickle.loads(pickle.dumps(rows)) == rows
        for field in table.schema:
            assert not pa.types.is_null(field.type), (name, field.name)


def test_whoever_takes_a_table_takes_every_one(answers: list[Any]) -> None:
    """By its columns, and those with their types where it has no rows: not as a list of something."""
    empty = 0
    for name, rows in (it for answer in answers for it in tables(answer)):
        table = rows.to_arrow()
        empty += not len(rows)
        assert pa.table(rows) == table, name
        assert pa.RecordBatchReader.from_stream(rows).read_all() == table, name
        assert pl.DataFrame(rows).schema == rows.to_polars().schema, name
        assert nw.from_arrow(rows, backend="pyarrow").to_native() == table, name
        scanned = duckdb.sql("select * from rows")
        assert scanned is not None
        assert scanned.columns == table.column_names, name
        assert len(scanned.fetchall()) == len(rows), name
        from_arrow: Any = getattr(pd.DataFrame, "from_arrow", None)
        if from_arrow is not None:
            assert list(from_arrow(rows).columns) == table.column_names, name
    assert empty > 5


def test_assignments_are_a_table_before_they_are_records(acme_plan: tenantry.Plan) -> None:
    plan = tenantry.Plan.from_json(acme_plan.to_json())
    frames = plan.assignments.to_arrow(), plan.assignments.to_pandas(), plan.assignments.to_polars()
    assert "_assigned" not in vars(plan)
    table, pandas, polars = frames
    assert table.to_pylist() == [plain(row) for row in plan.assignments]
    assert isinstance(pandas, pd.DataFrame)
    assert isinstance(polars, pl.DataFrame)
    assert pandas["requests"].tolist() == [row.requests for row in plan.assignments]
    assert pandas["workload"].tolist() == polars["workload"].to_list() == [row.workload for row in plan.assignments]
    assert str(table.schema.field("labels").type) == "map<large_string, large_string>"
    assert polars["replicas"].sum() == sum(row.replicas for row in plan.assignments)
    assert duckdb.from_arrow(table).sum("replicas").fetchall() == [(polars["replicas"].sum(),)]
    assert nw.from_arrow(plan.assignments, backend="polars").shape == polars.shape


@pytest.mark.parametrize("name", ["assignments", "clusters"])
def test_records_are_what_a_tuple_of_them_is(name: str, acme_plan: tenantry.Plan) -> None:
    rows = getattr(acme_plan, name)
    assert isinstance(rows, tenantry.Records)
    assert rows == tuple(rows)
    assert tuple(reversed(rows)) == tuple(reversed(tuple(rows)))
    assert (rows.index(rows[2]), rows.count(rows[2]), rows[0] in rows, None in rows) == (2, 1, True, False)
    assert bool(rows)
    assert not tenantry.Records((), tenantry.Cluster)
    with pytest.raises(ValueError, match="not in tuple"):
        rows.index(None)
    first, *rest = rows
    assert (first, *rest) == rows
    assert tuple(rows) == rows
    assert hash(rows) == hash(tuple(rows))
    assert rows[1:3] == tuple(rows)[1:3]
    assert rows[-1] in rows
    assert rows + tuple(rows) == tuple(rows) + rows == tuple(rows) * 2
    assert rows != list(rows)
    assert repr(rows) == repr(tuple(rows))
    assert pickle.loads(pickle.dumps(rows)) == rows
    column = {"assignments": "cluster", "clusters": "name"}[name]
    assert pd.DataFrame(rows)[column].tolist() == [getattr(row, column) for row in rows]
    assert rows == getattr(tenantry.Plan.from_json(acme_plan.to_json()), name)


def test_a_plan_of_nothing_has_the_columns_too() -> None:
    empty = tenantry.plan(tenantry.Fleet.builder("none").build())
    full = tenantry.plan(tenantry.Fleet.load("examples/shop.yaml"))
    for name in ("assignments", "clusters", "separations", "waivers"):
        assert getattr(empty, name).to_arrow().schema == getattr(full, name).to_arrow().schema
        assert len(getattr(empty, name).to_polars()) == 0


def test_clusters_keep_lists_and_maps(acme_plan: tenantry.Plan) -> None:
    table = acme_plan.clusters.to_arrow()
    assert pa.types.is_large_list(table.schema.field("workloads").type)
    assert pa.types.is_map(table.schema.field("resources").type)
    polars = acme_plan.clusters.to_polars()
    assert polars["tenants"].list.len().to_list() == [len(cluster.tenants) for cluster in acme_plan.clusters]
    assert polars["blast_radius"].struct.field("pods").to_list() == [it.blast_radius.pods for it in acme_plan.clusters]


def without_labels() -> tenantry.Plan:
    builder = tenantry.Fleet.builder().tenant("shop", trust="trusted")
    builder.template("t", node_pools=[{"name": "all", "allocatable": {"cpu": 8, "memory": "32Gi"}, "max": 3}])
    return tenantry.plan(builder.workload("web", tenant="shop", cpu=1, memory="1Gi").build())


@pytest.mark.parametrize("with_labels", [True, False])
def test_pandas_writes_every_table_of_a_plan(with_labels: bool, acme_plan: tenantry.Plan, tmp_path: Path) -> None:
    plan = acme_plan if with_labels else without_labels()
    of_plan = dict(tables(plan))
    assert len(of_plan) > 5
    for name, rows in of_plan.items():
        frame = rows.to_pandas()
        frame.to_parquet(tmp_path / name)
        back = pd.read_parquet(tmp_path / name)
        assert (list(back.columns), len(back)) == (list(frame.columns), len(frame)), name
        if len(rows) == 1:  # a struct has the keys of one row; arrays are compared as they are printed
            assert str(list(back.iloc[0])) == str(list(frame.iloc[0])), name
        parquet.write_table(rows.to_arrow(), tmp_path / name)
        assert parquet.read_table(tmp_path / name).to_pylist() == rows.to_arrow().to_pylist(), name


def test_pandas_has_maps_as_dicts_and_empty_ones_as_none() -> None:
    plan = without_labels()
    assert plan.assignments.to_pandas()["labels"].tolist() == [None]
    clusters = plan.clusters.to_pandas()
    assert clusters["overhead"].tolist() == [None]
    assert clusters["resources"][0]["cpu"]["requested"] == "1"
    assert clusters["pools"][0][0]["name"] == "all"
    assert clusters["pools"][0][0]["resources"] is None


@pytest.mark.parametrize("name", ["pandas", "polars", "pyarrow"])
def test_a_library_that_is_missing_is_named(
    name: str, acme_plan: tenantry.Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = {"pyarrow": "to_arrow"}.get(name, f"to_{name}")
    monkeypatch.setitem(sys.modules, name, None)
    for rows in (acme_plan.assignments, acme_plan.clusters):
        with pytest.raises(ImportError, match=rf"{method}\(\) needs the package `{name}`") as caught:
            getattr(rows, method)()
        assert caught.value.name == name


def test_what_is_planned_comes_back_where_it_was(acme: tenantry.Fleet) -> None:
    """The whole way: a polars frame, a plan, and a polars frame that the first can be joined with."""
    rows = tenantry.to_tables(acme)
    workloads = pl.DataFrame(rows.pop("workloads"), infer_schema_length=None)
    policy = acme.to_dict()["policy"]
    plan = tenantry.plan(tenantry.Fleet.from_tables(workloads, **rows, policy=policy, as_of=acme.to_dict()["asOf"]))
    back = plan.assignments.to_polars()
    joined = workloads.join(back, left_on=["tenant", "name"], right_on=["tenant", "workload"])
    assert len(joined) == len(back) == len(plan.assignments)
