"""Vector bin packing with conflicts, without Kubernetes around it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tenantry import _core
from tenantry._arrays import matrix, pairs, vector
from tenantry._options import checked
from tenantry._running import running
from tenantry.errors import UsageError

if TYPE_CHECKING:
    from tenantry.progress import Interrupt, Tells

Conflicts: TypeAlias = Any
"""Pairs of item indices, a graph on ``0 .. n-1``, or an adjacency matrix; see `pack`."""


@dataclass(frozen=True)
class Packing:
    """A packing, its lower bound and the proof."""

    status: Literal["optimal", "feasible", "infeasible", "unknown"]
    lower_bound: int
    """The fewest bins that any packing can have."""
    proof: Literal["certified", "claimed", "none"]
    """``certified``: an independent check in whole numbers passed. ``none``: no bound was found."""
    certificate_json: str = field(repr=False)
    """The ``tenantry-certificate/v1`` document: problem, packing and proof."""

    @cached_property
    def certificate(self) -> dict[str, Any]:
        """The certificate as plain Python values; ``tenantry.check.check_certificate`` checks it."""
        document: dict[str, Any] = json.loads(self.certificate_json)
        return document

    @cached_property
    def patterns(self) -> tuple[tuple[tuple[tuple[int, int], ...], int], ...] | None:
        """The packing with equal bins counted: ``((item, copies), ...)`` and how many bins hold just that.

        Its length depends on the number of different items, not on the counts. ``None`` where no packing was found.
        """
        solution = self.certificate["solution"]
        if solution is None:
            return None
        return tuple((tuple((item, copies) for item, copies in row["items"]), row["count"]) for row in solution)

    @cached_property
    def bins(self) -> tuple[tuple[int, ...], ...] | None:
        """The items of each bin, an index as often as there are copies of it; ``None`` where no packing was found.

        One tuple a bin and one number a copy: with counts in the millions, `patterns` says the same in little space.
        """
        if self.patterns is None:
            return None
        bins: list[tuple[int, ...]] = []
        for items, count in self.patterns:
            content = tuple(item for item, copies in items for _ in range(copies))
            bins += [content] * count
        return tuple(bins)


def pack(
    sizes: Any,
    capacity: Any,
    *,
    counts: Any = None,
    conflicts: Conflicts = None,
    time_limit: float | None = None,
    work_limit: int | None = None,
    seed: int = 0,
    threads: int | None = None,
    progress: Tells = None,
    interrupt: Interrupt = "raise",
) -> Packing:
    """Packs items into the fewest bins such that no bin overflows and no two items in conflict share one.

    Args:
        sizes: n x d whole numbers, or n of them for one dimension: lists, a numpy array, or a frame (pandas, polars,
            pyarrow) with a row for each item and a column for each dimension.
        capacity: d whole numbers, or one.
        counts: how many identical copies there are of each item; default: one.
        conflicts: which items may not share a bin, without direction; an item with itself keeps its copies apart. One
            of: pairs of indices (tuples, or an array or frame of two columns); a graph of networkx, rustworkx or igraph
            with the nodes ``0 .. n-1``, all of them; an n x n matrix of numpy or scipy.sparse, where what is not 0 is a
            conflict. For two items a 2 x 2 array of numbers could be pairs or a matrix: it is refused where these
            differ.
        time_limit: wall-clock seconds, the check of the certificate included.
        work_limit: elementary steps; default: a finite limit of the engine's own.
        seed: of every random choice.
        threads: default: one a core, which is also the most that are used. Never changes the answer.
        progress: is told what happens, as with `tenantry.plan`; ``True`` shows a bar.
        interrupt: ``"raise"``: Ctrl-C raises `Interrupted`; ``"return"``: it returns what is known so far.

    Raises:
        UsageError: shapes that do not fit together, what can be read in two ways or not at all, a negative size, an
            item larger than a bin, a limit that is none.
        Interrupted: Ctrl-C; the best packing so far is in its ``partial``.

    Example:
        >>> import tenantry
        >>> packing = tenantry.pack([6, 5, 4, 3], 10, conflicts=[(0, 2)])
        >>> packing.status, len(packing.bins)
        ('optimal', 2)
    """
    began = time.monotonic()
    options = checked(time_limit=time_limit, work_limit=work_limit, seed=seed, threads=threads)
    rows = matrix(sizes, "a size")
    wanted = [1] * len(rows) if counts is None else vector(counts, "a count")
    if len(wanted) != len(rows):
        raise UsageError(f"{len(wanted)} counts for {len(rows)} items")
    if any(count == 0 for count in wanted):
        raise UsageError("a count is at least 1")
    room, apart = vector(capacity, "the capacity"), pairs(conflicts, len(rows))
    with running(options, progress, interrupt) as run:
        document, status, lower_bound, proof, interrupted = _core.pack(
            rows, room, wanted, apart, **run.options, began=began
        )
    return run.ended(Packing(status, lower_bound, proof, document), interrupted)
