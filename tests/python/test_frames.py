"""Frames of every make: the same data gives the same fleet; types, columns, units, and what is refused."""

from __future__ import annotations

import datetime
import decimal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import tenantry

TENANTS = [{"name": "a", "trust": "trusted"}, {"name": "b", "trust": "trusted"}]
TEMPLATES = [{"name": "t", "allocatable.cpu": 9, "allocatable.memory": "9Pi"}]
EXISTING = [{"name": "east", "allocatable.cpu": 8, "allocatable.memory": "32Gi"}]
POLICY = {
    "attributes": {"environment": ["prod", "dev"]},
    "separate": [{"by": "environment", "missing": {"class": "prod", "tenants": ["a", "b"]}}],
}


class Capsule:
    """A frame of a library that nobody knows: it hands its data over, and that is all."""

    def __init__(self, table: pa.Table, *, array: bool = False) -> None:
        self.schema = table.schema
        self._table = table
        if array:
            self.__class__ = type("Array", (Capsule,), {"__arrow_c_array__": Capsule._array})

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._table.__arrow_c_stream__(requested_schema)

    def _array(self, requested_schema: Any = None) -> Any:
        (batch,) = self._table.combine_chunks().to_batches()
        return batch.__arrow_c_array__(requested_schema)


def chunked(table: pa.Table) -> pa.Table:
    return pa.concat_tables([table.slice(0, 1), table.slice(1, 0), table.slice(1)])


def coded(table: pa.Table) -> pa.Table:
    """Every text and list of it as another Arrow type of the same meaning."""
    out: dict[str, Any] = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_string(column.type):
            dictionary = column.dictionary_encode()
            out[name] = dictionary if len(out) % 2 else column.cast(pa.string_view())
        elif pa.types.is_list(column.type):
            out[name] = column.cast(pa.large_list(pa.large_string()))
        else:
            out[name] = column
    return pa.table(out)


def run_ends(table: pa.Table) -> pa.Table:
    import pyarrow.compute as pc

    return table.set_column(1, table.column_names[1], pc.run_end_encode(table.column(1).combine_chunks()))


FRAMES: dict[str, Callable[[pa.Table], Any]] = {
    "rows": lambda table: table.to_pylist(),
    "arrow": lambda table: table,
    "arrow, in pieces": chunked,
    "arrow batch": lambda table: table.combine_chunks().to_batches()[0],
    "arrow reader": lambda table: table.to_reader(),
    "arrow, coded": coded,
    "arrow, runs": run_ends,
    "pandas": lambda table: table.to_pandas(),
    "pandas, other index": lambda table: table.to_pandas().set_index(pd.Index(["x", "y", "z"])),
    "pandas nullable": lambda table: table.to_pandas().convert_dtypes(),
    "pandas arrow": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
    "pandas categories": lambda table: table.to_pandas().astype({"tenant": "category", "namespace": "category"}),
    "pandas objects": lambda table: table.to_pandas().astype(object),
    "polars": pl.from_arrow,
    "polars, in pieces": lambda table: pl.from_arrow(chunked(table), rechunk=False),
    "polars categories": lambda table: pl.DataFrame(table).with_columns(
        pl.col("tenant").cast(pl.Categorical), pl.col("attributes.environment").cast(pl.Enum(["prod", "dev"]))
    ),
    "duckdb": duckdb.from_arrow,
    "narwhals of pandas": lambda table: nw.from_native(table.to_pandas()),
    "narwhals of polars": lambda table: nw.from_native(pl.from_arrow(table)),
    "narwhals of arrow": nw.from_native,
    "stranger": Capsule,
    "stranger's array": lambda table: Capsule(table, array=True),
}


def table() -> pa.Table:
    return pa.table(
        {
            "name": ["web", "api", "db"],
            "tenant": ["a", "b", "a"],
            "namespace": pa.array([None, "api", "state"]),
            "attributes.environment": ["prod", "prod", "dev"],
            "labels.team": ["red", None, "blue"],
            "requests.cpu": [0.5, 0.1 * 3, 2.0],
            "requests.memory": pa.array([1 << 30, None, 1 << 31]).fill_null((1 << 53) + 1),
            "replicas": pa.array([3, None, 1]),
            "stateful": pa.array([None, None, True]),
            "mitigations": pa.array([["gvisor", "kata"], None, ["kata"]]),
        }
    )


def rows(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def of(workloads: Any, **more: Any) -> tenantry.Fleet:
    tables: dict[str, Any] = {"tenants": TENANTS, "policy": POLICY, "templates": TEMPLATES, "existing": EXISTING}
    defaults = {"runsIn": [], "missingRequests": {"cpu": 1, "memory": 1}}
    return tenantry.Fleet.from_tables(workloads, **tables, as_of="2026-11-26", defaults=defaults, **more)


@pytest.mark.parametrize("kind", FRAMES)
def test_every_kind_of_frame_gives_the_same_fleet_and_the_same_plan(kind: str) -> None:
    wanted = of(FRAMES["rows"](table()))
    fleet = of(FRAMES[kind](table()))
    assert fleet.to_json() == wanted.to_json()
    assert tenantry.plan(fleet).to_json() == tenantry.plan(wanted).to_json()


NUMBERS: dict[str, list[Any]] = {
    "floats": [0.5, 0.1 * 3, 1.1 * 1.1, 2.0, 1e-7, sum([0.1] * 1000), 100.0],
    "floats with gaps": [2.0, None, 0.1 + 0.7, None, 1e16, 3.0, 7.0],
    "whole numbers with gaps": [2, None, 3, None, 1 << 40, 1, 10],
    "decimals": [decimal.Decimal(it) for it in ("0.50", "0.10", "2.00", "1.5", "100", "0.30", "12.345")],
}


@pytest.mark.parametrize("kind", [kind for kind in FRAMES if not kind.endswith("categories")])
@pytest.mark.parametrize("numbers", NUMBERS)
def test_equal_numbers_are_equal_whoever_holds_them(numbers: str, kind: str, tmp_path: Path) -> None:
    """A number that is a float because of a gap, a decimal with zeros behind it, and what a library writes of both."""
    cells = NUMBERS[numbers]
    whole = [None if cell is None else round(cell) for cell in cells]
    names, tenants = [f"w{at}" for at in range(len(cells))], ["ab"[at % 2] for at in range(len(cells))]
    many = pa.table({"name": names, "tenant": tenants, "requests.memory": cells, "moveCost": whole})
    wanted = of(many.to_pylist())
    frame = many.to_pandas().set_index(pd.Index(names)) if kind == "pandas, other index" else FRAMES[kind](many)
    assert of(frame).to_json() == wanted.to_json()
    if isinstance(frame, pd.DataFrame):
        frame.to_csv(tmp_path / "workloads.csv", index=False)
    elif isinstance(frame, pl.DataFrame):
        frame.write_csv(tmp_path / "workloads.csv")
    else:
        return
    assert of(tmp_path / "workloads.csv").to_json() == wanted.to_json()


@pytest.mark.parametrize("kind", ["arrow", "polars", "duckdb", "stranger"])
def test_nothing_of_a_frame_is_made_a_list(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise AssertionError("its cells were looked at one by one")

    frame = FRAMES[kind](table())
    monkeypatch.setattr("tenantry._frames._listed", refuse)
    monkeypatch.setattr("tenantry._frames._of_rows", refuse)
    assert len(of(frame)) == 3
    assert len(of(table().drop_columns("mitigations").to_pandas())) == 3


def one(value: pa.Array, key: str = "requests.cpu") -> Any:
    """What the document has for a cell."""
    columns = {"name": ["w"], "tenant": ["a"], "requests.cpu": [1], "requests.memory": [1]} | {key: value}
    row = of(pa.table(columns)).to_dict()["workloads"][0]
    for part in key.split(".", 1):
        row = row.get(part)
    return row


DECIMAL = decimal.Decimal


@pytest.mark.parametrize(
    ("array", "key", "says"),
    [
        *((pa.array([7], getattr(pa, f"{sign}int{bits}")()), "replicas", 7) for sign in ("", "u") for bits in (8, 64)),
        (pa.array([0.1], pa.float16()), "requests.cpu", 0.1),
        (pa.array([0.1], pa.float32()), "requests.cpu", 0.1),
        (pa.array([16777216.0], pa.float32()), "requests.memory", 16777216),
        (pa.array([0.1 * 3], pa.float64()), "requests.cpu", 0.3),
        (pa.array([3.0]), "replicas", 3),
        (pa.array([DECIMAL("0.30")], pa.decimal32(5, 2)), "requests.cpu", 0.3),
        (pa.array([DECIMAL("0.30")], pa.decimal64(5, 2)), "requests.cpu", 0.3),
        (pa.array([DECIMAL("9007199254740993")], pa.decimal128(38, 0)), "requests.memory", 9007199254740993),
        (pa.array([DECIMAL("9007199254740993.00")], pa.decimal256(70, 2)), "requests.memory", 9007199254740993),
        (pa.array([DECIMAL("0.123456789012345678")], pa.decimal256(70, 18)), "requests.cpu", "0.123456789012345678"),
        (pa.array([DECIMAL("3E+2")], pa.decimal128(5, -2)), "replicas", 300),
        (pa.array(["1Gi"], pa.large_string()), "requests.memory", "1Gi"),
        (pa.array(["1Gi"], pa.string_view()), "requests.memory", "1Gi"),
        (pa.array(["1Gi"]).dictionary_encode(), "requests.memory", "1Gi"),
        (pa.DictionaryArray.from_arrays(pa.array([0], pa.uint64()), pa.array([3])), "replicas", 3),
        (pa.array([True]), "stateful", True),
        (pa.array([["x", "y"]], pa.list_(pa.string())), "mitigations", ["x", "y"]),
        (pa.array([["x", "y"]], pa.large_list(pa.string_view())), "mitigations", ["x", "y"]),
        (pa.array([["x", "y"]], pa.list_(pa.string(), 2)), "mitigations", ["x", "y"]),
        (pa.array([["x", "y"]], pa.list_view(pa.string())), "mitigations", ["x", "y"]),
        (pa.array([["x", "y"]], pa.large_list_view(pa.string())), "mitigations", ["x", "y"]),
        (pa.array([{"min": 1, "max": 2, "other": None}]), "replicas", {"min": 1, "max": 2}),
        (pa.array([[("team", "x"), ("unit", None)]], pa.map_(pa.string(), pa.string())), "labels", {"team": "x"}),
        (pa.array([datetime.date(2026, 11, 26)]), "labels.since", "2026-11-26"),
        (pa.array([datetime.date(2026, 11, 26)], pa.date64()), "labels.since", "2026-11-26"),
        *(
            (pa.array([datetime.datetime(1969, 12, 31)], pa.timestamp(unit)), "labels.since", "1969-12-31")
            for unit in ("s", "ms", "us", "ns")
        ),
        (pa.array([None], pa.null()), "replicas", None),
        (pa.array([None], pa.timestamp("s", "UTC")), "replicas", None),
        (pa.array([None], pa.binary()), "replicas", None),
        (pa.array([float("nan")]), "replicas", None),
    ],
)
def test_every_type_of_arrow_has_its_meaning(array: pa.Array, key: str, says: Any) -> None:
    assert one(array, key) == says


def test_a_name_or_a_map_in_a_struct_is_found() -> None:
    nested = pa.table(
        {
            "name": ["w"],
            "tenant": ["a"],
            "requests": [{"cpu": 1, "memory": "1Gi", "nvidia.com/gpu": None}],
            "copies": [{"count": 2, "cluster": None}],
        }
    )
    row = of(nested).to_dict()["workloads"][0]
    assert row["requests"] == {"cpu": 1, "memory": "1Gi"}
    assert row["copies"] == {"count": 2}


ZONES = pa.array([None, None, datetime.datetime(2026, 11, 26)], pa.timestamp("us", "UTC"))
SAYS = r"a day is needed, and this is a time with a time zone \((Etc/)?UTC\)"


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (pa.array([None, b"x"]), "workloads row 1, column 'namespace': a value of the Arrow type Binary has no place"),
        (
            pa.array([None, datetime.timedelta(1)]),
            "workloads row 1, column 'namespace': a value of the Arrow type Duration",
        ),
        (
            pa.array([None, datetime.datetime(2026, 1, 1, 12)]),
            "workloads row 1, column 'namespace': a day is needed, and this has",
        ),
        (
            pa.array([None, 0], pa.timestamp("s", "Europe/Paris")),
            "this is a time with a time zone (Europe/Paris)",
        ),
        (pa.array([None, 1 << 40], pa.date64()), "workloads row 1, column 'namespace': a day is needed, and this has"),
        (pa.array([[(1, "x")], None], pa.map_(pa.int8(), pa.string())), "the keys of a map are strings"),
        (
            pa.ExtensionArray.from_storage(pa.uuid(), pa.array([None, b"0" * 16], pa.binary(16))),
            "workloads row 1, column 'namespace': a value of the extension type arrow.uuid has no place",
        ),
        (
            pa.ExtensionArray.from_storage(pa.bool8(), pa.array([None, 1], pa.int8())),
            "workloads row 1, column 'namespace': a value of the extension type arrow.bool8 has no place",
        ),
    ],
)
def test_what_has_no_place_in_a_document_is_refused_with_its_row(array: pa.Array, says: str) -> None:
    columns = {"name": ["w", "v"], "tenant": ["a", "b"], "namespace": array}
    with pytest.raises(tenantry.FleetError) as caught:
        of(Capsule(pa.table(columns)))
    (problem,) = caught.value.problems
    assert says in str(problem)
    assert (problem.code, problem.expected) == ("wrong-type", "a string")


def test_what_has_no_place_inside_a_list_or_a_map_is_refused() -> None:
    columns = {
        "name": ["w", "v"],
        "tenant": ["a", "b"],
        "mitigations": pa.array([["x"], [b"x"]], pa.list_(pa.binary())),
        "labels": pa.array([{"since": datetime.timedelta(1), "team": "red"}, None]),
    }
    for frame in (pa.table(columns), pa.table(columns).to_pylist()):
        with pytest.raises(tenantry.FleetError) as caught:
            of(frame)
        found = {(it.path, it.row, it.column_name) for it in caught.value.problems}
        assert ("workloads[0].labels.since", 0, "labels") in found
        assert ("workloads[1].mitigations[0]", 1, "mitigations") in found


@pytest.mark.parametrize("make", [rows, pd.DataFrame, lambda it: pl.DataFrame(it, strict=False)])
def test_what_has_no_place_is_told_with_all_else_that_is_wrong(make: Any) -> None:
    columns = {
        "name": ["w", "v", "u"],
        "tenant": ["a", "nobody", "b"],
        "since": [datetime.timedelta(1), None, datetime.timedelta(2)],
        "data": [None, None, b"x"],
    }
    with pytest.raises(tenantry.FleetError) as caught:
        of(make(columns), columns={"since": "labels.since", "data": "labels.data"})
    found = {(it.code, it.row, it.column_name) for it in caught.value.problems}
    assert found == {
        ("wrong-type", 0, "since"),
        ("unknown-tenant", 1, "tenant"),
        ("wrong-type", 2, "since"),
        ("wrong-type", 2, "data"),
    }


@pytest.mark.parametrize("make", [rows, pd.DataFrame, lambda it: pl.DataFrame(it, strict=False)])
@pytest.mark.parametrize("infinite", [float("inf"), -float("inf")])
def test_no_amount_is_without_a_bound(make: Any, infinite: float) -> None:
    with pytest.raises(tenantry.FleetError) as caught:
        of(make({"name": ["w"], "tenant": ["a"], "requests.cpu": [infinite]}))
    (problem,) = caught.value.problems
    assert (problem.message, problem.expected) == ("this is an infinite number", "an amount, such as 2 or 100m")


def test_what_python_does_not_write_is_told_with_its_place() -> None:
    """Numbers of thousands of digits, and halves of surrogate pairs, which are no characters."""
    cells: list[dict[str, Any]] = [
        {"name": "w", "tenant": "a", "requests.cpu": 10**5000, "replicas": -(10**5000)},
        {"name": "v\ud800", "tenant": "a", "labels.x": "\udfff"},
        {"name": "u", "tenant": "a", "labels": {"\ud800": "x"}},
    ]
    for frame in (cells, pd.DataFrame(cells, dtype=object)):
        with pytest.raises(tenantry.FleetError) as caught:
            of(frame)
        found = {(it.code, it.row, it.column_name) for it in caught.value.problems}
        assert found == {
            *(("wrong-type", 0, name) for name in ("requests.cpu", "replicas")),
            *(("wrong-type", 1, name) for name in ("name", "labels.x")),
            ("wrong-type", 2, "labels"),
        }
        assert "a whole number of 16610 bits has no place in a fleet document" in str(caught.value)
        assert r"half of a surrogate pair is no character: 'v\ud800'" in str(caught.value)
    with pytest.raises(tenantry.FleetError, match="half of a surrogate pair is no character: the key 'labels"):
        of([{"name": "w", "tenant": "a", "labels.\ud800": "x"}])
    with pytest.raises(TypeError, match="half of a surrogate pair is no character: the column 'labels"):
        of(pd.DataFrame([["w", "a", "x"]], columns=pd.Index(["name", "tenant", "labels.\ud800"], dtype=object)))
    with pytest.raises(tenantry.UsageError, match="half of a surrogate pair is no character"):
        of(table(), columns={"name": "\ud800"})
    for read in (tenantry.Fleet.from_json, tenantry.Fleet.from_yaml):
        with pytest.raises(tenantry.FleetError) as caught:
            read('{"schema": "tenantry/v1",\n "name": "\ud800"}')
        (problem,) = caught.value.problems
        assert (problem.code, problem.line, problem.column) == ("bad-character", 2, 11)
    with pytest.raises(tenantry.UsageError, match=r"`seed` is between 0 and .* not one of 16610 bits"):
        tenantry.plan(of(table()), seed=10**5000)


ZONED = pa.table({"name": ["w", "v", "u"], "tenant": ["a", "b", "a"], "labels.since": ZONES})


@pytest.mark.parametrize("kind", [kind for kind in FRAMES if kind not in {"pandas categories", "polars categories"}])
def test_a_time_with_a_zone_is_no_day_in_any_frame(kind: str) -> None:
    with pytest.raises(tenantry.FleetError, match=SAYS):
        of(FRAMES[kind](ZONED))


def test_broken_data_is_refused() -> None:
    text = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(np.array([0, 2], np.int32).tobytes()), pa.py_buffer(b"\xff\xfe")]
    )
    for frame in (pa.table({"name": text, "tenant": ["a"]}), Capsule(pa.table({"name": text, "tenant": ["a"]}))):
        with pytest.raises(tenantry.UsageError, match=r"this Arrow data is broken: .*UTF-?8"):
            of(frame)
    codes = pa.DictionaryArray.from_arrays(pa.array([7]), pa.array(["x"]), safe=False)
    with pytest.raises(tenantry.UsageError, match="this Arrow data is broken"):
        of(pa.table({"name": codes, "tenant": ["a"]}))


def test_pieces_without_rows_are_passed_over() -> None:
    """What is left of a piece of which no row was kept begins in the middle of its texts."""
    whole = table()
    none = whole.to_batches()[0].slice(1, 0)
    pieces = pa.RecordBatchReader.from_batches(whole.schema, [none, *whole.to_batches(), none])
    assert of(pieces).to_json() == of(whole).to_json()
    names = pa.chunked_array([["web"], ["api"], []], pa.string())
    torn = whole.set_column(0, "name", pa.chunked_array([*names.chunks, pa.array(["x", "db"]).slice(1)]))
    assert [len(batch) for batch in torn.to_batches()] == [1, 1, 0, 1]
    assert of(torn).to_json() == of(whole).to_json()
    assert len(of(pa.RecordBatchReader.from_batches(whole.schema, [none]))) == 0


def test_a_stranger_that_fails_is_told_so() -> None:
    class Failing(Capsule):
        def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
            raise RuntimeError("the file is gone")

    with pytest.raises(TypeError, match="`workloads` cannot be read, a Failing: the file is gone"):
        of(Failing(table()))


WIDE = [1 << 62, 1]


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"name": ["w", "v"], "tenant": ["a", "b"], "replicas": pl.Series([2, 1], dtype=pl.Int128)}),
        pl.DataFrame({"name": ["w", "v"], "tenant": ["a", "b"], "replicas": pl.Series([2, 1], dtype=pl.Object)}),
        pd.DataFrame({"name": ["w", "v"], "tenant": ["a", "b"], "replicas": [2, {"min": 1, "max": 1}]}),
        pd.DataFrame({"name": ["w", "v"], "tenant": ["a", "b"], "replicas": [np.float32(2), 1.0]}, dtype=object),
    ],
    ids=["128 bits", "objects", "mixed", "numpy"],
)
def test_what_no_arrow_type_holds_is_read_cell_by_cell(frame: Any) -> None:
    assert [row["replicas"] for row in of(frame).to_dict()["workloads"]] in ([2, 1], [2, {"min": 1, "max": 1}])


def test_pandas_needs_no_arrow(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = of(table().to_pandas())
    frame = table().to_pandas()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert of(frame) == wanted


CALLED = {
    "app": ["web", "api"],
    "owner": ["a", "b"],
    "cores": [0.5, 2.0],
    "gib": [1.5, 4.0],
    "env": ["prod", "dev"],
    "squad": ["red", None],
    "comment": ["not for the plan", b"nor this"],
}
COLUMNS = {
    "app": "name",
    "owner": "tenant",
    "cores": "requests.cpu",
    "gib": "requests.memory",
    "env": "attributes.environment",
    "squad": "labels.team",
    "comment": None,
}


@pytest.mark.parametrize("make", [rows, pd.DataFrame, lambda it: pl.DataFrame(it, strict=False)])
def test_columns_are_called_as_one_likes(make: Any) -> None:
    units: dict[str, Any] = {"cpu": "cores", "memory": "GiB", "templates": {"memory": "TiB"}}
    fleet = of(make(CALLED), columns=COLUMNS | {"templates": {"name": "name"}}, units=units)
    first, second = fleet.to_dict()["workloads"]
    assert first["requests"] == {"cpu": 0.5, "memory": "1.5Gi"}
    assert first["labels"] == {"team": "red"}
    assert second["requests"] == {"cpu": 2, "memory": "4Gi"}
    assert second["attributes"] == {"environment": "dev"}
    assert "labels" not in second
    assert fleet.to_dict()["clusterTemplates"][0]["allocatable"]["memory"] == "9Pi"


def test_units_are_exact_and_stay_with_their_table() -> None:
    cells = [250, "100", DECIMAL("0.1"), 1.1, "2Gi"]
    frame = [
        {"name": f"w{at}", "tenant": "a", "requests": {"cpu": "1", "memory": cell}, "fixedRequests.memory": cell}
        for at, cell in enumerate(cells)
    ]
    units: dict[str, Any] = {"memory": "MB", "templates": {"memory": "PiB", "cpu": "millicores"}}
    pools = [{"name": "p", "allocatable": {"cpu": 9000, "memory": 9}, "max": 3}]
    fleet = tenantry.Fleet.from_tables(
        frame,
        TENANTS,
        templates=[{"name": "t", "nodePools": pools}, {"name": "u", "allocatable.cpu": 8000, "allocatable.memory": 9}],
        units=units,
    )
    document = fleet.to_dict()
    wanted = ["250M", "100M", "0.1M", "1.1M", "2Gi"]
    assert [row["requests"]["memory"] for row in document["workloads"]] == wanted
    assert [row["fixedRequests"]["memory"] for row in document["workloads"]] == wanted
    assert {row["requests"]["cpu"] for row in document["workloads"]} == {"1"}
    first, second = document["clusterTemplates"]
    assert first["nodePools"][0]["allocatable"] == {"cpu": "9000m", "memory": "9Pi"}
    assert second["allocatable"] == {"cpu": "8000m", "memory": "9Pi"}


@pytest.mark.parametrize("make", [rows, pd.DataFrame])
@pytest.mark.parametrize(
    ("columns", "problems"),
    [
        # what is wrong with a column is said of the column alone, not of the unit too
        ({"coers": "requests.cpu"}, {("unknown-column", None, "cores")}),
        ({"cores": "reqests.cpu"}, {("unknown-key", "cores", "requests")}),
        ({"cores": "requests.cpuu"}, {("unknown-column", None, "requests.cpu")}),
        ({"cores": "cpu"}, {("unknown-key", "cores", "requests.cpu")}),
        ({"cores": "labels.cores"}, {("unknown-column", None, None)}),
    ],
)
def test_a_unit_of_a_column_that_is_called_wrongly(make: Any, columns: Any, problems: Any) -> None:
    with pytest.raises(tenantry.FleetError) as caught:
        of(make({"name": ["w"], "tenant": ["a"], "cores": ["1"]}), columns=columns, units={"cpu": "cores"})
    assert {(it.code, it.column_name, it.suggestion) for it in caught.value.problems} == problems


def test_a_unit_of_a_column_that_brings_no_amount() -> None:
    with pytest.raises(tenantry.FleetError) as caught:
        of(
            pd.DataFrame({"name": ["w"], "tenant": ["a"], "cpu": [1], "memory": [1]}),
            units={"cpu": "cores", "memory": "GiB"},
        )
    found = {(it.column_name, it.suggestion) for it in caught.value.problems}
    assert found == {("cpu", "requests.cpu"), ("memory", "requests.memory")}


@pytest.mark.parametrize("make", [rows, pd.DataFrame, lambda it: pl.DataFrame(it, strict=False)])
def test_what_is_wrong_with_columns_and_units_comes_at_once(make: Any) -> None:
    with pytest.raises(tenantry.FleetError) as caught:
        of(
            make(CALLED),
            columns={**COLUMNS, "core": "requests.gpu", "squad": "name", "templates": {"nmae": "name"}},
            units={"cpu": "GiB", "memroy": "GiB", "memory": "gib"},
        )
    found = {(it.code, it.table, it.suggestion) for it in caught.value.problems}
    assert found == {
        ("unknown-column", "workloads", "cores"),
        ("duplicate-key", "workloads", None),
        ("unknown-column", "templates", "name"),
        ("unknown-unit", "workloads", None),
        ("unknown-column", "workloads", "memory"),
        ("unknown-unit", "workloads", "GiB"),
    }
    said = str(caught.value)
    assert "2 columns bring the key name: 'app' and 'squad'" in said
    assert "'GiB' is no unit of cpu; expected one of `cores`, `millicores`" in said


def test_a_key_that_a_column_has_already_is_not_brought_twice() -> None:
    frame = pl.DataFrame({"name": ["w"], "tenant": ["a"], "cores": [1], "requests.cpu": [2]})
    with pytest.raises(tenantry.FleetError, match=r"2 columns bring the key requests.cpu: 'cores' and 'requests.cpu'"):
        of(frame, columns={"cores": "requests.cpu"})


@pytest.mark.parametrize("make", [rows, pd.DataFrame, lambda it: pl.DataFrame(it, strict=False)])
def test_problems_name_the_column_as_it_is_called(make: Any) -> None:
    wrong = CALLED | {"cores": ["0.5", "2q"], "squad": ["red", 7] if make is rows else ["red", "\x07"]}
    wrong |= {"env": ["prod", "staging"]}
    with pytest.raises(tenantry.FleetError) as caught:
        of(make(wrong), columns=COLUMNS)
    places = {(it.table, it.row, it.column_name) for it in caught.value.problems}
    assert places == {("workloads", 1, name) for name in ("cores", "squad", "env")}
    with pytest.raises(
        tenantry.FleetError, match=r"workloads row 1, column 'cores': .*(delta|Duration).* has no place"
    ):
        of(make(CALLED | {"cores": [datetime.timedelta(1), datetime.timedelta(2)]}), columns=COLUMNS)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"columns": ["name"]}, "`columns` is a dict, not a list"),
        ({"columns": {1: "name"}}, "`columns`: names are strings, not an int: 1"),
        ({"columns": {"name": 1}}, "`columns`: what stands for 'name' is a string, not an int"),
        ({"units": {"cpu": None}}, "`units`: what stands for 'cpu' is a string, not None"),
        ({"columns": {"nodes": {"a": "b"}}}, "`columns` speaks of the table 'nodes', and the tables given are"),
        ({"units": {"regions": {"cpu": "cores"}}}, "`units` speaks of the table 'regions', and the tables given are"),
    ],
)
def test_columns_and_units_are_dicts_of_names(more: Any, says: str) -> None:
    with pytest.raises(tenantry.UsageError) as caught:
        of(table(), **more)
    assert says in str(caught.value)


@pytest.mark.parametrize("make", [pa.table, pd.DataFrame, pl.DataFrame, "csv"])
def test_columns_are_looked_at_where_there_are_no_rows(make: Any, tmp_path: Path) -> None:
    """A typo is one, whether or not a filter has left something of the table."""

    def made(*names: str) -> Any:
        if make != "csv":
            return make({name: pa.array([], pa.string()) if make is pa.table else [] for name in names})
        (tmp_path / "workloads.csv").write_text(",".join(names) + "\n")
        return tmp_path / "workloads.csv"

    with pytest.raises(tenantry.FleetError) as caught:
        of(made("nmae", "tenant", "replicas.mn", "labels.team", "cpu", "attributes.x"))
    found = {(it.code, it.table, it.row, it.column_name, it.suggestion) for it in caught.value.problems}
    assert found == {
        ("unknown-key", "workloads", None, "nmae", "name"),
        ("unknown-key", "workloads", None, "replicas.mn", "min"),
        ("unknown-key", "workloads", None, "cpu", "requests.cpu"),
    }
    assert "workloads column 'nmae': there is no key `nmae` here; " in str(caught.value)
    for names in (("namespace",), ("comment", "note")):
        with pytest.raises(tenantry.FleetError) as caught:
            of(made(*names), columns={"note": None} if "note" in names else None)
        assert {"workloads: the key `name` is missing [missing-key]"} <= {str(it) for it in caught.value.problems}
    with pytest.raises(tenantry.FleetError) as caught:
        tenantry.Fleet.from_tables(made("nmae"), [{"name": "a", "trust": "trustd"}])
    assert {it.code for it in caught.value.problems} >= {"unknown-key", "missing-key", "unknown-level"}
    assert len(of(made("app", "tenant", "cores"), columns={"app": "name", "cores": "requests.cpu"})) == 0


def test_no_rows_are_no_reason_to_complain() -> None:
    frames: tuple[Any, ...] = ([], table().slice(0, 0), pl.DataFrame(), pd.DataFrame())
    for empty in frames:
        assert len(of(empty, units={"cpu": "cores"})) == 0
