"""Archives of evidence: what one checker refutes, the other refutes."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tenantry
from tenantry.check.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = [
    "manifest.json",
    "README.txt",
    "fleet.json",
    "source.txt",
    "plan.json",
    "plan.txt",
    "report.html",
    "certificate.json",
]


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
    assert "not made again here: README.txt, source.txt, plan.txt, report.html" in said


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
    page = files["report.html"].replace(b"</main>", b"<p>and one cluster less</p></main>")
    assert page != files["report.html"]
    assert both(written({**files, "report.html": page}, tmp_path / "d.zip", signed=True)) == (1, 0)


@pytest.mark.parametrize("name", ["acme.yaml", "two-regions-today.yaml"])
def test_python_files_away_the_same_bytes(name: str, tmp_path: Path) -> None:
    bundled(EXAMPLES / name, tmp_path / "a.zip")
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    plan = tenantry.plan(tenantry.Fleet.load(EXAMPLES / name))
    plan.bundle(tmp_path / "b.zip", source=text)
    assert (tmp_path / "b.zip").read_bytes() == (tmp_path / "a.zip").read_bytes()
    plan.bundle(tmp_path / "c.zip")
    assert both(tmp_path / "c.zip") == (0, 0)
    # a plan that was read has no certificate, and the manifest says so
    read = tenantry.Plan.from_json(plan.to_json(), tenantry.Fleet.load(EXAMPLES / name))
    read.bundle(tmp_path / "d.zip")
    with zipfile.ZipFile(tmp_path / "d.zip") as archive:
        assert "certificate.json" not in archive.namelist()
        assert "certificate.json: the plan came without one" in json.loads(archive.read("manifest.json"))["leftOut"]


def test_python_files_nothing_away_that_is_wrong(tmp_path: Path) -> None:
    fleet = tenantry.Fleet.load(EXAMPLES / "acme.yaml")
    plan = tenantry.plan(fleet)
    with pytest.raises(tenantry.UsageError, match="does not read as the fleet"):
        plan.bundle(tmp_path / "a.zip", source=(EXAMPLES / "shop.yaml").read_text(encoding="utf-8"))
    with pytest.raises(tenantry.PlanError, match="without its fleet"):
        tenantry.Plan.from_json(plan.to_json()).bundle(tmp_path / "a.zip")
    with pytest.raises(tenantry.UsageError, match="not legal for this fleet"):
        plan.bundle(tmp_path / "a.zip", tenantry.Fleet.load(EXAMPLES / "shop.yaml"))
    assert list(tmp_path.iterdir()) == []


def test_two_files_of_one_name_are_refused_by_both(tmp_path: Path) -> None:
    files = bundled(EXAMPLES / "acme.yaml", tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            if name == "plan.json":
                archive.writestr(name, b"{}")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python's own writer only warns
                archive.writestr(name, data)
    assert both(tmp_path / "b.zip") == (2, 2)


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
