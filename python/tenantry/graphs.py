"""Who may not share a cluster with whom, and what follows from what, as graphs and as tables."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from tenantry import _core
from tenantry._extras import wanted
from tenantry._options import as_day, of_type, whole

if TYPE_CHECKING:
    import datetime

    import networkx  # type: ignore[import-untyped, unused-ignore]
    import rustworkx

    from tenantry.facts import Fact, Why
    from tenantry.fleet import Fleet

GraphBy: TypeAlias = Literal["class", "tenant", "workload"]

MOST_EDGES = 250_000
"""Edges of a graph where nothing else is said: networkx takes some hundred megabytes for them."""


class Graph:
    """Nodes and edges with what is known of them. Immutable."""

    _directed: ClassVar[bool]

    def __init__(self, nodes: list[dict[str, Any]], edges: list[dict[str, Any]], about: Mapping[str, Any]) -> None:
        """Of rows; use what makes one."""
        self._nodes = nodes
        self._edges = edges
        self._about = dict(about)

    @property
    def nodes(self) -> list[dict[str, Any]]:
        """One row a node, ``node`` is its key: a table for a frame of any library. A new list each time."""
        return [dict(row) for row in self._nodes]

    @property
    def edges(self) -> list[dict[str, Any]]:
        """One row an edge, ``first`` and ``second`` are the keys of its ends. A new list each time."""
        return [dict(row) for row in self._edges]

    @property
    def about(self) -> dict[str, Any]:
        """What is known of the whole graph, and what is not in it."""
        return dict(self._about)

    def to_networkx(self) -> networkx.Graph[Any]:
        """A graph of networkx: its nodes are the keys, the other columns are attributes of nodes and edges.

        Raises:
            ImportError: networkx is not installed.
        """
        nx = wanted("networkx", "to_networkx()")
        graph: networkx.Graph[Any] = (nx.MultiDiGraph if self._directed else nx.Graph)(**self._about)
        graph.add_nodes_from((row["node"], _without(row, "node")) for row in self._nodes)
        graph.add_edges_from((row["first"], row["second"], dict(row)) for row in self._edges)
        return graph

    def to_rustworkx(self) -> rustworkx.PyGraph[dict[str, Any], dict[str, Any]]:
        """A graph of rustworkx: the rows are the payloads, and the number of a node is its place in `nodes`.

        Raises:
            ImportError: rustworkx is not installed.
        """
        rx = wanted("rustworkx", "to_rustworkx()")
        graph: rustworkx.PyGraph[dict[str, Any], dict[str, Any]]
        graph = (rx.PyDiGraph if self._directed else rx.PyGraph)(multigraph=self._directed, attrs=dict(self._about))
        numbers: dict[Hashable, int] = {row["node"]: number for number, row in enumerate(self._nodes)}
        graph.add_nodes_from(self.nodes)
        graph.add_edges_from([(numbers[row["first"]], numbers[row["second"]], dict(row)) for row in self._edges])
        return graph

    def __len__(self) -> int:
        """Number of nodes."""
        return len(self._nodes)


def _without(row: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != key}


class TrustGraph(Graph):
    """The conflict graph of a fleet: an edge says who may not share a cluster, and why. Made by `Fleet.trust_graph`.

    A node stands for workloads. Its row has ``node``: the number of a trust class, the name of a tenant or the identity
    of a workload; ``workloads``: how many; and, each a tuple of all that occur among them, ``members`` (identities),
    ``tenants``, ``trust`` (levels), ``accepts`` (levels), ``sharing``, ``separations`` and ``apart`` (such as
    ``environment=production``), ``islands`` and ``trust_classes`` (numbers).

    An edge is between nodes of which some workloads are separated, waivers applied; one from a node to itself is
    between workloads of that node. Its row has ``first``, ``second``; ``pairs``: pairs of workloads that are separated,
    ``of`` how many pairs there are; ``reasons``: the ids of all rules that separate some of them; ``refusing``: for
    each of these whether the ``first``, the ``second`` or ``both`` ends refuse; ``trust``: whether one of them is a
    matter of trust; ``waived``: rules that a waiver takes away from some of the pairs, and those ``waivers``.
    """

    _directed = False

    def __init__(
        self, nodes: list[dict[str, Any]], edges: list[dict[str, Any]], about: Mapping[str, Any], by: GraphBy
    ) -> None:
        """Of rows; use `Fleet.trust_graph`."""
        super().__init__(nodes, edges, about)
        self._by: GraphBy = by

    @property
    def by(self) -> GraphBy:
        """What its nodes are."""
        return self._by

    @property
    def as_of(self) -> str:
        """The day against which waivers were judged."""
        return str(self._about["as_of"])

    @property
    def platform(self) -> tuple[str, ...]:
        """Workloads that run in every cluster: no rule separates them from anybody, and they are in no node."""
        platform: tuple[str, ...] = self._about["platform"]
        return platform

    def __repr__(self) -> str:
        return f"<tenantry.TrustGraph by {self._by}: {len(self._nodes)} nodes, {len(self._edges)} edges>"


_ENDS = ("members", "tenants", "trust", "accepts", "sharing", "separations", "apart", "islands", "trust_classes")


def trust_graph(fleet: Fleet, by: GraphBy, max_edges: Any, as_of: str | datetime.date | None) -> TrustGraph:
    """See `Fleet.trust_graph`."""
    of_type(by, str, "`by` is `class`, `tenant` or `workload`")
    most = whole(max_edges, "`max_edges`", 32)
    rows, first, second, pairs, why, reasons, day, platform = _core.trust_graph(fleet._core, by, most, as_day(as_of))
    nodes: list[dict[str, Any]] = []
    for number, row in enumerate(rows):
        name, members = row[:2]
        parts: tuple[list[Any], ...] = row[1:]
        columns = {column: tuple(part) for column, part in zip(_ENDS, parts, strict=True)}
        nodes.append({"node": number if name is None else name, "workloads": len(members), **columns})
    sets = [_reasons(*it) for it in reasons]
    edges: list[dict[str, Any]] = []
    for a, b, count, number in zip(first, second, pairs, why, strict=True):
        few, many = nodes[a]["workloads"], nodes[b]["workloads"]
        ends = {"first": nodes[a]["node"], "second": nodes[b]["node"]}
        edges.append({**ends, "pairs": count, "of": few * (few - 1) // 2 if a == b else few * many, **sets[number]})
    about = {"fleet": fleet.name, "by": by, "as_of": day, "platform": tuple(platform)}
    return TrustGraph(nodes, edges, about, by)


def _reasons(standing: list[tuple[str, bool, str]], waived: list[tuple[str, list[str]]]) -> dict[str, Any]:
    """Columns of an edge; edges with the same reasons share the tuples."""
    return {
        "reasons": tuple(rule for rule, _, _ in standing),
        "refusing": tuple(side for _, _, side in standing),
        "trust": any(trust for _, trust, _ in standing),
        "waived": tuple(dict.fromkeys(rule for rule, _ in waived)),
        "waivers": tuple(dict.fromkeys(waiver for _, waivers in waived for waiver in waivers)),
    }


class FactGraph(Graph):
    """What follows from what: the facts of `Why`, and whom, what and where they speak of. Made by `Why.graph`.

    The row of a node has ``node`` (a number), ``what`` it is and what it ``says``. A ``fact`` has ``kind``, ``least``,
    ``unit`` and ``proof``; facts come first, each before those that it follows from. ``who`` are workloads of a
    ``tenant``, with their ``workloads``; a ``rule`` separates, a ``place`` is a cluster, a template or a limit: with
    ``path``, where it stands in the fleet document. What several facts speak of is one node.

    The row of an edge has ``first``, ``second`` and its ``role``. From a fact: ``part`` to one that it follows from,
    ``who``, ``rule`` and ``place`` to what it speaks of, with a ``number`` (of who copies, units, or what they request
    or weigh together; of a rule pairs; of a place as in `Fact.because`) and what ``each`` weighs, holds or is worth.
    Between two who may not share: ``apart``, with the ``reasons``. What does not apply is ``None`` or empty.
    """

    _directed = True

    def __repr__(self) -> str:
        return f"<tenantry.FactGraph: {len(self._nodes)} nodes, {len(self._edges)} edges>"


def fact_graph(why: Why) -> FactGraph:
    """See `Why.graph`."""
    told = _Told()
    for fact in why.facts:
        told.fact(fact)
    about = {"fleet": why.name, "as_of": why.as_of, "status": why.status, "bound": why.bound, "proof": why.proof}
    return FactGraph(*told.rows(), {**about, "searched": why.searched})


class _Told:
    """Gathers facts and what they speak of. A fact is known by its number, all else by what it is and its name."""

    def __init__(self) -> None:
        self.facts: list[dict[str, Any]] = []
        self.others: dict[Hashable, dict[str, Any]] = {}
        self.links: list[tuple[Hashable, Hashable, dict[str, Any]]] = []

    def fact(self, fact: Fact) -> int:
        number, because = len(self.facts), fact.because
        row = {"kind": fact.kind, "least": fact.least, "unit": fact.unit, "proof": fact.proof}
        self.facts.append({"what": "fact", "says": because.get("text", fact.kind), **row})
        for part in fact.parts:
            self.link(number, self.fact(part), "part", part.least)
        for it in because.get("who", ()):
            group = it.get("group", it)
            many = it.get("total", it.get("load", group["units"]))
            self.link(number, self.who(group), "who", many, each=it.get("weight"))
        members = because.get("members", [because["member"]] if "member" in because else [])
        named = {it["workloads"][0]: self.who(it) for it in members}
        for it in members:
            self.link(number, named[it["workloads"][0]], "who", it["copies"])
        for it in (*because.get("rules", ()), *because.get("apart", ())):
            self.link(number, self.other(("rule", it["rule"]), it["says"], it), "rule", it["pairs"])
        for it, each in _places(because):
            place = self.other(("place", it["name"]), it["name"] or "any cluster", it)
            self.link(number, place, "place", it["number"], each=each)
        for it in because.get("pairs", ()):
            self.link(named[it["first"]], named[it["second"]], "apart", reasons=tuple(it["rules"]))
        return number

    def who(self, it: Mapping[str, Any]) -> Hashable:
        workloads = tuple(it["workloads"])
        key = ("who", it["tenant"], workloads)
        says = workloads[0] if len(workloads) == 1 else f"{it['tenant']}: {len(workloads)} workloads"
        return self.other(key, says, it, tenant=it["tenant"], workloads=workloads)

    def other(self, key: tuple[Hashable, ...], says: str, it: Mapping[str, Any], **more: Any) -> Hashable:
        self.others.setdefault(key, {"what": key[0], "says": says, "path": it["path"], **more})
        return key

    def link(self, first: Hashable, second: Hashable, role: str, number: Any = None, **more: Any) -> None:
        row = {"role": role, "number": number, "each": None, "reasons": ()}
        self.links.append((first, second, row | more))

    def rows(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        numbers: dict[Hashable, int] = {key: len(self.facts) + at for at, key in enumerate(self.others)}
        empty = dict.fromkeys(("kind", "least", "unit", "proof", "path", "tenant")) | {"workloads": ()}
        nodes = [{"node": at, **empty, **row} for at, row in enumerate((*self.facts, *self.others.values()))]
        edges = [
            {"first": numbers.get(first, first), "second": numbers.get(second, second), **row}
            for first, second, row in self.links
        ]
        return nodes, edges


def _places(because: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], Any]]:
    """The places of a fact, each with what one of them holds or is worth."""
    places = [(because["largest"], None)] if "largest" in because else []
    places += [(it, None) for key in ("holds", "clusters", "limits") for it in because.get(key, ())]
    places += [(it["place"], it["holds"]) for it in because.get("rooms", ())]
    return places + [(it["place"], it["each"]) for key in ("added", "taken") for it in because.get(key, ())]
