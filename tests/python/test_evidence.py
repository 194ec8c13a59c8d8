"""Archives of evidence: what one checker refutes, the other refutes."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tenantry.check.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ["manifest.json", "README.txt", "fleet.json", "source.txt", "plan.json", "plan.txt", "certificate.json"]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The program."""
    command = [sys.executable, "-m", "tenantry", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def bundled(fleet: Path, to: Path) -> dict[str, bytes]:
    """The files of the archive of a fleet."""
    done = run("bundle", fleet, "-o", to)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(to) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(files: dict[str, bytes], to: Path, *, signed: bool) -> Path:
    """An archive of other files; ``signed``: its manifest names them as they are."""
    files = dict(files)
    if signed:
        manifest = json.loads(files["manifest.json"])
        for row in manifest["files"]:
            data = files.get(row["name"], b"")
            row |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        files["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return to


def both(archive: Path) -> tuple[int, int]:
    """What the two checkers end with."""
    return run("check", archive).returncode, main([str(archive)])


def test_evidence_is_the_same_bytes_and_both_accept_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, again = tmp_path / "a.zip", tmp_path / "b.zip"
    files = bundled(EXAMPLES / "acme.yaml", first)
    assert bundled(EXAMPLES / "acme.yaml", again) == files
    assert first.read_bytes() == again.read_bytes()
    assert list(files) == NAMES
    assert both(first) == (0, 0)
    said = capsys.readouterr().out
    assert said.startswith("VERIFIED")
    assert "not made again here: README.txt, source.txt, plan.txt" in said


def test_evidence_of_running_clusters_has_audit_and_migration(tmp_path: Path) -> None:
    files = bundled(EXAMPLES / "two-regions-today.yaml", tmp_path / "a.zip")
    assert list(files) == [*NAMES, "audit.json", "migration.json"]
    assert both(tmp_path / "a.zip") == (0, 0)
    migration = json.loads(files["migration.json"])
    migration["batches"] = migration["batches"][1:]
    forged = written({**files, "migration.json": json.dumps(migration).encode()}, tmp_path / "b.zip", signed=True)
    assert both(forged) == (1, 1)
    audit = written({**files, "audit.json": b"{}"}, tmp_path / "c.zip", signed=True)
    assert both(audit) == (1, 0)  # the second does not make audits again, and says so


def of_plan(change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, bytes]], None]:
    """The same change of the plan in the archive."""

    def of_files(files: dict[str, bytes]) -> None:
        plan = json.loads(files["plan.json"])
        change(plan)
        files["plan.json"] = json.dumps(plan).encode()

    return of_files


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        of_plan(lambda plan: plan["assignments"].pop()),
        of_plan(lambda plan: plan.update(asOf="2020-01-01")),
        of_plan(lambda plan: plan["summary"].update(lowerBound=1)),
        lambda files: files.update(
            {"certificate.json": files["certificate.json"].replace(b'"bound": ', b'"bound": 1')}
        ),
        lambda files: files.update({"certificate.json": files["certificate.json"].replace(b'"bound":', b'"bound":1')}),
    ],
)
def test_what_is_changed_is_refuted_by_both(
    change: Callable[[dict[str, bytes]], None], signed: bool, tmp_path: Path
) -> None:
    files = bundled(EXAMPLES / "acme.yaml", tmp_path / "a.zip")
    other = dict(files)
    change(other)
    if other != files:
        rust, python = both(written(other, tmp_path / "b.zip", signed=signed))
        assert rust in (1, 2) and python in (1, 2)


def test_strange_files_and_missing_ones_are_refuted(tmp_path: Path) -> None:
    files = bundled(EXAMPLES / "acme.yaml", tmp_path / "a.zip")
    assert both(written({**files, "../x": b""}, tmp_path / "b.zip", signed=False)) == (1, 1)
    fewer = {name: data for name, data in files.items() if name != "plan.txt"}
    assert both(written(fewer, tmp_path / "c.zip", signed=False)) == (1, 1)
    unnamed = {**files, "audit.json": b"{}"}
    assert both(written(unnamed, tmp_path / "d.zip", signed=False)) == (1, 1)


def test_what_is_no_archive_is_unreadable(tmp_path: Path) -> None:
    for name, data in [
        ("a.zip", b"PK"),
        ("b.zip", b""),
        ("c.zip", b"schema: x"),
        ("d.zip", b"PK\x05\x06" + b"\0" * 18),
    ]:
        file = tmp_path / name
        file.write_bytes(data)
        assert both(file) == (2, 2), name
    for data in (b"{}", b"[]", b"", b'{"schema": "tenantry-evidence/v1", "asOf": "2026-01-01", "files": [{}]}'):
        archive = written({"manifest.json": data}, tmp_path / "e.zip", signed=False)
        assert both(archive) == (2, 2), data
