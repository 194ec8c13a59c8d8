"""Pictures of plans and of what is asked about them: charts of Altair, for ``pip install 'tenantry[plot]'``.

Each function takes the object that it draws and returns a chart; nothing is shown, and nothing is written. A chart says
in its title what it counts, and in the line below what it leaves out or adds up. The same object gives the same chart,
to the byte. Colours are told apart by people who see few of them; ``dark=True`` draws on a dark ground.

Texts that come from a fleet cannot do anything in a page: marks that hide or turn text, and ``<``, are shown by their
codes.

Example:
    >>> import tenantry
    >>> from tenantry import plot
    >>> plan = tenantry.plan(tenantry.Fleet.load("examples/acme.yaml"))
    >>> plot.utilisation(plan).to_dict()["title"]["text"]
    'acme-2026q4: how full the clusters are'
"""

from __future__ import annotations

from tenantry.plot._clusters import matrix, utilisation
from tenantry.plot._numbers import frontier, growth
from tenantry.plot._rules import conflicts, ladder
from tenantry.plot._runs import convergence

__all__ = ["conflicts", "convergence", "frontier", "growth", "ladder", "matrix", "utilisation"]
