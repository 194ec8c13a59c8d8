"""The guide to other machines: its scripts run as they stand, and each of its executors gives the bytes of here."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import re
import runpy
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import tenantry
from test_executors import islands
from test_scenarios import drawn, impossible, wrong

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 300.0

BESIDE = Path(sys.executable).parent / "mpiexec"
"""Of the wheel of MPICH. One of the system's own may want arguments of its own."""

START: dict[str, tuple[str, list[str]]] = {
    "loky": ("joblib", [sys.executable]),
    "dask": ("distributed", [sys.executable]),
    "mpi": ("mpi4py", [str(BESIDE), "-n", "3", sys.executable, "-m", "mpi4py.futures"]),
    "ray": ("ray", [sys.executable]),
}
"""The package of each, and how a script of it is started."""

OPENED = {
    "mpi": "from mpi4py.futures import MPIPoolExecutor as Workers",
    "ray": "import ray\nfrom ray_executor import RayExecutor as Workers\n",
}

DEEP = """
import json, os, signal, sys, time, warnings
import tenantry
from test_executors import islands
from test_other_machines import many
{opened}


def main():
    warnings.simplefilter("error", RuntimeWarning)
    {begin}
    with Workers() as executor:
        who = set()
        while len(who) < 2:  # whoever takes the first has to start
            who |= {{future.result() for future in [executor.submit(os.getpid) for _ in range(8)]}}
        planned = tenantry.plan_many(many(), executor, in_flight=4, keep_plans=True)
        rows = [next(planned)]
        {meanwhile}
        rows = sorted([*rows, *planned], key=lambda row: row.number)
        plan = tenantry.plan(islands(12), executor=executor)
    with open(sys.argv[1], "w") as file:
        json.dump(
            {{
                "here": os.getpid() in who,
                "rows": [row.to_dict() for row in rows],
                "plans": [row.plan and [row.plan.to_json(), row.plan.certificate_json] for row in rows],
                "plan": [plan.to_json(), plan.certificate_json],
            }},
            file,
        )


if __name__ == "__main__":
    main()
"""


def many() -> dict[str, tenantry.Fleet]:
    return drawn(12) | {"none": impossible(), "wrong": wrong()}


def started(name: str) -> list[str]:
    package, command = START[name]
    if importlib.util.find_spec(package) is None:
        more = ": `make test-ray` brings it" if name == "ray" else ""
        pytest.skip(f"{package} is not installed{more}")
    if name == "mpi" and not BESIDE.exists():
        pytest.skip("there is no mpiexec beside this Python: the wheel of MPICH (`pip install mpich`) has one")
    return command


def run(command: list[str], folder: Path, *arguments: str | Path) -> str:
    # Ray keeps a token in the home of whoever starts it
    more = {"HOME": str(folder), "PYTHONPATH": os.pathsep.join([str(folder), str(Path(__file__).parent), *sys.path])}
    given: list[str | Path] = [*command, *arguments]
    done = subprocess.run(
        given, capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ | more, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the scripts of the guide, each under the name in its first line."""
    folder = tmp_path_factory.mktemp("guide")
    text = (ROOT / "docs" / "howto-executors.md").read_text("utf-8")
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        named = re.match(r"# (\w+\.py)\n", block)
        (folder / (named[1] if named else "one_fleet.py")).write_text(block)
    assert {path.stem for path in folder.iterdir()} == {
        *("study", "ray_executor", "one_fleet"),
        *(f"over_{name}" for name in START),
    }
    return folder


@pytest.fixture(scope="module")
def shown(guide: Path) -> str:
    """What the study shows with no executor."""
    said = io.StringIO()
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        with redirect_stdout(said):
            runpy.run_path(str(guide / "study.py"))["show"](None)
    finally:
        os.chdir(before)
    return said.getvalue()


def test_the_study_shows_figures_and_an_error(shown: str) -> None:
    lines = shown.splitlines()
    assert lines[0] == "today, 7, verified"
    assert "without separate:environment, 6, verified" in lines
    assert lines[-1] == "one zone, None, FleetError"


@pytest.mark.parametrize("name", START)
def test_a_script_of_the_guide_shows_the_same(name: str, guide: Path, shown: str) -> None:
    said = run(started(name), guide, guide / f"over_{name}.py")
    assert [line for line in said.splitlines() if "(raylet)" not in line] == shown.splitlines()


def test_one_fleet_of_the_guide(guide: Path) -> None:
    run([sys.executable], guide, guide / "one_fleet.py")


@pytest.fixture(scope="module")
def here() -> dict[str, Any]:
    rows = tenantry.plan_many(many(), workers=1, keep_plans=True).all()
    plan = tenantry.plan(islands(12))
    known = {
        "here": False,
        "rows": [row.to_dict() for row in rows],
        "plans": [row.plan and [row.plan.to_json(), row.plan.certificate_json] for row in rows],
        "plan": [plan.to_json(), plan.certificate_json],
    }
    return json.loads(json.dumps(known))  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", OPENED)
def test_the_bytes_are_those_of_here(name: str, guide: Path, tmp_path: Path, here: dict[str, Any]) -> None:
    assert [row["error_kind"] for row in here["rows"]] == [None] * 13 + ["FleetError"]
    killed = "os.kill(min(who), signal.SIGKILL)" if name == "ray" else "pass"  # the end of all of MPI
    begin = "ray.init(num_cpus=2, include_dashboard=False)" if name == "ray" else "pass"
    script = guide / f"deep_{name}.py"
    script.write_text(DEEP.format(opened=OPENED[name], begin=begin, meanwhile=killed))
    run(started(name), guide, script, tmp_path / "there.json")
    assert json.loads((tmp_path / "there.json").read_text()) == here
