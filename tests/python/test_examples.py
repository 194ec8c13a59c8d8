"""What is shown runs: the examples of the docstrings, and the README's Python, which also has the right types."""

from __future__ import annotations

import contextlib
import doctest
import functools
import importlib
import inspect
import io
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
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


def functions() -> Iterator[tuple[str, Callable[..., object]]]:
    """Every public function, and the methods of every public class."""
    for name in tenantry.__all__:
        thing = getattr(tenantry, name)
        if inspect.isfunction(thing):
            yield name, thing
        if inspect.isclass(thing):
            for inner, part in vars(thing).items():
                method = part.__func__ if isinstance(part, (classmethod, staticmethod)) else part
                if not inner.startswith("_") and inspect.isfunction(method):
                    yield f"{name}.{inner}", method


def test_every_public_function_has_an_example() -> None:
    found = dict(functions())
    assert {"plan", "Fleet.load", "FleetBuilder.workload", "Audit.to_sarif", "PlannedScenarios.all"} <= set(found)
    assert [name for name, thing in found.items() if ">>>" not in (thing.__doc__ or "")] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_the_lists_of_the_pages_count_up(page: Path) -> None:
    """Other entries name these by their numbers."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    numbers = [int(it) for it in re.findall(r"^(\d+)\. ", prose, re.MULTILINE)]
    assert [pair for pair in zip([0, *numbers], numbers, strict=False) if pair[1] not in (1, pair[0] + 1)] == []


def test_everything_public_says_what_it_is() -> None:
    kinds = [kind for kind in (getattr(tenantry, name) for name in tenantry.__all__) if inspect.isclass(kind)]
    assert len(kinds) > 80
    # a dataclass without words of its own gets its signature
    assert [kind for kind in kinds if not kind.__doc__ or kind.__doc__.startswith(f"{kind.__name__}(")] == []
    parts = [(kind, name, part) for kind in kinds for name, part in vars(kind).items() if not name.startswith("_")]
    shown = [
        (kind, name, part) for kind, name, part in parts if isinstance(part, (property, functools.cached_property))
    ]
    assert len(shown) > 100
    assert [f"{kind.__name__}.{name}" for kind, name, part in shown if not part.__doc__] == []


def test_what_takes_much_says_what_each_of_it_is() -> None:
    many = {name: list(inspect.signature(thing).parameters) for name, thing in functions()}
    many = {name: taken for name, taken in many.items() if len(taken) > 4}
    assert {"plan", "plan_many", "Fleet.relax", "FleetBuilder.workload"} <= set(many)
    told = dict(functions())
    said = {name: set(re.findall(r"\w+", told[name].__doc__ or "")) for name in many}
    assert {name: left for name, taken in many.items() if (left := set(taken) - said[name] - {"self", "cls"})} == {}


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


CHECKERS = {
    "mypy": ["mypy", "--strict", "--no-incremental", "--config-file=", "right.py", "wrong.py"],
    "pyright": ["basedpyright", "--pythonpath", sys.executable, "--level", "error"],
}


@pytest.mark.parametrize("checker", CHECKERS)
def test_the_code_of_the_readme_has_the_right_types(checker: str, tmp_path: Path) -> None:
    libraries = "import pathlib\nimport narwhals as nw\nimport pandas as pd\nimport polars as pl\n"
    (tmp_path / "right.py").write_text(libraries + readme() + FRAMES)
    (tmp_path / "wrong.py").write_text("import tenantry\n" + "\n".join(WRONG))
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "standard"}')
    done = subprocess.run(
        [sys.executable, "-m", *CHECKERS[checker]],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(tenantry.__file__).parents[1])},
    )
    errors = [line.strip() for line in done.stdout.splitlines() if re.search(r":\d+(:\d+)?( -|:) error:", line)]
    found = [re.match(r"(?:.*/)?(\w+)\.py:(\d+)", line) for line in errors]
    lines = {int(place[2]) for place in found if place and place[1] == "wrong"}
    assert sorted(lines) == list(range(2, 2 + len(WRONG))), done.stdout + done.stderr
    assert [line for line, place in zip(errors, found, strict=True) if not place or place[1] != "wrong"] == []


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
