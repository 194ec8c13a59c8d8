"""The recipe for `make` in the guide to many fleets, run as it stands there."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tenantry

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With the recipe, a program, and a fleet that is planned at once."""
    [recipe] = re.findall(r"```make\n(.*?)```", (ROOT / "docs" / "howto-many.md").read_text("utf-8"), re.DOTALL)
    (tmp_path / "Makefile").write_text(recipe)
    (tmp_path / "fleets").mkdir()
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "tenantry"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tenantry "$@"\n')
    program.chmod(0o755)
    shutil.copy(ROOT / "examples" / "shop.yaml", tmp_path / "fleets")
    return tmp_path


def made(folder: Path) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])
    return subprocess.Popen(
        ["make"],
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def rows(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "plans.jsonl").read_text().splitlines()]


def test_a_run_with_failures_is_made_again(folder: Path) -> None:
    broken = folder / "fleets" / "broken.yaml"
    broken.write_text("schema: tenantry/v1\nworkload: []\n")
    for _ in range(2):
        with made(folder) as run:
            said, _ = run.communicate()
        assert run.returncode != 0, said
        assert len(rows(folder)) == 2
    shutil.copy(folder / "fleets" / "shop.yaml", broken)
    for at in range(2):
        with made(folder) as run:
            said, _ = run.communicate()
        assert (run.returncode, "up to date" in said) == (0, at == 1), said


def test_an_interrupted_run_keeps_its_rows(folder: Path) -> None:
    # far from planned within the limit of the recipe
    signal.signal(signal.SIGINT, signal.default_int_handler)
    builder = tenantry.Fleet.builder("hard").template("t", cpu=1000, memory=1000)
    for index in range(400):
        distrusts = [f"t{(index + step * step) % 400}" for step in range(1, 120)]
        distrusts = sorted({name for name in distrusts if name != f"t{index}"})
        builder.tenant(f"t{index}", trust="trusted", distrusts=distrusts)
        size = 20 + (index * index * 7919 + 31) % 241
        builder.workload("w", tenant=f"t{index}", cpu=size, memory=20 + (index * 104729) % 241)
    (folder / "fleets" / "zz-hard.yaml").write_text(json.dumps(builder.build().to_dict()))
    with made(folder) as run:
        while not (folder / "plans.jsonl").exists() or not (folder / "plans.jsonl").read_text().count("\n"):
            assert run.poll() is None
            time.sleep(0.01)
        os.killpg(run.pid, signal.SIGINT)
        said, _ = run.communicate()
    assert run.returncode != 0, said
    assert len(rows(folder)) >= 1
    assert not (folder / "plans.done").exists()
