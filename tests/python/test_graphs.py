"""The conflict graph and the facts of `why`, as graphs and as tables."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import rustworkx as rx
import tenantry
from tenantry.graphs import GraphBy

ROOT = Path(__file__).resolve().parents[2]
LEVELS = ("hostile", "untrusted", "trusted")


def drawn(seed: int) -> tenantry.Fleet:
    """A small fleet in which every kind of rule may separate, and waivers may take some of it away."""
    draw = random.Random(seed)
    names = [f"t{number}" for number in range(draw.randint(2, 5))]
    tenants: list[dict[str, Any]] = []
    for name in names:
        tenant: dict[str, Any] = {"name": name, "trust": draw.choice(LEVELS)}
        if draw.random() < 0.3:
            tenant["distrusts"] = [draw.choice([it for it in names if it != name])]
        tenants.append(tenant)
    tenants.append({"name": "infra", "trust": "trusted", "platform": True})
    workloads = [
        {
            "name": f"w{number}",
            "tenant": draw.choice(names),
            "attributes": {"env": draw.choice(["prod", "dev"]), "version": draw.choice(["v1", "v2"])},
            "requests": {"cpu": "1", "memory": "1Gi"},
        }
        for number in range(draw.randint(3, 12))
    ]
    agent = {"name": "agent", "tenant": "infra", "perCluster": True, "requests": {"cpu": "1m", "memory": "1Mi"}}
    owners = sorted({str(it["tenant"]) for it in workloads})
    policy: dict[str, Any] = {
        "attributes": {"env": ["prod", "dev"], "version": ["v1", "v2"]},
        "distrust": [
            {"id": "rule", "subject": {"tenant": owners[0]}, "neighbour": {"tenant": "other"}, "reason": "so"}
        ],
    }
    if draw.random() < 0.5:
        policy["separate"] = [{"by": "env"}]
    if draw.random() < 0.5:
        policy["apart"] = [{"by": "version"}]
    if draw.random() < 0.5 and "separate" in policy:
        sides = [{"tenant": draw.choice(owners)}, {"tenant": draw.choice(owners)}]
        waives = ["level", "sharing", "separate:env", "distrust:rule"]
        waiver = {"id": "w", "between": sides, "waives": waives, "approvedBy": "board", "reason": "for now"}
        policy["waivers"] = [{**waiver, "expires": "2030-01-01"}]
    document = {"schema": "tenantry/v1", "name": "drawn", "asOf": "2026-11-23", "policy": policy, "tenants": tenants}
    template = {"name": "big", "allocatable": {"cpu": "1000", "memory": "1000Gi"}}
    return tenantry.Fleet.from_dict({**document, "workloads": [*workloads, agent], "clusterTemplates": [template]})


def recounted(fleet: tenantry.Fleet) -> dict[tuple[str, str], tuple[set[str], set[str]]]:
    """Standing and waived rules of each pair of workloads, as `explain` tells them; of all that are separated."""
    found = {}
    for first, second in combinations(fleet.workloads, 2):
        said = fleet.explain(first, second)
        if said.verdict == "separated":
            standing = {reason.rule for reason in said.reasons if not reason.waived}
            found[first, second] = (standing, {reason.rule for reason in said.reasons if reason.waived})
    return found


def of_pair(row: Mapping[str, Any]) -> tuple[str, str]:
    first, second = sorted((str(row["first"]), str(row["second"])))
    return first, second


@pytest.mark.parametrize("seed", range(40))
def test_the_edges_are_the_pairs_that_explain_separates(seed: int) -> None:
    fleet = drawn(seed)
    wanted = {of_pair({"first": a, "second": b}): rules for (a, b), rules in recounted(fleet).items()}
    graph = fleet.trust_graph("workload")
    assert {of_pair(row): (set(row["reasons"]), set(row["waived"])) for row in graph.edges} == wanted
    assert graph.platform == ("infra/agent",)
    assert [row["node"] for row in graph.nodes] == [it for it in fleet.workloads if it != "infra/agent"]

    owner = {row["node"]: row["tenants"][0] for row in graph.nodes}
    number = {row["node"]: row["trust_classes"][0] for row in graph.nodes}
    coarser: tuple[tuple[GraphBy, Mapping[str, Any]], ...] = (("tenant", owner), ("class", number))
    for by, place in coarser:
        pairs: dict[tuple[str, str], int] = {}
        rules: dict[tuple[str, str], set[str]] = {}
        for (a, b), (standing, _) in wanted.items():
            key = of_pair({"first": place[a], "second": place[b]})
            pairs[key] = pairs.get(key, 0) + 1
            rules[key] = rules.get(key, set()) | standing
        coarse = fleet.trust_graph(by)
        assert {of_pair(row): row["pairs"] for row in coarse.edges} == pairs
        assert {of_pair(row): set(row["reasons"]) for row in coarse.edges} == rules
        assert sum(row["workloads"] for row in coarse.nodes) == len(fleet) - 1
        assert all(0 < row["pairs"] <= row["of"] for row in coarse.edges)
        if by == "class":
            assert all(row["pairs"] == row["of"] for row in coarse.edges)


def test_who_refuses_is_told_of_each_reason() -> None:
    fleet = (
        tenantry.Fleet.builder("sides")
        .tenant("zebra", trust="trusted", distrusts=["ant"])
        .tenant("ant", trust="trusted")
        .workload("a", tenant="ant", cpu=1, memory="1Gi")
        .workload("z", tenant="zebra", cpu=1, memory="1Gi")
        .template("big", cpu=8, memory="32Gi")
        .build()
    )
    every: tuple[GraphBy, ...] = ("class", "tenant", "workload")
    for by in every:
        [edge] = fleet.trust_graph(by).edges
        assert (edge["reasons"], edge["trust"], edge["pairs"]) == (("distrusts",), True, 1)
        nodes = {row["node"]: row["tenants"] for row in fleet.trust_graph(by).nodes}
        assert nodes[edge[edge["refusing"][0]]] == ("zebra",)


def test_both_packages_get_the_same_graph(acme: tenantry.Fleet) -> None:
    graph = acme.trust_graph("workload")
    net, rust = graph.to_networkx(), graph.to_rustworkx()
    assert isinstance(net, nx.Graph)
    assert isinstance(rust, rx.PyGraph)
    assert net.number_of_nodes() == rust.num_nodes() == len(graph) == len(graph.nodes)
    assert net.number_of_edges() == rust.num_edges() == len(graph.edges)
    for row in graph.edges:
        assert net.edges[row["first"], row["second"]]["reasons"] == row["reasons"]
    for first, second, row in rust.weighted_edge_list():
        assert (rust[first]["node"], rust[second]["node"]) == (row["first"], row["second"])
    assert net.graph == rust.attrs == graph.about
    # islands are the components of what is left between, where every rule is one of trust
    components = {frozenset(it) for it in nx.connected_components(nx.complement(net))}
    islands: dict[int, set[str]] = {}
    for node in graph.nodes:
        islands.setdefault(node["islands"][0], set()).add(node["node"])
    assert components == {frozenset(it) for it in islands.values()}


def test_the_graph_by_workload_is_one_that_pack_takes(acme: tenantry.Fleet) -> None:
    graph = acme.trust_graph("workload").to_rustworkx()
    packing = tenantry.pack([1] * graph.num_nodes(), 1000, conflicts=graph)
    assert packing.lower_bound == 7


def test_tables_are_taken_by_every_library(acme: tenantry.Fleet) -> None:
    graph = acme.trust_graph("tenant")
    for rows in (graph.nodes, graph.edges):
        assert list(pd.DataFrame(rows).columns) == pl.DataFrame(rows).columns == pa.Table.from_pylist(rows).column_names
        assert len(pl.DataFrame(rows)) == len(rows)
    rows = graph.edges
    rows[0]["pairs"] = -1
    assert graph.edges[0]["pairs"] != -1


def test_too_many_edges_are_refused_before_they_are_made(acme: tenantry.Fleet) -> None:
    with pytest.raises(tenantry.UsageError, match=r"at least \d+ edges, more than 3: raise `max_edges`$"):
        acme.trust_graph(max_edges=3)
    with pytest.raises(tenantry.UsageError, match="ask for it by class"):
        acme.trust_graph("workload", max_edges=10)
    with pytest.raises(tenantry.UsageError, match="by tenant has at least"):
        acme.trust_graph("tenant", max_edges=2)
    with pytest.raises(tenantry.UsageError, match=r"not `pod\\u\{1b\}`"):
        acme.trust_graph("pod\x1b")  # type: ignore[arg-type]
    many = 60_000
    fleet = tenantry.Fleet.from_dict(
        {
            "schema": "tenantry/v1",
            "tenants": [{"name": "t", "trust": "hostile"}],
            "workloads": [
                {"name": f"w{it}", "tenant": "t", "requests": {"cpu": "1", "memory": "1Gi"}} for it in range(many)
            ],
            "clusterTemplates": [{"name": "big", "allocatable": {"cpu": "8", "memory": "32Gi"}}],
        }
    )
    with pytest.raises(tenantry.UsageError, match=f"at least {many * (many - 1) // 2} edges"):
        fleet.trust_graph("workload")
    [edge] = fleet.trust_graph().edges
    assert (edge["first"], edge["second"], edge["pairs"]) == (0, 0, many * (many - 1) // 2)


def test_the_day_decides_about_waivers() -> None:
    freed = 0
    for fleet in map(drawn, range(40)):
        before = {of_pair(row): row for row in fleet.trust_graph("workload").edges}
        after = fleet.trust_graph("workload", as_of="2031-01-01")
        assert after.as_of == "2031-01-01"
        assert not any(row["waived"] or row["waivers"] for row in after.edges)
        known = {of_pair(row): set(row["reasons"]) for row in after.edges}
        assert all(known[pair] == {*row["reasons"], *row["waived"]} for pair, row in before.items())
        freed += len(known) - len(before)
    assert freed > 0


@pytest.mark.parametrize("package", ["networkx", "rustworkx"])
def test_a_package_that_is_not_there_is_named(acme: tenantry.Fleet, package: str) -> None:
    code = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "import tenantry\n"
        "graph = tenantry.Fleet.from_json(sys.stdin.read()).trust_graph()\n"
        f"try: graph.to_{package}()\n"
        "except ImportError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=acme.to_json(), capture_output=True, text=True, check=True
    )
    assert done.stdout == f"to_{package}() needs the package `{package}`: pip install '{package}'\n"


def test_neither_package_is_imported_unasked() -> None:
    code = "import sys, tenantry; print([it for it in ('networkx', 'rustworkx', 'altair') if it in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def counted(because: Any, found: dict[str, int]) -> None:
    """How often each kind of thing is spoken of in a document of `why`."""
    for key, value in because.items():
        rows = value if isinstance(value, list) else [value]
        if key in ("who", "members", "member"):
            found["who"] = found.get("who", 0) + len(rows)
        elif key in ("rules", "apart"):
            found["rule"] = found.get("rule", 0) + len(rows)
        elif key in ("largest", "holds", "clusters", "limits", "rooms", "added", "taken"):
            found["place"] = found.get("place", 0) + len(rows)
        elif key == "pairs":
            found["apart"] = found.get("apart", 0) + len(rows)
        elif key in ("parts", "needs"):
            found["part"] = found.get("part", 0) + len(rows)
            for part in rows:
                [inner] = part["because"].values()
                counted(inner, found)


def whys(acme: tenantry.Fleet) -> list[tenantry.Why]:
    tight = tenantry.Fleet.builder("tight").tenant("a", trust="trusted").tenant("b", trust="untrusted")
    tight = tight.template("small", cpu=4, memory="8Gi", max_count=1)
    few = tenantry.Fleet.builder("few").tenant("a", trust="trusted").tenant("b", trust="untrusted")
    few = few.template("big", cpu=64, memory="64Gi", max_count=1)
    few = few.workload("x", tenant="a", cpu=1, memory="1Gi").workload("y", tenant="b", cpu=1, memory="1Gi")
    loose = tenantry.Fleet.builder("loose").tenant("a", trust="trusted").tenant("b", trust="untrusted")
    loose = loose.template("small", cpu=4, memory="8Gi")
    for number in range(5):
        tight = tight.workload(f"w{number}", tenant="ab"[number % 2], cpu=1, memory="3Gi")
        loose = loose.workload(f"w{number}", tenant="ab"[number % 2], cpu=1, memory="3Gi")
    return [tenantry.plan(it).why() for it in (acme, tight.build(), few.build(), loose.build())]


def test_facts_are_a_graph_that_leaves_nothing_out(acme: tenantry.Fleet) -> None:
    kinds = set()
    for why in whys(acme):
        graph = why.graph()
        found: dict[str, int] = {}
        for row in why.to_dict()["facts"]:
            [because] = row["because"].values()
            counted(because, found)
        roles = pd.Series([row["role"] for row in graph.edges]).value_counts().to_dict()
        assert roles == {role: count for role, count in found.items() if count}
        facts = [row for row in graph.nodes if row["what"] == "fact"]
        kinds |= {row["kind"] for row in facts}
        assert [row["node"] for row in graph.nodes] == list(range(len(graph)))
        tree = nx.DiGraph((row["first"], row["second"]) for row in graph.edges if row["role"] == "part")
        tree.add_nodes_from(row["node"] for row in facts)
        assert nx.is_branching(tree)
        assert [it for it in tree if tree.in_degree(it) == 0 and it == 0] == [0]
        assert isinstance(graph.to_networkx(), nx.MultiDiGraph)
        assert graph.to_networkx().number_of_edges() == graph.to_rustworkx().num_edges() == len(graph.edges)
        assert graph.about["bound"] == why.bound
    assert {"refuse", "sum", "tooFew"} <= kinds


def test_facts_have_the_reasons_on_their_edges(acme: tenantry.Fleet) -> None:
    graph = tenantry.plan(acme).why().graph()
    says = {row["node"]: row["says"] for row in graph.nodes}
    edges = [row for row in graph.edges if row["role"] == "apart"]
    assert len(edges) == 7 * 6 // 2
    for edge in edges:
        said = acme.explain(says[edge["first"]], says[edge["second"]])
        assert {it.rule for it in said.reasons if not it.waived} == set(edge["reasons"])


def test_progress_is_told_in_order(acme: tenantry.Fleet) -> None:
    events: list[tenantry.Progress] = []
    plan = tenantry.plan(acme, progress=events.append)
    assert plan == tenantry.plan(acme)
    assert [it.seconds for it in events] == sorted(it.seconds for it in events)
    first = events[: next((at for at, it in enumerate(events) if it.kind == "run"), len(events))]
    plans = [it.number for it in first if it.kind == "plan"]
    bounds = [it.number for it in first if it.kind == "bound"]
    assert min(it for it in plans if it is not None) == len(plan.clusters)
    assert max(it for it in bounds if it is not None) <= plan.lower_bound
    assert all(it.phase for it in events if it.kind == "phase")


def test_what_a_listener_raises_ends_the_call(acme: tenantry.Fleet) -> None:
    def refuses(event: tenantry.Progress) -> None:
        raise ZeroDivisionError(event.kind)

    with pytest.raises(ZeroDivisionError):
        tenantry.plan(acme, progress=refuses)
    with pytest.raises(TypeError, match="or True for a bar, not a list"):
        tenantry.plan(acme, progress=[])  # type: ignore[arg-type]


def test_the_guide_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    text = (ROOT / "docs" / "howto-plots.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 4
    exec(compile("\n".join(blocks), "howto-plots.md", "exec"), {})
    assert "7 workloads of which no two may share" in capsys.readouterr().out
