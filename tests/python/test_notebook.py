"""The example notebooks run from top to bottom."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
import tenantry
from nbclient import NotebookClient

STORIES = ("brownfield", "capacity_planning", "policy_review")


def test_every_notebook_is_run(examples: Path) -> None:
    assert tuple(sorted(path.stem for path in examples.glob("*.ipynb"))) == STORIES


@pytest.mark.parametrize("story", STORIES)
def test_a_notebook_runs(story: str, examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("TENANTRY_EXAMPLES", str(examples))
    here = tmp_path / "here"
    here.mkdir()
    notebook = nbformat.read(examples / f"{story}.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in cells)  # what is committed is not what was run once
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(here)}}).execute()
    assert all(cell.execution_count for cell in cells)
    assert not list(here.iterdir())
    told = [output for cell in cells for output in cell.outputs]
    assert not [output for output in told if output.output_type == "stream" and output.name == "stderr"]
    assert any("image/svg+xml" in output.get("data", {}) for output in told)
    pages = [output.data.get("text/html", "") for output in told if output.output_type == "execute_result"]
    assert any("<table" in page for page in pages)
    assert story != "capacity_planning" or any("tenantry" in page for page in pages)


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
