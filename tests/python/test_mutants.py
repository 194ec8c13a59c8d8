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


def test_no_charge_ends_in_an_exception(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A certificate that charges for moves where nothing exists: the second checker ended with a KeyError."""
    findings, _ = mutants.run(800_000, 100, tmp_path)
    capfd.readouterr()
    assert not findings, findings[0][:4000]
