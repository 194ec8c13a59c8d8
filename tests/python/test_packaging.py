"""What is published: wheels of the stable ABI, an sdist that builds, and the workflow that makes them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / ".github/workflows/wheels.yml"


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """The files of the sdist, by their path in it, and their sizes."""
    folder = tmp_path_factory.mktemp("sdist")
    made = subprocess.run(
        [sys.executable, "-m", "maturin", "sdist", "--out", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    [archive] = folder.glob("*.tar.gz")
    assert archive.stat().st_size < 8 << 20
    with tarfile.open(archive) as opened:
        members = opened.getmembers()
    assert all(member.isfile() or member.isdir() for member in members), "links do not unpack everywhere"
    assert {member.name.split("/", 1)[0] for member in members} == {archive.name.removesuffix(".tar.gz")}
    return {member.name.split("/", 1)[1]: member.size for member in members if member.isfile()}


def test_the_sdist_has_what_a_build_needs(sdist: dict[str, int]) -> None:
    needed = [
        "Cargo.toml",
        "Cargo.lock",
        "pyproject.toml",
        "askama.toml",
        "README.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "PKG-INFO",
    ]
    assert [name for name in needed if name not in sdist] == []
    tracked = subprocess.run(
        ["git", "ls-files", "src", "templates", "python"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if tracked.returncode != 0:
        pytest.skip("not a checkout of git: what should be in the sdist is not known")
    assert [name for name in tracked.stdout.split() if name not in sdist] == []
    # whatever the source takes in while it is compiled
    taken = [
        (source.parent / name).resolve().relative_to(ROOT).as_posix()
        for source in (ROOT / "src").rglob("*.rs")
        for name in re.findall(r'include_(?:str|bytes)!\(\s*"([^"]+)"', source.read_text(encoding="utf-8"))
    ]
    assert [name for name in taken if name not in sdist] == []


def test_the_sdist_has_nothing_else(sdist: dict[str, int]) -> None:
    hidden = [name for name in sdist if name.startswith((".ci/", ".github/", ".git/", "target/", "dist/", ".venv"))]
    assert hidden == []
    assert [name for name in sdist if name.endswith((".so", ".pyd", ".whl", ".pyc"))] == []
    assert {name: size for name, size in sdist.items() if size > 2 << 20} == {}


def test_the_wheel_keeps_to_the_stable_abi() -> None:
    if find_spec("abi3audit") is None:
        pytest.skip("abi3audit is not installed: `pip install abi3audit`; the workflow of the wheels runs it")
    wheels = sorted((ROOT / "dist").glob("*.whl"))
    if not wheels:
        pytest.skip("no wheel in dist/: `make test-python` builds one")
    command = [sys.executable, "-m", "abi3audit", "--strict", "--report", *map(str, wheels)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    for spec in json.loads(said.stdout)["specs"].values():
        assert [part["result"]["non_abi3_symbols"] for part in spec["wheel"]] == [[]]


@pytest.fixture(scope="module")
def jobs() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load(WORKFLOW)
    assert loaded["permissions"] == {"contents": "read"}
    return dict(loaded["jobs"])


def test_actions_are_pinned_by_commit() -> None:
    uses = re.findall(r"^ *- uses: (.*)$", WORKFLOW.read_text(encoding="utf-8"), re.MULTILINE)
    assert uses
    assert [use for use in uses if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use)] == []
    # and one action is one commit
    assert len(set(uses)) == len({use.split("@")[0] for use in uses})


def test_wheels_are_built_for_every_platform(jobs: dict[str, Any]) -> None:
    rows = jobs["wheel"]["strategy"]["matrix"]["include"]
    assert {row["target"] for row in rows} == {
        *(f"{machine}-unknown-linux-{libc}" for machine in ("x86_64", "aarch64") for libc in ("gnu", "musl")),
        "x86_64-apple-darwin",
        "aarch64-apple-darwin",
        "x86_64-pc-windows-msvc",
    }
    assert len({row["name"] for row in rows}) == len(rows)
    for row in rows:
        assert row["libc"].startswith("musllinux") == row["target"].endswith("musl")


def test_only_publishing_may_publish(jobs: dict[str, Any]) -> None:
    publish = jobs["publish"]
    assert publish["permissions"] == {"id-token": "write"}
    assert set(publish["needs"]) == set(jobs) - {"publish"}
    assert "refs/tags/v" in publish["if"]
    # what builds runs code of others, and has no right to anything
    assert [name for name, job in jobs.items() if name != "publish" and "permissions" in job] == []
    assert "secrets." not in WORKFLOW.read_text(encoding="utf-8")
