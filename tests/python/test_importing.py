"""What `import tenantry` brings along and leaves behind: little, and nothing."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tenantry

PACKAGE = Path(tenantry.__file__).parents[1]
LOOK = """
import json, os, signal, sys, threading
sys.path.insert(0, sys.argv[1])

def state():
    handlers = {number: repr(signal.getsignal(number)) for number in signal.valid_signals()}
    paths = {"cwd": os.getcwd(), "environment": dict(os.environ), "path": list(sys.path)}
    hooks = [repr(hook) for hook in (sys.excepthook, sys.unraisablehook, threading.excepthook, sys.stdout, sys.stderr)]
    files = os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []
    rest = {"threads": threading.active_count(), "hooks": hooks, "trace": repr(sys.gettrace()), "files": len(files)}
    tasks = os.listdir("/proc/self/task") if os.path.isdir("/proc/self/task") else []
    return {"handlers": {str(key): value for key, value in handlers.items()}, "tasks": len(tasks), **paths, **rest}

before, loaded = state(), set(sys.modules)
exec(sys.argv[2])
print(json.dumps({"before": before, "after": state(), "loaded": sorted(set(sys.modules) - loaded)}))
"""
LATER = {
    "ast", "collections", "concurrent", "contextlib", "dataclasses", "datetime", "decimal", "difflib", "enum",
    "functools", "html", "inspect", "json", "logging", "operator", "os.path", "pathlib", "re", "string", "textwrap",
    "threading", "traceback", "typing", "unicodedata", "urllib", "zipfile",
}  # fmt: skip
"""What it takes to plan, or to ask for more, and not to be there."""
WITH_A_CALL = {
    "concurrent.futures", "difflib", "html", "logging", "tenantry.audits", "tenantry.blasts", "tenantry.comparisons",
    "tenantry.diffs", "tenantry.facts", "tenantry.frontiers", "tenantry.growth", "tenantry.html",
    "tenantry.kubernetes", "tenantry.levers", "tenantry.migrations", "tenantry.packing", "tenantry.scenarios",
    "unicodedata",
}  # fmt: skip
"""What a plan of a file has no use for."""
PLANNED = (
    "import tenantry; tenantry.plan(tenantry.Fleet.from_yaml('{schema: tenantry/v1, tenants: [], workloads: []}'))"
)
HEAVY = {
    "altair", "anyio", "asyncio", "concurrent.futures.process", "duckdb", "email", "http", "logging.config",
    "multiprocessing", "narwhals", "networkx", "numpy", "pandas", "pickle", "polars", "pyarrow", "rustworkx", "scipy",
    "socket", "sqlite3", "ssl", "subprocess", "tempfile", "unittest", "xml",
}  # fmt: skip
"""What takes long to load, or that not everybody has."""


def look(code: str) -> dict[str, Any]:
    """What a fresh interpreter, without `site`, has loaded and changed by some code."""
    arguments = [sys.executable, "-I", "-S", "-B", "-c", LOOK, str(PACKAGE), code]
    said = subprocess.run(arguments, capture_output=True, text=True, check=True, cwd="/")
    assert said.stderr == ""
    result: dict[str, Any] = json.loads(said.stdout)
    return result


def loads(code: str) -> set[str]:
    """The modules that some code loads in a fresh interpreter that has hardly any."""
    told = (
        f"import sys; sys.path.insert(0, sys.argv[1]); had = set(sys.modules)\n{code}\nprint(*(set(sys.modules) - had))"
    )
    arguments = [sys.executable, "-I", "-S", "-B", "-c", told, str(PACKAGE)]
    return set(subprocess.run(arguments, capture_output=True, text=True, check=True, cwd="/").stdout.split())


def test_an_import_is_light() -> None:
    loaded = loads("import tenantry")
    assert sorted(loaded & (HEAVY | LATER | WITH_A_CALL)) == []
    assert sorted(name for name in loaded if name.startswith("tenantry")) == [
        "tenantry",
        "tenantry._core",
        "tenantry._lazy",
    ]


def test_what_is_seen_of_it_loads_nothing_more() -> None:
    seen = loads("import tenantry; dir(tenantry), tenantry.__all__, tenantry.__version__, tenantry.schema('fleet')")
    assert seen == loads("import tenantry")


def test_a_plan_loads_what_it_needs_of_it() -> None:
    loaded = loads(PLANNED)
    assert {"tenantry.fleet", "tenantry.planning", "tenantry.plans"} <= loaded
    assert sorted(loaded & (HEAVY | WITH_A_CALL)) == []
    # of the standard library, with what its modules load themselves
    others = [name for name in loaded if not name.startswith("tenantry")]
    assert len(others) <= 90, sorted(others)


def test_what_comes_later_would_be_seen() -> None:
    more = "import difflib, html, logging, unicodedata, zipfile, tenantry.html, tenantry.kubernetes"
    more += "; from tenantry import *"
    assert sorted((LATER | WITH_A_CALL) - loads(more)) == []


def test_each_name_comes_when_it_is_asked_for() -> None:
    code = """
import tenantry
assert "Fleet" in dir(tenantry) and "Fleet" not in vars(tenantry)
assert [name for name in dir(tenantry) if not hasattr(tenantry, name)] == []
assert vars(tenantry)["Fleet"] is tenantry.Fleet
"""
    assert {"tenantry.fleet", "tenantry.scenarios"} <= loads(code)


def test_the_names_for_type_checkers_are_those_at_run_time() -> None:
    tree = ast.parse(Path(tenantry.__file__).read_text())
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    told = {alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert set(told) | {"__version__", "schema"} == set(tenantry.__all__)
    for name, module in told.items():
        assert getattr(importlib.import_module(str(module)), name) is getattr(tenantry, name), name


def test_a_module_is_an_attribute_and_a_wrong_name_is_none() -> None:
    assert "tenantry.errors" in loads("import tenantry; tenantry.errors.FleetError")
    with pytest.raises(AttributeError, match="module 'tenantry' has no attribute 'Fleets'") as raised:
        _ = tenantry.Fleets  # type: ignore[attr-defined]
    assert raised.value.name == "Fleets"
    with pytest.raises(ImportError, match="cannot import name 'Fleets' from 'tenantry'"):
        from tenantry import Fleets  # type: ignore[attr-defined]  # noqa: F401


def test_an_import_leaves_everything_as_it_was() -> None:
    seen = look("import tenantry")
    assert seen["before"] == seen["after"]


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("import signal; signal.signal(signal.SIGUSR1, lambda *_: None)", "handlers"),
        ("import os; os.environ['MADE'] = '1'", "environment"),
        ("import threading, time; threading.Thread(target=time.sleep, args=(9,), daemon=True).start()", "threads"),
        ("import os; os.chdir('/usr')", "cwd"),
    ],
)
def test_a_change_would_be_seen(code: str, changed: str) -> None:
    seen = look(code)
    assert seen["before"][changed] != seen["after"][changed]


def test_a_heavy_module_would_be_seen() -> None:
    assert {"multiprocessing", "socket"} <= set(look("import tenantry, multiprocessing.connection")["loaded"]) & HEAVY
