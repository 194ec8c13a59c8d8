"""Why there cannot be fewer clusters, or why there is no plan: facts, and what they follow from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from tenantry import _core
from tenantry._documents import LocatedAnswer
from tenantry._options import of_type, whole
from tenantry.errors import UsageError
from tenantry.graphs import FactGraph, fact_graph
from tenantry.plans import Proof, Status


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement with its number, and what it follows from."""

    kind: str
    """What it follows from: ``one``, ``each``, ``sum``, ``refuse``, ``copies``, ``runsOut``, ``weights``, ``kept``,
    ``priced``, ``tooFew``, ``noRoom``, ``stated`` or ``searched``."""
    least: int | None
    """At least so much is needed; ``None`` for a reason without such a number."""
    unit: Literal["clusters", "worth"]
    proof: Proof
    parts: tuple[Fact, ...]
    """The facts that it follows from."""
    because: Mapping[str, Any] = field(hash=False)
    """Everything that it follows from, as the document has it."""

    @property
    def searched(self) -> bool:
        """Whether it is no argument but a search."""
        return self.kind == "searched"


class Why(LocatedAnswer):
    """Why every plan has so many clusters, or why there is none. Immutable; can be pickled.

    Made by `Plan.why` and `Fleet.why`, or read with `from_json`.
    """

    _kind = "why"

    def __init__(self, document: str) -> None:
        """The same as `Why.from_json`."""
        of_type(document, str, "a document of `why` is read from its text", {dict: "json.dumps"})
        self._json = _core.read_why(document)

    @classmethod
    def from_json(cls, document: str) -> Why:
        """Reads a ``tenantry-why/v1`` document.

        Raises:
            PlanError: it is none.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> made = fleet.why()
            >>> tenantry.Why.from_json(made.to_json()) == made
            True
        """
        return cls(document)

    @property
    def status(self) -> Status:
        """How the planning ended."""
        status: Status = self._document["status"]
        return status

    @property
    def clusters(self) -> int | None:
        """Clusters of the plan; ``None`` where there is none."""
        clusters: int | None = self._document["clusters"]
        return clusters

    @property
    def bound(self) -> int | None:
        """The fewest clusters that any plan can have; ``None`` where no plan exists, or nothing is known."""
        bound: int | None = self._document["bound"]
        return bound

    @property
    def proof(self) -> Proof:
        """What backs the bound, or that no plan exists."""
        proof: Proof = self._document["proof"]
        return proof

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """Of a bound the argument; of a fleet without a plan each reason by itself. Empty where nothing is known."""
        return tuple(map(_fact, self._document["facts"]))

    @property
    def searched(self) -> tuple[str, ...]:
        """What is no argument but a search; empty: every number follows from the fleet by the arithmetic shown."""
        return tuple(self._document["searched"])

    def graph(self) -> FactGraph:
        """The facts as a graph: what follows from what, of whom, by which rules and where.

        Nothing is left out of it, but for words about a search (`searched`), which are in its ``about``.

        Example:
            >>> import tenantry
            >>> graph = tenantry.plan(tenantry.Fleet.load("examples/acme.yaml")).why().graph()
            >>> [row["kind"] for row in graph.nodes if row["what"] == "fact"]
            ['refuse']
            >>> pairs = [row for row in graph.edges if row["role"] == "apart"]
            >>> len(pairs), pairs[-1]["reasons"]
            (21, ('distrust:signing-alone',))
        """
        return fact_graph(self)

    def text(self, *, depth: int = 2) -> str:
        """In words.

        Args:
            depth: 1 the facts alone, 2 who and which rules, 3 every name and every pair.

        Raises:
            UsageError: it is none of these.

        Example:
            >>> import tenantry
            >>> why = tenantry.Fleet.load("examples/acme.yaml").why()
            >>> len(why.text(depth=1)) < len(why.text(depth=3))
            True
        """
        if not 1 <= whole(depth, "`depth`") <= 3:
            raise UsageError(f"`depth` is 1, 2 or 3, not {depth}")
        return _core.why_text(self._json, depth)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        what = "no plan" if self.status == "infeasible" else f"at least {self.bound} clusters"
        return f"<tenantry.Why {self.name!r}: {what}>"


def _fact(row: dict[str, Any]) -> Fact:
    [(kind, because)] = row["because"].items()
    inner = because.get("parts", [because["needs"]] if "needs" in because else [])
    parts = tuple(map(_fact, inner))
    return Fact(kind, row["least"], row["unit"], row["proof"], parts, because)
