"""A small slice of the mutants; ``mutants.py`` runs as many as one likes."""

from __future__ import annotations

from pathlib import Path

import mutants
import pytest


def test_never_a_yes_and_a_no(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    findings, count = mutants.run(0, 1_500, tmp_path)
    capfd.readouterr()  # the program's words
    assert not findings, findings[0][:4000]
    # all verdicts come up, by both
    for code in (0, 1, 2):
        assert count[code, code] > 20, count
