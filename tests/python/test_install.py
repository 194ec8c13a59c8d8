"""The built wheel in a fresh environment: the package, the program and its stubs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    wheels = sorted((ROOT / "dist").glob("*.whl"))
    if not wheels:
        pytest.skip("no wheel in dist/: `make test-python` builds one")
    folder = tmp_path_factory.mktemp("fresh")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip: list[str | Path] = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, wheels[-1]], check=True)
    return folder / "bin"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, capture_output=True, text=True, check=False, cwd="/")


def test_the_package_needs_nothing_else(fresh: Path) -> None:
    acme = str(ROOT / "examples/acme.yaml")
    code = f"import tenantry; print(len(tenantry.plan(tenantry.Fleet.load({acme!r})).clusters))"
    done = run(fresh / "python", "-c", code)
    assert (done.stdout, done.stderr) == ("7\n", "")


def test_the_program_is_the_same(fresh: Path) -> None:
    shop = ROOT / "examples" / "shop.yaml"
    script = run(fresh / "tenantry", "plan", shop, "--format", "json")
    module = run(fresh / "python", "-m", "tenantry", "plan", shop, "--format", "json")
    assert script.returncode == module.returncode == 0
    assert script.stdout == module.stdout
    assert run(fresh / "tenantry", "plan", "/nowhere.yaml").returncode == 2


def test_the_stubs_are_shipped(fresh: Path) -> None:
    done = run(fresh / "python", "-c", "import tenantry; print(tenantry.__path__[0])")
    folder = Path(done.stdout.strip())
    assert (folder / "py.typed").exists()
    assert (folder / "_core.pyi").exists()
