"""The commands of the tutorial and of the README print what is shown, one after another in one folder."""

from __future__ import annotations

import doctest
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def commands(text: str) -> list[tuple[str, list[str]]]:
    """The commands of the console blocks, each with the lines that it shows."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def shows(shown: list[str], printed: list[str]) -> bool:
    """Whether these lines come in this order; `...` stands for any number of lines."""
    if not shown:
        return not printed
    if shown[0] == "...":
        return any(shows(shown[1:], printed[skipped:]) for skipped in range(len(printed) + 1))
    return bool(printed) and printed[0] == shown[0] and shows(shown[1:], printed[1:])


def run(guide: Path, folder: Path) -> int:
    """Run the commands of a guide, and say how many there were."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    found = commands(guide.read_text())
    if guide.name == "README.md":  # it also shows kubectl, and commands without what they print
        found = [(command, shown) for command, shown in found if shown and not command.endswith("\\")]
    for command, shown in found:
        program, *arguments = command.split()
        start = {"tenantry": [sys.executable, "-m", "tenantry"], "python": [sys.executable]}[program]
        done = subprocess.run([*start, *arguments], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stderr)
        assert shows(shown, done.stdout.splitlines()), (command, done.stdout)
    return len(found)


def test_the_tutorial_shows_what_is_printed(tmp_path: Path) -> None:
    assert run(ROOT / "docs" / "tutorial.md", tmp_path) > 6


def test_the_readme_shows_what_is_printed(tmp_path: Path) -> None:
    assert run(ROOT / "README.md", tmp_path) == 2


def test_what_is_not_printed_is_not_shown() -> None:
    assert not shows(["a"], ["a", "b"])
    assert not shows(["b", "..."], ["a", "b"])
    assert shows(["a", "..."], ["a", "b"])


def test_the_guide_to_tables_shows_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = (ROOT / "docs" / "howto-tables.md").read_text()
    blocks = re.findall(r"```pycon\n(.*?)```", text, re.DOTALL)
    session = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "howto-tables.md", "howto-tables.md", 0)
    assert len(session.examples) > 15
    said: list[str] = []
    failed, _ = doctest.DocTestRunner(verbose=False).run(session, out=said.append)
    assert failed == 0, "".join(said)
