"""Charts: what is in them is what the plan says, counted again; their bytes; hostile names; what is not there."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import tenantry
import vl_convert
from tenantry import plot
from tenantry.plot import _clusters, _numbers, _rules, _runs, _style

ROOT = Path(__file__).resolve().parents[2]
EVIL = "</script><script>alert(1)</script>\u202e\x1b[31m\n"


def many(clusters: int, tenants: int = 60) -> tenantry.Fleet:
    """A fleet that needs so many clusters: customers who share with nobody, and teams that share."""
    workloads = [
        {
            "name": f"w{number}",
            "tenant": f"t{number % tenants:02}",
            "requests": {"cpu": f"{1 + number % 7}", "memory": "1Gi"},
        }
        for number in range(clusters)
    ]
    document = {
        "schema": "tenantry/v1",
        "name": "many",
        "asOf": "2026-11-23",
        "tenants": [{"name": f"t{number:02}", "trust": "hostile"} for number in range(tenants)]
        + [{"name": f"s{number:02}", "trust": "trusted"} for number in range(tenants)],
        "workloads": workloads
        + [{"name": "x", "tenant": f"s{it:02}", "requests": {"cpu": "1", "memory": "1Gi"}} for it in range(tenants)],
        "clusterTemplates": [{"name": "c", "allocatable": {"cpu": "8", "memory": "16Gi", "example.com/gpu": "1"}}],
    }
    return tenantry.Fleet.from_dict(document)


@pytest.fixture(scope="module")
def large() -> tenantry.Fleet:
    return many(500)


@pytest.fixture(scope="module")
def large_plan(large: tenantry.Fleet) -> tenantry.Plan:
    return tenantry.plan(large)


@pytest.fixture(scope="module")
def running() -> tenantry.Fleet:
    fleet = tenantry.Fleet.builder("running").tenant("a", trust="trusted").tenant("b", trust="trusted")
    for number in range(6):
        fleet = fleet.existing(f"c{number}", cpu=8, memory="32Gi")
        fleet = fleet.workload(f"w{number}", tenant="ab"[number % 2], cpu=2, memory="1Gi", runs_in=f"c{number}")
    return fleet.build()


def parts(chart: Any) -> list[list[dict[str, Any]]]:
    """The data of each part of a chart, in its order."""
    spec = chart.to_dict()

    def named(part: Any) -> Iterator[str]:
        if isinstance(part, dict) and "data" in part:
            yield part["data"]["name"]
        for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            yield from named(inner)

    sets = spec.pop("datasets")
    return [sets[name] for name in named(spec)]


def rows(chart: Any) -> list[dict[str, Any]]:
    return parts(chart)[0]


def below(chart: Any) -> str:
    return "\n".join(chart.to_dict()["title"]["subtitle"])


def compiled(chart: Any) -> str:
    """The chart, as Vega-Lite's own compiler and renderer draw it."""
    return str(vl_convert.vegalite_to_svg(json.dumps(chart.to_dict())))


def test_utilisation_is_that_of_the_plan(acme_plan: tenantry.Plan) -> None:
    chart = plot.utilisation(acme_plan)
    shown = {(row["cluster"], row["resource"]): (row["share"], row["requested"], row["usable"]) for row in rows(chart)}
    known = {
        (cluster.name, name): (use.utilisation, use.requested, use.usable)
        for cluster in acme_plan.clusters
        for name, use in cluster.resources.items()
        if any(other.resources[name].requested != "0" for other in acme_plan.clusters)
    }
    assert shown == known
    assert all(
        share == pytest.approx(amount(asked) / amount(there), abs=6e-5) for share, asked, there in shown.values()
    )
    order = [row["cluster"] for row in sorted(rows(chart), key=lambda row: (-row["share"], row["cluster"]))]
    assert chart.to_dict()["spec"]["layer"][0]["encoding"]["y"]["sort"] == list(dict.fromkeys(order))


def amount(text: str) -> float:
    """A Kubernetes quantity, read again."""
    for end, factor in (("Ki", 2**10), ("Mi", 2**20), ("Gi", 2**30), ("Ti", 2**40), ("m", 0.001), ("k", 1e3)):
        if text.endswith(end):
            return float(text.removesuffix(end)) * factor
    return float(text)


def test_many_clusters_are_counted_and_none_is_left_out(large_plan: tenantry.Plan) -> None:
    chart = plot.utilisation(large_plan)
    steps = rows(chart)
    assert len(large_plan.clusters) > 500
    for resource in ("cpu", "memory", "pods"):
        of = [row for row in steps if row["resource"] == resource]
        shares = [cluster.resources[resource].utilisation for cluster in large_plan.clusters]
        known = [share for share in shares if share is not None]
        assert sum(row["clusters"] for row in of) == len(known) == len(large_plan.clusters)
        assert {row["middle"] for row in of} == {median(known)}
        for row in of:
            last = row["to"] == 1.0
            inside = [it for it in known if row["from"] <= it + 1e-9 and (it + 1e-9 < row["to"] or last)]
            assert len(inside) == row["clusters"]
    assert "nobody requests example.com/gpu" in below(chart)
    assert len(json.dumps(chart.to_dict())) < 100_000


def test_the_matrix_has_every_workload_once(acme_plan: tenantry.Plan, large_plan: tenantry.Plan) -> None:
    cells = {(row["tenant"], row["cluster"]): row["workloads"] for row in rows(plot.matrix(acme_plan))}
    assert cells == Counter((it.tenant, it.cluster) for it in acme_plan.assignments)
    chart = plot.matrix(large_plan)
    assert sum(row["workloads"] for row in rows(chart)) == len(large_plan.assignments)
    assert len({row["tenant"] for row in rows(chart)}) == _clusters.MOST_ROWS + 1
    assert len({row["cluster"] for row in rows(chart)}) == _clusters.MOST_COLUMNS + 1
    left = (120 - _clusters.MOST_ROWS, len(large_plan.clusters) - _clusters.MOST_COLUMNS)
    assert f"added up: {left[0]} tenants and {left[1]} clusters that share least" in below(chart)
    # those that share stand first
    together = max(Counter({(it.cluster): len(it.tenants) for it in map(holding, large_plan.clusters)}).values())
    first = chart.to_dict()["layer"][0]["encoding"]["x"]["sort"][0]
    assert next(len(it.tenants) for it in large_plan.clusters if it.name == first) == together > 1


class Holding:
    def __init__(self, cluster: tenantry.Cluster) -> None:
        self.cluster, self.tenants = cluster.name, cluster.tenants


def holding(cluster: tenantry.Cluster) -> Holding:
    return Holding(cluster)


def test_conflicts_are_those_that_explain_tells(acme: tenantry.Fleet) -> None:
    chart = plot.conflicts(acme)
    apart: Counter[tuple[str, str]] = Counter()
    by_rule: Counter[str] = Counter()
    for first in acme.workloads:
        for second in acme.workloads:
            said = acme.explain(first, second)
            if first != second and said.verdict == "separated":
                apart[first.split("/")[0], second.split("/")[0]] += 1
    cells = {
        (row["first"], row["second"]): row["pairs"] * (2 if row["first"] == row["second"] else 1) for row in rows(chart)
    }
    assert cells == apart
    bars = parts(chart)[1]
    for row in bars:
        by_rule[row["rule"]] += row["pairs"]
    edges = acme.trust_graph("tenant").edges
    assert by_rule == Counter(rule for edge in edges for rule in edge["reasons"])


def test_what_is_little_is_not_shown_as_nothing() -> None:
    fleet = tenantry.Fleet.builder("little").tenant("a", trust="trusted").template("t", cpu=100_000, memory="1Pi")
    plan = tenantry.plan(fleet.workload("w", tenant="a", cpu="100m", memory="1Mi").build())
    assert {row["label"] for row in rows(plot.utilisation(plan))} == {"≈0%"}
    assert [_rules._part(*it) for it in ((1, 1000), (999, 1000), (1, 2))] == ["1%", "99%", "50%"]


def test_a_cluster_that_has_none_of_a_resource_is_not_one_without_a_limit() -> None:
    fleet = tenantry.Fleet.builder().tenant("a", trust="untrusted").tenant("b", trust="untrusted")
    fleet.template("std", cpu=8, memory="32Gi", cost=1)
    fleet.template("gpu", allocatable={"cpu": 8, "memory": "unlimited", "example.com/gpu": 8}, cost=9)
    fleet.workload("web", tenant="a", cpu=4, memory="1Gi")
    fleet.workload("train", tenant="b", requests={"cpu": 4, "memory": "1Gi", "example.com/gpu": 2})
    said = below(plot.utilisation(tenantry.plan(fleet.build(), objective=["clusters", "cost"])))
    assert "without a limit, not shown: memory of 1 cluster" in said
    assert "none is there, not shown: example.com/gpu of 1 cluster" in said


def test_each_histogram_has_a_scale_of_its_own(large_plan: tenantry.Plan) -> None:
    chart = plot.utilisation(large_plan)
    assert "each resource on its own scale" in below(chart)
    most = {
        resource: max(row["clusters"] for row in rows(chart) if row["resource"] == resource)
        for resource in ("cpu", "pods")
    }
    ends = [int(labels[-1]) for labels, _ in axes(chart) if all(label.isdecimal() for label in labels)]
    assert most["cpu"] < most["pods"] / 2
    assert min(ends) < most["pods"] / 2 < max(ends)


def test_long_names_are_cut_in_the_middle_and_whole_where_one_points_at_them() -> None:
    fleet = tenantry.Fleet.builder().template("general-purpose-large", cpu=8, memory="32Gi")
    fleet.tenant("analytics-platform-of-all-the-subsidiaries", trust="untrusted")
    for name in ("one", "two"):
        fleet.workload(name, tenant="analytics-platform-of-all-the-subsidiaries", cpu=5, memory="1Gi")
    plan = tenantry.plan(fleet.build())
    names = {cluster.name for cluster in plan.clusters}
    assert min(map(len, names)) > _style.BESIDE
    side = _style.BESIDE // 2 - 1
    for chart in (plot.utilisation(plan), plot.matrix(plan)):
        labels = {label for of, _ in axes(chart) for label in of if "…" in label}
        assert {f"{name[:side]}…{name[-side:]}" for name in names} == labels
        assert {row["cluster"] for row in rows(chart)} == names


def axes(chart: Any) -> Iterator[tuple[list[str], list[dict[str, Any]]]]:
    """The labels of each axis that is drawn, and its titles."""

    def walk(item: dict[str, Any]) -> Iterator[tuple[list[str], list[dict[str, Any]]]]:
        of: dict[str, list[dict[str, Any]]] = {}
        for mark in item.get("items", ()):
            of.setdefault(mark.get("role", ""), []).extend(mark.get("items", ()))
            yield from walk(mark)
        if of.get("axis-label"):
            yield [str(label["text"]) for label in of["axis-label"]], of.get("axis-title", [])

    yield from walk(vl_convert.vegalite_to_scenegraph(json.dumps(chart.to_dict()))["scenegraph"])


def test_no_two_marks_of_an_axis_are_called_alike(acme: tenantry.Fleet, running: tenantry.Fleet) -> None:
    one = tenantry.Fleet.builder("one").tenant("a", trust="trusted").existing("c", cpu=8, memory="8Gi")
    only = one.workload("w", tenant="a", cpu=1, memory="1Gi", runs_in="c").build()
    drawn = [plot.frontier(only.frontier()), plot.frontier(running.frontier()), plot.growth(acme.grow(up_to=3))]
    for chart in [*drawn, plot.ladder(acme.prices()), plot.conflicts(acme), plot.utilisation(tenantry.plan(acme))]:
        known = [labels for labels, _ in axes(chart)]
        assert known
        assert all(len(set(labels)) == len(labels) for labels in known), known


def test_titles_of_axes_stand_beside_long_names() -> None:
    fleet = tenantry.Fleet.builder("long")
    for number in range(3):
        name = f"a-tenant-with-a-rather-long-name-of-its-own-{number}"
        fleet = fleet.tenant(name, trust="hostile").workload("w", tenant=name, cpu=1, memory="1Gi")
    chart = plot.conflicts(fleet.template("t", cpu=2, memory="4Gi").build())
    beside = [(labels, title) for labels, titles in axes(chart) for title in titles if title.get("angle")]
    assert [title["text"] for _, title in beside] == ["tenant"]
    for labels, title in beside:
        assert -title["x"] > 5.5 * max(map(len, labels)), title


def test_conflicts_of_many_add_up(large: tenantry.Fleet) -> None:
    chart = plot.conflicts(large)
    cells = rows(chart)
    own = [row for row in cells if row["first"] == row["second"]]
    other = [row for row in cells if row["first"] < row["second"]]
    total = sum(edge["pairs"] for edge in large.trust_graph().edges)
    assert sum(row["pairs"] for row in own + other) == total
    assert all(0 < row["share"] == row["pairs"] / row["of"] <= 1 for row in cells)
    assert f"{120 - _rules.MOST_NODES} more tenants" in below(chart)
    by_class = plot.conflicts(large.trust_graph())
    assert sum(row["pairs"] for row in rows(by_class) if row["first"] <= row["second"]) == total
    assert "trust classes" in below(by_class)


def test_the_ladder_climbs_from_step_to_step(acme: tenantry.Fleet) -> None:
    prices = acme.prices()
    steps = rows(plot.ladder(prices))
    assert [row["needed"] for row in steps] == [step.needed.value for step in prices.ladder]
    assert [row["step"] for row in steps[1:]] == [f"+ {step.lever}" for step in prices.ladder[1:]]
    assert sum(row["added"] for row in steps) == 7
    assert all(row["added"] == row["needed"] - before["needed"] for before, row in itertools.pairwise(steps))


def test_a_long_ladder_names_what_it_leaves_out() -> None:
    needed = {"value": 3, "bound": 3, "never": False, "proof": "certified"}
    fleet = many(3, 3)
    document = fleet.prices().to_dict()
    document["ladder"] = [{"lever": None, "needed": {**needed, "value": 1, "bound": 1}}]
    for number in range(60):
        value = 1 + sum(1 for it in range(number + 1) if it % 2)
        document["ladder"].append(
            {"lever": f"distrust:r{number}", "needed": {**needed, "value": value, "bound": value - 1}}
        )
    chart = plot.ladder(tenantry.Prices.from_json(json.dumps(document)))
    shown = rows(chart)
    assert len(shown) == _rules.MOST_STEPS
    assert shown[-1]["needed"] == 31
    assert "not shown: 36 steps that add least, + distrust:r0, + distrust:r2, + distrust:r4 and 33 more" in below(chart)
    document["ladder"][5]["needed"] = {"value": None, "bound": None, "never": True, "proof": "certified"}
    chart = plot.ladder(tenantry.Prices.from_json(json.dumps(document)))
    assert "without a number: + distrust:r4 (no plan exists)" in below(chart)
    assert "stroke-dasharray" in compiled(chart)


def test_a_frontier_has_every_point(running: tenantry.Fleet) -> None:
    frontier = running.frontier()
    chart = plot.frontier(frontier)
    known = [(it.clusters, it.moves.value, it.moves.bound, it.today) for it in frontier.points]
    assert [(row["clusters"], row["value"], row["bound"], row["today"]) for row in rows(chart)] == known
    assert f"today {frontier.today} clusters" in below(chart)


def test_growth_is_that_of_the_document(acme: tenantry.Fleet) -> None:
    growth = acme.grow(by="tenant", up_to=20)
    chart = plot.growth(growth)
    firsts = {part.name: part.rises[0] for part in growth.parts if part.rises}
    assert {row["part"]: (row["factor"], row["to"]) for row in rows(chart)} == {
        name: (rise.lasts_to, rise.needed_from) for name, rise in firsts.items()
    }
    assert [row["factor"] for row in rows(chart)] == sorted(row["factor"] for row in rows(chart))
    assert f"without a rise: {', '.join([it.name or '' for it in growth.parts if not it.rises][:3])}" in below(chart)
    whole = plot.growth(acme.grow(up_to=6))
    assert "grey: no plan from 1.61 on, ci/ci-jobs fits nowhere" in below(whole)
    line = next(it for it in parts(whole) if it and set(it[0]) == {"factor", "clusters"})
    assert line[-1] == {"factor": 1.61, "clusters": 7}


def test_growth_of_many_names_the_rest() -> None:
    fleet = tenantry.Fleet.builder("grows")
    for number in range(40):
        fleet = fleet.tenant(f"t{number:02}", trust="untrusted")
        fleet = fleet.workload("w", tenant=f"t{number:02}", cpu=4, memory="1Gi", replicas=2)
    chart = plot.growth(fleet.template("c", cpu=12, memory="64Gi").build().grow(by="tenant", up_to=3))
    assert len(rows(chart)) == _numbers.MOST_PARTS
    assert "not shown: 10 more tenants, which suffice up to 1.5 or more" in below(chart)


def test_growth_by_tenant_counts_whom_it_did_not_look_at() -> None:
    fleet = tenantry.Fleet.builder("grows").template("c", cpu=12, memory="64Gi")
    for number in range(4):
        fleet.tenant(f"t{number}", trust="untrusted").workload(
            "w", tenant=f"t{number}", cpu=4, memory="1Gi", replicas=2
        )
    built = fleet.build()
    # who is left out depends on the work; with some least of it somebody is
    some = (built.grow(by="tenant", up_to=3, work_limit=2**work) for work in range(20))
    growth = next(it for it in some if it.parts_left_out)
    said = below(plot.growth(growth))
    left_out = growth.parts_left_out
    assert f"not looked at: {left_out} tenant{'s' if left_out > 1 else ''}" in said
    assert f"not looked at: {left_out} more" in str(growth)
    chart = plot.growth(built.grow(by="tenant", up_to=3))
    assert "not looked at" not in below(chart)
    ticks = [labels for labels, titles in axes(chart) if any("factor" in str(it["text"]) for it in titles)]
    assert ticks[0][0] == "1"


def test_convergence_is_of_one_level(acme: tenantry.Fleet) -> None:
    events: list[tenantry.Progress] = []
    plan = tenantry.plan(acme, objective=["cost", "clusters"], progress=events.append)
    chart = plot.convergence(events)
    assert plan.cost is not None
    assert f"best plan {plan.cost:,.10g}; lower bound {plan.cost:,.10g}" in below(chart)
    assert "not shown: plans and bounds of clusters" in below(chart)
    lines = next(it for it in parts(chart) if "kind" in it[0])
    assert lines[-1]["cost"] == plan.cost
    assert [title["text"] for _, titles in axes(chart) for title in titles] == ["seconds", "cost"]


def test_convergence_is_what_was_told(acme: tenantry.Fleet) -> None:
    told = [
        tenantry.Progress(0.1, "phase", None, "lower bounds"),
        tenantry.Progress(0.2, "bound", 3),
        tenantry.Progress(0.3, "plan", 9),
        tenantry.Progress(0.4, "plan", 11),
        tenantry.Progress(0.5, "bound", 2),
        tenantry.Progress(0.6, "plan", 7),
        tenantry.Progress(0.9, "run", 2),
        tenantry.Progress(1.0, "plan", 1),
    ]
    chart = plot.convergence(told)
    lines = next(it for it in parts(chart) if "kind" in it[0])
    assert [(row["kind"], row["seconds"], row["clusters"]) for row in lines] == [
        ("plan", 0.3, 9),
        ("plan", 0.6, 7),
        ("bound", 0.2, 3),
        ("bound", 0.6, 3),
    ]
    assert "best plan 7; lower bound 3" in below(chart)
    assert "not shown: 1 further run" in below(chart)
    long = [tenantry.Progress(float(it), "plan", 10_000 - it) for it in range(9_000)]
    drawn = next(it for it in parts(plot.convergence(iter(long))) if it and "kind" in it[0])
    assert len(drawn) == _runs.MOST_POINTS
    assert (drawn[0]["clusters"], drawn[-1]["clusters"]) == (10_000, 1_001)
    events: list[tenantry.Progress] = []
    plan = tenantry.plan(acme, progress=events.append)
    assert f"best plan {len(plan.clusters)}" in below(plot.convergence(events))


def charts(fleet: tenantry.Fleet, running: tenantry.Fleet) -> list[Callable[[bool], Any]]:
    plan, prices, frontier = tenantry.plan(fleet), fleet.prices(), running.frontier()
    growth, parts = fleet.grow(up_to=2), fleet.grow(by="tenant", up_to=2)
    events = [tenantry.Progress(0.1, "plan", 3), tenantry.Progress(0.2, "bound", 2)]
    return [
        lambda dark: plot.utilisation(plan, dark=dark),
        lambda dark: plot.matrix(plan, dark=dark),
        lambda dark: plot.conflicts(fleet, dark=dark),
        lambda dark: plot.ladder(prices, dark=dark),
        lambda dark: plot.frontier(frontier, dark=dark),
        lambda dark: plot.growth(growth, dark=dark),
        lambda dark: plot.growth(parts, dark=dark),
        lambda dark: plot.convergence(events, dark=dark),
    ]


def test_every_chart_is_drawn_on_both_grounds_with_the_same_bytes(
    acme: tenantry.Fleet, running: tenantry.Fleet
) -> None:
    for make in charts(acme, running):
        light, dark = make(False), make(True)
        assert compiled(light).count("<text") > 3
        assert light.to_dict()["config"]["background"] == "#FFFFFF"
        assert dark.to_dict()["config"]["background"] == "#16181D"
        assert json.dumps(light.to_dict()) == json.dumps(make(False).to_dict())
        assert light.to_dict()["title"]["text"]


def test_large_charts_are_drawn(large: tenantry.Fleet, large_plan: tenantry.Plan) -> None:
    for chart in (plot.utilisation(large_plan), plot.matrix(large_plan), plot.conflicts(large)):
        assert compiled(chart).count("<text") > 20
        assert all(len(it) < 5_000 for it in parts(chart))


def test_hostile_names_do_nothing() -> None:
    fleet = tenantry.Fleet.from_dict(
        {
            "schema": "tenantry/v1",
            "name": "a</script><script>alert(1)</script>",
            "asOf": "2026-11-23",
            "tenants": [{"name": "a", "trust": "trusted"}, {"name": "b", "trust": "trusted"}],
            "workloads": [
                {"name": f"w{it}", "tenant": it, "requests": {"cpu": "1", "memory": "1Gi"}, "runsIn": ["c"]}
                for it in "ab"
            ],
            "existingClusters": [{"name": "c", "allocatable": {"cpu": "8", "memory": "32Gi"}}],
        }
    )
    document = tenantry.plan(fleet).to_json().replace('"c"', json.dumps(EVIL))
    plan = tenantry.Plan.from_json(document)
    assert any(cluster.name == EVIL for cluster in plan.clusters)
    made = [plot.utilisation(plan), plot.matrix(plan), *(make(False) for make in charts(fleet, fleet))]
    for chart in made:
        text = json.dumps(chart.to_dict(), ensure_ascii=False)
        assert "<" not in text
        assert not {"\u202e", "\x1b"} & set(text)
        assert "<script>alert" not in chart.to_html()
    assert plot.matrix(plan).to_dict()["title"]["text"].startswith("a\\u{3c}/script>\\u{3c}script>alert(1)")
    assert "\\u{202e}\\u{1b}[31m\\u{a}" in rows(plot.matrix(plan))[0]["cluster"]


def test_names_that_look_alike_stay_apart() -> None:
    from tenantry.plot._style import distinct, kept

    long = "x" * 300
    found = distinct([f"{long}1", f"{long}2", "<", "\\u{3c}"])
    assert len(set(found.values())) == 4
    own, rest = kept([f"n{it}" for it in range(5)] + ["3 more things"], 3, "thing")
    assert (len(own), rest) == (3, "3 more things")
    assert kept(["3 more things", "a", "b", "c", "d", "e"], 3, "thing")[0]["3 more things"] == "3 more things (2)"


@pytest.mark.parametrize(
    ("call", "given", "says"),
    [
        (plot.utilisation, "plan", r"takes a Plan, not a str: use Plan.from_json\(text\)"),
        (plot.matrix, None, "takes a Plan, not a Fleet"),
        (plot.conflicts, 7, "takes a Fleet or a TrustGraph, not an int"),
        (plot.ladder, None, r"takes Prices, not a Fleet: use its prices\(\)"),
        (plot.frontier, None, r"takes a Frontier, not a Fleet: use its frontier\(\)"),
        (plot.growth, [], "takes a Growth, not a list"),
        (plot.convergence, None, "takes the list that"),
        (plot.convergence, [1], "of Progress, not an int"),
    ],
)
def test_other_things_are_refused(acme: tenantry.Fleet, call: Callable[[Any], Any], given: Any, says: str) -> None:
    with pytest.raises(TypeError, match=says):
        call(acme if given is None else given)


def test_what_has_nothing_to_draw_says_so() -> None:
    with pytest.raises(tenantry.UsageError, match="no plan and no bound"):
        plot.convergence([])
    fleet = tenantry.Fleet.builder("none").tenant("a", trust="untrusted").tenant("b", trust="untrusted")
    fleet = fleet.workload("x", tenant="a", cpu=1, memory="1Gi").workload("y", tenant="b", cpu=1, memory="1Gi")
    plan = tenantry.plan(fleet.template("c", cpu=8, memory="8Gi", max_count=1).build())
    for chart in (plot.utilisation, plot.matrix):
        with pytest.raises(tenantry.NoPlanError):
            chart(plan)


def test_without_altair_it_says_what_to_install(acme: tenantry.Fleet) -> None:
    code = (
        "import sys; sys.modules['altair'] = None\n"
        "import tenantry\nfrom tenantry import plot\n"
        "try: plot.conflicts(tenantry.Fleet.from_json(sys.stdin.read()))\n"
        "except ImportError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=acme.to_json(), capture_output=True, text=True, check=True
    )
    assert done.stdout == "tenantry.plot needs the package `altair`: pip install 'tenantry[plot]'\n"
    code = "import sys, tenantry.plot; print('altair' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
