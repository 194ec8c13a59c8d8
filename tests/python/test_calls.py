"""The measurements of whole calls run, on fleets so small that they measure nothing."""

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("tenantry")


def test_every_table_has_its_rows(tmp_path: Path) -> None:
    written = tmp_path / "calls.md"
    specs = ["menu:200:2", "rules:20:1", "brownfield:120:2", "levers:200:2"]
    command = [sys.executable, "benches/calls/run.py", str(PROGRAM), "--markdown", str(written), *specs]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    text = written.read_text(encoding="utf-8")
    assert text == done.stdout
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    heads = 6
    assert len(rows) == heads + 2 + 4 + 4, text
    assert "exit" not in text, text
