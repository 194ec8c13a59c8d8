"""The stop button of a notebook: a real kernel is interrupted while it plans, and goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tenantry
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel
from tenantry._tasks import checked_bound
from test_interrupt import hard_fleet

PATIENCE = 300.0
"""For a machine that is busy: nothing here is measured."""

BEGUN = "a plan is there"

PREPARED = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import tenantry
from test_interrupt import hard_fleet

fleet = hard_fleet()

def hear(event):
    if event.kind == "plan":
        print({BEGUN!r}, flush=True)
"""

LONG = f"tenantry.plan(fleet, time_limit={PATIENCE}, progress=hear)"

RETURNING = LONG.replace(")", ", interrupt='return')")

TOLD = "print(plan.to_json(), plan.certificate_json, sep='\\0')"


class Notebook:
    """Cells, one after the other, and the stop button."""

    def __init__(self, kernel: KernelManager, client: BlockingKernelClient) -> None:
        self.kernel = kernel
        self.client = client

    def run(self, cell: str, stop: bool = False) -> tuple[dict[str, Any], str]:
        """What became of a cell, and what it printed; interrupted as soon as a plan is there, where that is asked."""
        said: list[str] = []
        stopped = False

        def hear(message: dict[str, Any]) -> None:
            nonlocal stopped
            if message["msg_type"] == "stream":
                said.append(message["content"]["text"])
            if stop and not stopped and BEGUN in "".join(said):
                stopped = True
                self.kernel.interrupt_kernel()

        reply = self.client.execute_interactive(cell, output_hook=hear, timeout=PATIENCE)
        assert stopped == stop, reply["content"]
        return reply["content"], "".join(said).replace(f"{BEGUN}\n", "")


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notebook]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        kernel, client = start_new_kernel(kernel_name="python3", startup_timeout=PATIENCE)
        try:
            book = Notebook(kernel, client)
            prepared, _ = book.run(PREPARED)
            assert prepared["status"] == "ok", prepared
            yield book
        finally:
            client.stop_channels()
            kernel.shutdown_kernel(now=True)


def is_true(told: str) -> None:
    """A plan as the kernel printed it: cut short by hand, and all that it says holds."""
    document, certificate = told.strip().split("\0")
    fleet = hard_fleet()
    plan = tenantry.Plan.from_json(document, fleet)
    assert (plan.stopped, plan.status, plan.found) == ("cancelled", "feasible", True)
    assert plan.lower_bound is not None
    assert 0 < plan.lower_bound < len(plan.clusters)
    assert checked_bound(fleet, plan, certificate)[0] == "verified"


def test_the_rest_of_a_cell_goes_on_with_the_best_plan(notebook: Notebook) -> None:
    reply, said = notebook.run(f"plan = {RETURNING}\n{TOLD}", stop=True)
    assert reply["status"] == "ok"
    is_true(said)
    assert notebook.run("print(6 * 7)")[1] == "42\n"


def test_a_cell_ends_with_what_was_found_in_the_exception(notebook: Notebook) -> None:
    reply, said = notebook.run(f"plan = None\nplan = {LONG}\nprint('not reached')", stop=True)
    assert (reply["status"], reply["ename"]) == ("error", "Interrupted")
    assert "not reached" not in said
    # the kernel goes on, and has the exception
    reply, said = notebook.run(
        "print(plan, type(sys.last_value).__mro__[1].__name__)\nplan = sys.last_value.partial\n" + TOLD
    )
    first, _, rest = said.partition("\n")
    assert (reply["status"], first) == ("ok", "None KeyboardInterrupt")
    is_true(rest)


def test_a_cell_catches_it_as_the_guide_says(notebook: Notebook) -> None:
    cell = f"try:\n    plan = {LONG}\nexcept tenantry.Interrupted as stopped:\n    plan = stopped.partial"
    reply, said = notebook.run(f"{cell}\n{TOLD}", stop=True)
    assert reply["status"] == "ok"
    is_true(said)


def test_a_kernel_that_was_interrupted_plans_as_before(notebook: Notebook) -> None:
    cell = "small = tenantry.Fleet.builder().tenant('a', trust='trusted').workload('w', tenant='a', cpu=1, memory=1)\n"
    cell += "plan = tenantry.plan(small.template('t', cpu=4, memory=4).build())\nprint(plan.stopped, plan.status)"
    assert notebook.run(cell)[1] == "None optimal\n"
