"""What is shown runs: the examples of the docstrings, and the README's Python, which also has the right types."""

from __future__ import annotations

import contextlib
import doctest
import importlib
import inspect
import io
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import tenantry

ROOT = Path(__file__).resolve().parents[2]


def modules() -> Iterator[ModuleType]:
    yield tenantry
    for found in pkgutil.walk_packages(tenantry.__path__, "tenantry."):
        if not found.name.endswith(("__main__", "_core")):
            yield importlib.import_module(found.name)


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.__name__)
def test_the_examples_of_the_docstrings_run(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        failed, _ = doctest.testmod(module)
    assert failed == 0, output.getvalue()


def functions() -> Iterator[tuple[str, object]]:
    """Every public function, and the methods of the classes that are worked with."""
    for name in tenantry.__all__:
        thing = getattr(tenantry, name)
        if inspect.isfunction(thing):
            yield name, thing
    for kind in (tenantry.Fleet, tenantry.FleetBuilder, tenantry.Plan):
        for name, thing in vars(kind).items():
            if not name.startswith("_") and isinstance(thing, (classmethod, staticmethod)):
                yield f"{kind.__name__}.{name}", thing.__func__
            elif not name.startswith("_") and inspect.isfunction(thing):
                yield f"{kind.__name__}.{name}", thing


def test_every_public_function_has_an_example() -> None:
    found = dict(functions())
    assert len(found) > 30
    assert [name for name, thing in found.items() if ">>>" not in (thing.__doc__ or "")] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_the_lists_of_the_pages_count_up(page: Path) -> None:
    """Other entries name these by their numbers."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    numbers = [int(it) for it in re.findall(r"^(\d+)\. ", prose, re.MULTILINE)]
    assert [pair for pair in zip([0, *numbers], numbers, strict=False) if pair[1] not in (1, pair[0] + 1)] == []


def readme() -> str:
    """The Python of the README, in one piece."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert blocks
    return "\n".join(blocks)


def test_the_code_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(readme(), "README.md", "exec"), {})
    assert output.getvalue().startswith("optimal 7 ")


def test_the_code_of_the_readme_has_the_right_types(tmp_path: Path) -> None:
    right = tmp_path / "right.py"
    libraries = "import pathlib\nimport narwhals as nw\nimport pandas as pd\nimport polars as pl\n"
    right.write_text(libraries + readme() + FRAMES)
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import tenantry\n" + "\n".join(WRONG))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--config-file=", str(right), str(wrong)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    lines = [int(line.split(":")[1]) for line in errors if line.startswith("wrong.py")]
    assert sorted(set(lines)) == list(range(2, 2 + len(WRONG))), done.stdout
    assert [line for line in errors if not line.startswith("wrong.py")] == []


FRAMES = """
tenantry.Fleet.from_tables(pd.DataFrame(), pd.DataFrame(), templates=[{"name": "t"}], name="x", as_of="2026-11-26")
tenantry.Fleet.from_tables(pl.DataFrame(), pl.DataFrame(), {"separate": [{"by": "e"}]}, pl.DataFrame())
tenantry.Fleet.from_tables(**tenantry.to_tables(fleet), policy=fleet.to_dict().get("policy"))
tenantry.Fleet.from_tables("w.csv", pathlib.Path("t.parquet"), columns={"app": "name"}, units={"cpu": "cores"})
tenantry.Fleet.from_tables(nw.from_native(pl.DataFrame()), [], columns={"templates": {"a": "b"}})
rows: tuple[tenantry.Assignment, ...] = tuple(plan.assignments)
first: tenantry.Cluster = plan.clusters[0]
use: tenantry.ResourceUse = first.resources["cpu"]
"""

WRONG = (
    "tenantry.Fleet.from_tables(workloads=42, tenants=[])",
    'tenantry.Fleet.from_tables(workloads=[], tenants=b"nonsense")',
    'tenantry.Fleet.from_tables([], [], columns={"name": 1}, units={"cpu": "cores"})',
    'tenantry.Fleet.from_tables(workloads=[], tenants={"name": "x"})',
    'tenantry.plan("file.yaml")',
    "tenantry.plan(tenantry.Fleet.builder())",
    'tenantry.Fleet.builder().tenant("a", trust=None)',
    'tenantry.plan(tenantry.Fleet.load("x")).assignments[0].requests["cpu"] = "1"',
)
