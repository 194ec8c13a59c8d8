"""The example notebook runs from top to bottom."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
import tenantry
from nbclient import NotebookClient


def test_the_notebook_runs(examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = nbformat.read(examples / "planning.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in cells)
    pages = [output.data for cell in cells for output in cell.outputs if output.output_type == "execute_result"]
    assert any("tenantry" in page.get("text/html", "") for page in pages)


def test_a_page_shows_what_would_hide() -> None:
    fleet = (
        tenantry.Fleet.builder("a\u202eb<i>\u2066\U000e0041")
        .tenant("a", trust="trusted")
        .workload("web", tenant="a", cpu=1, memory="1Gi")
        .template("t", cpu=4, memory="8Gi")
        .build()
    )
    page = tenantry.plan(fleet)._repr_html_()
    assert "a\\u{202e}b&lt;i&gt;\\u{2066}\\u{e0041}" in page
    assert not set(page) & set("\u202e\u2066\U000e0041")
