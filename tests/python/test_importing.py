"""What `import tenantry` brings along and leaves behind: little, and nothing."""

from __future__ import annotations

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


def test_an_import_is_light() -> None:
    loaded = set(look("import tenantry")["loaded"])
    assert "tenantry._core" in loaded
    assert sorted(loaded & HEAVY) == []
    # charts, the second checker and what only some calls need wait for them
    assert [name for name in loaded if name.startswith(("tenantry.plot", "tenantry.check"))] == []
    # of the standard library, with what its modules load themselves
    others = [name for name in loaded if not name.startswith("tenantry")]
    assert len(others) <= 90, sorted(others)


def test_an_import_leaves_everything_as_it_was() -> None:
    seen = look("import tenantry")
    assert seen["before"] == seen["after"]


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)", "handlers"),
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
