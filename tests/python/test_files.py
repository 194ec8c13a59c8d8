"""Tables in files: CSV cell by cell as their key takes them, Parquet through whoever reads it, and what is refused."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tenantry
from test_tables import sparse_fleet

TENANTS = [{"name": "a", "trust": "trusted"}, {"name": "b", "trust": "trusted"}]
TEMPLATES = [{"name": "t", "allocatable.cpu": 9, "allocatable.memory": "9Pi"}]
DEFAULTS = {"missingRequests": {"cpu": 1, "memory": 1}}


def of(workloads: Any, **more: Any) -> tenantry.Fleet:
    return tenantry.Fleet.from_tables(workloads, TENANTS, None, TEMPLATES, defaults=DEFAULTS, **more)


def csv(folder: Path, text: str | bytes) -> Path:
    file = folder / "workloads.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def workloads_of(fleet: tenantry.Fleet) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = fleet.to_dict()["workloads"]
    return found


def test_cells_of_csv_mean_what_their_key_takes(tmp_path: Path) -> None:
    text = (
        "\ufeffname,tenant,replicas,replicas.min,replicas.max,requests.cpu,requests.memory,labels.release,mitigations,"
        "labels.007\r\n"
        'w,a,3.0,,,0.123456789012345678,3002399751580331,1.30,"[""gvisor"", ""kata""]",true\r\n'
        'v,b,,1,2,100m,1Gi,[1],kata,"007"\r\n'
    )
    for path in (csv(tmp_path, text), str(csv(tmp_path, text))):
        first, second = workloads_of(of(path))
        assert first["replicas"] == 3
        assert first["requests"] == {"cpu": "0.123456789012345678", "memory": 3002399751580331}
        assert first["labels"] == {"release": "1.30", "007": "true"}
        assert first["mitigations"] == ["gvisor", "kata"]
        assert second["replicas"] == {"min": 1, "max": 2}
        assert second["labels"] == {"release": "[1]", "007": "007"}
        assert second["mitigations"] == ["kata"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_what_a_library_writes_is_read(
    kind: str, library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = sparse_fleet(3)
    document = fleet.to_dict()
    rest = {key: document[key] for key in ("name", "policy") if key in document}
    paths: dict[str, Any] = {}
    for name, table in tenantry.to_tables(fleet).items():
        paths[name] = tmp_path / f"{name}.{kind}"
        if kind == "csv":  # which has no lists
            rows = [{key: json.dumps(it) if isinstance(it, list) else it for key, it in row.items()} for row in table]
        else:
            rows = table
        frame = pd.DataFrame(rows) if library == "pandas" else pl.DataFrame(rows, infer_schema_length=None)
        if isinstance(frame, pd.DataFrame):
            getattr(frame, f"to_{kind}")(paths[name], index=False)
        else:
            getattr(frame, f"write_{kind}")(paths[name])
    read = tenantry.Fleet.from_tables(**paths, **rest)
    # of a cell of CSV it is not known whether it was a text, such as "0.50": what it says is the same
    assert tenantry.plan(read).to_dict()["assignments"] == tenantry.plan(fleet).to_dict()["assignments"]
    if kind == "parquet":
        assert read == fleet
        monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
        assert tenantry.Fleet.from_tables(**paths, **rest) == fleet


def test_columns_and_units_are_those_of_files_too(tmp_path: Path) -> None:
    file = csv(tmp_path, "app,tenant,gib,comment\nw,a,1.50,x\nv,c,2,y\n")
    columns = {"app": "name", "gib": "requests.memory", "comment": None}
    with pytest.raises(tenantry.FleetError) as caught:
        of(file, columns=columns | {"tenant": "tenant"}, units={"memory": "GiB"})
    assert [(it.table, it.row, it.column_name) for it in caught.value.problems] == [("workloads", 1, "tenant")]
    file = csv(tmp_path, "app,tenant,gib,comment\nw,a,1.50,x\nv,b,2,y\n")
    found = [row["requests"]["memory"] for row in workloads_of(of(file, columns=columns, units={"memory": "GiB"}))]
    assert found == ["1.5Gi", "2Gi"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"name,tenant\nw,a\nv\n", "workloads.csv line 3: 1 cells, where the header has 2"),
        (b"name,tenant\nw,\xff\n", "workloads.csv line 2: this is not UTF-8"),
        (b"name,\xff\nw,a\n", "workloads.csv line 1: this is not UTF-8"),
        (b'name,tenant,labels.x\nw,a,"x\nv,a,y\n', "workloads.csv line 2: a quote is opened here and never closed"),
    ],
)
def test_broken_files_are_told_with_their_line(text: bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(tenantry.UsageError) as caught:
        of(csv(tmp_path, text))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('name,tenant\n"w","a"', None),
        ('name,tenant,labels.x\n"w",a,"x, y"\n"v",b,"""z"""\n', None),
        ('name,tenant,labels.x\nw,a,x"y\n', None),
        ('name,tenant,labels.x\nw,a,"x"y"\n', None),
        ('name,tenant,labels.x\nw,a,"x\nv,b,y\n', 2),
        ('name,tenant,labels.x\n"w",a,"x\ny"\nv,b,"\n', 4),
        ('name,tenant,labels.x\nw,a,"x""\n', 2),
        ('\ufeff"name,tenant\nw,a\n', 1),
    ],
)
def test_quotes_that_are_never_closed(text: str, line: int | None, tmp_path: Path) -> None:
    if line is None:
        assert len(of(csv(tmp_path, text))) > 0
        return
    with pytest.raises(
        tenantry.UsageError, match=rf"workloads\.csv line {line}: a quote is opened here and never closed"
    ):
        of(csv(tmp_path, text))


def test_problems_in_csv_have_row_and_column(tmp_path: Path) -> None:
    text = "name,name,tenant\nw,w,a\n"
    with pytest.raises(tenantry.FleetError, match="workloads column 'name': 2 columns have this name"):
        of(csv(tmp_path, text))
    text = "name,tenant,replicas,stateful,cpu\nw,a,many,maybe,1\n"
    with pytest.raises(tenantry.FleetError) as caught:
        of(csv(tmp_path, text))
    found = {(it.code, it.row, it.column_name, it.suggestion) for it in caught.value.problems}
    assert found == {
        ("wrong-type", 0, "replicas", None),
        ("wrong-type", 0, "stateful", None),
        ("unknown-key", 0, "cpu", "requests.cpu"),
    }
    with pytest.raises(tenantry.FleetError) as caught:
        of(csv(tmp_path, 'name,tenant,mitigations\nw,a,x\nv,nobody,"[\nx"\nu,a,[y\n'))
    second, other, third = (it for it in caught.value.problems)
    assert (second.row, second.column_name, third.row, third.column_name) == (1, "tenant", 2, "mitigations")
    assert f"column 'mitigations': {tmp_path / 'workloads.csv'} line 3: this is not JSON: " in str(other)
    assert "workloads.csv line 5: this is not JSON: " in str(third)
    assert len(of(csv(tmp_path, "name,tenant\n"))) == 0


@pytest.mark.parametrize("text", ["", "\n", "\r\n\r\n"])
def test_a_file_without_a_header_is_no_empty_fleet(text: str, tmp_path: Path) -> None:
    with pytest.raises(tenantry.UsageError, match=r"workloads\.csv: nothing is in it, not even a header"):
        of(csv(tmp_path, text))


def test_files_that_are_none_are_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError):
        of(tmp_path / "none.csv")
    with pytest.raises(FileNotFoundError):
        of(tmp_path / "none.parquet")
    with pytest.raises(TypeError, match=r"or a file whose name ends in \.csv or \.parquet"):
        of(tmp_path / "workloads.yaml")
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 and no more")
    for absent in (None, "pyarrow.parquet"):
        if absent:
            monkeypatch.setitem(sys.modules, absent, None)
        with pytest.raises(tenantry.UsageError, match=r"broken\.parquet: this is no Parquet file that can be read"):
            of(broken)
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match="the package `pyarrow` or `polars` is needed"):
        of(broken)


def test_files_beyond_all_measure_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        os.truncate(file.fileno(), (1 << 30) + 1)
    with pytest.raises(tenantry.UsageError, match="1073741825 bytes, and more than 1073741824 are not read"):
        of(large)
    swollen = tmp_path / "swollen.parquet"
    pq.write_table(pa.table({"name": pa.array(["w"] * 2_000_001).dictionary_encode()}), swollen)
    assert swollen.stat().st_size < 100_000
    for absent in (None, "pyarrow.parquet"):
        if absent:
            monkeypatch.setitem(sys.modules, absent, None)
        with pytest.raises(tenantry.UsageError, match="2000001 rows, and more than 2000000 are not read"):
            of(swollen)
    with pytest.raises(tenantry.UsageError, match="more than 2000000 rows"):
        of(csv(tmp_path, "labels.x\n" + "\n".join(["1"] * 2_000_001)))
