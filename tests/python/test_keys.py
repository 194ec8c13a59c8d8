"""The keys of fleet documents: the second checker and the builder know those of the schema (see ``tests/keys.rs``)."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any, Literal

import tenantry
from tenantry.check import check_plan, shape

ROOT = Path(__file__).resolve().parents[2]
SAMPLES: list[dict[str, Any]] = json.loads((ROOT / "tests" / "keys.json").read_text())

Keys = tuple[frozenset[str], frozenset[str]]  # required, optional


def inner(kind: Any) -> dict[str, Any]:
    """What a kind of ``shape`` is made of, by the names there."""
    return dict(inspect.getclosurevars(kind).nonlocals)


def tables_of_shape(kind: Any) -> set[Keys]:
    """Every table below a kind."""
    made_of = inner(kind)
    if "required" in made_of:
        optional = frozenset(made_of["optional"] or ())
        below = [tables_of_shape(one) for one in made_of["kinds"].values()]
        return {(frozenset(made_of["required"]), optional)}.union(*below)
    kinds = made_of.get("kinds", {}).values() if "kinds" in made_of else [made_of["kind"]] if "kind" in made_of else []
    return set().union(*map(tables_of_shape, kinds))


def tables_of_schema(schema: Any) -> set[Keys]:
    """Every object of known keys in a schema."""
    below = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []
    found = set().union(*map(tables_of_schema, below))
    if isinstance(schema, dict) and isinstance(schema.get("properties"), dict):
        required = frozenset(schema.get("required", ()))
        found.add((required, frozenset(schema["properties"]) - required))
    return found


def test_the_second_checker_knows_the_keys_of_the_schemas() -> None:
    # `all` is to the checker an attribute's name like any other until it looks into the selector
    alone = (frozenset({"all"}), frozenset[str]())
    fleets = tables_of_schema(schema("fleet")) - {alone}
    assert tables_of_shape(shape.FLEET) == fleets
    assert tables_of_shape(shape.PLAN) == tables_of_schema(schema("plan"))
    assert len(fleets) > 15


def schema(kind: Literal["fleet", "plan"]) -> Any:
    return json.loads(tenantry.schema(kind))


def test_the_second_checker_reads_every_key() -> None:
    for sample in SAMPLES:
        plan = tenantry.plan(tenantry.Fleet.from_dict(sample))
        verdict = check_plan(sample, plan.to_dict(), plan.certificate)
        assert verdict.word in {"VERIFIED", "UNDECIDED"}, verdict
        assert check_plan(sample, plan.to_dict()).word == "VERIFIED"


class Recorder:
    """Passes calls on to a builder, and notes which methods and which of their parameters were used."""

    def __init__(self, builder: tenantry.FleetBuilder, used: set[tuple[str, str]]) -> None:
        self.builder, self.used = builder, used

    def __getattr__(self, method: str) -> Any:
        function = getattr(self.builder, method)

        def call(*arguments: Any, **named: Any) -> Any:
            bound = inspect.signature(function).bind(*arguments, **named)
            self.used.update((method, parameter) for parameter in bound.arguments)
            self.used.add((method, ""))
            result = function(*arguments, **named)
            return self if result is self.builder else result

        return call


def test_the_builder_says_what_the_document_says() -> None:
    used: set[tuple[str, str]] = set()
    orchard = (
        Recorder(tenantry.Fleet.builder("orchard"), used)
        .as_of("2026-11-23")
        .attribute("stage", {"live": ["prod", "canary"], "trial": "dev"})
        .attribute("fruit", ["apple", "pear"])
        .attribute("buyer")
        .levels(
            {"name": "wild", "sharing": "workload", "accepts": "wild", "reason": "nobody knows what it does"},
            {"name": "tame", "sharing": "level", "accepts": "tame"},
        )
        .separate("stage", reason="trials break")
        .separate("buyer", missing={"class": "own", "tenants": ["grove", "cider", "land"]})
        .apart("fruit", missing="any", reason="one press, one fruit")
        .distrust(
            "cellar",
            subject={"namespace": "cellar"},
            neighbour={"tenant": "other", "fruit": {"not": "apple"}},
            reason="the recipe",
        )
        .distrust("hermit", subject={"workload": ["grove/hermit"]}, neighbour={"all": True})
        .together("pair", members=["grove/pick", "sort"], reason="crates go by hand")
        .together("each", by="tenant", where={"stage": ["live"], "tenant": "cider"})
        .waiver(
            "feast",
            between=({"tenant": "grove"}, {"tenant": "cider"}),
            waives=["distrust:cellar"],
            approved_by="the owner",
            expires="2027-03-31",
            reason="until the new cellar stands",
        )
        .tenant("grove", trust="tame", stage="prod", labels={"team": "trees"}, mitigations=["fence"])
        .tenant(
            "cider",
            trust="tame",
            sharing="level",
            accepts="tame",
            stage="canary",
            distrusts=["grove"],
            split_namespaces=True,
            overhead={"cpu": "200m", "memory": "64Mi", "pods": 2},
        )
        .tenant("land", trust="tame", platform=True, stage="prod")
        .workload("pick", tenant="grove", replicas=3, cpu="100m", memory="64Mi")
        .workload("sort", tenant="grove", replicas=(1, 2), cpu=0.5, memory="128Mi", requests={"example.com/belt": 1})
        .workload("hermit", tenant="grove", trust="wild", sharing="workload", accepts="tame", cpu=1)
        .workload(
            "press",
            tenant="cider",
            namespace="cellar",
            fruit="apple",
            pool="heavy",
            requests={"cpu": 2, "memory": "1Gi"},
            fixed_requests={"memory": "1Gi"},
            labels={"noise": "loud"},
            mitigations=["gVisor"],
        )
        .workload("gate", tenant="land", per_cluster=True, cpu="50m", memory="32Mi")
        .workload("watch", tenant="land", per_node=True, cpu="10m", memory="16Mi")
        .template(
            "farm",
            node_pools=[
                {
                    "name": "plain",
                    "allocatable": {"cpu": 4, "memory": "16Gi", "example.com/belt": 2},
                    "max": 6,
                    "min": 1,
                },
                {"name": "heavy", "allocatable": {"cpu": 16, "memory": "64Gi"}, "max": 2, "dedicated": True},
            ],
            node_packing="nodes",
            headroom="20%",
            max_count=9,
            maximums={"preset": "eks", "nodes": 8, "pods": 500, "namespaces": 90, "tenants": 5},
            cost={"cluster": 72.5, "perNode": "30.125"},
            labels={"soil": "loam"},
        )
        .missing_requests(cpu="10m", memory="16Mi")
        .objective("clusters", "cost")
        .limits(clusters=9, cost="1200.50")
    )
    places: dict[str, Any] = {"regions": "north", "jurisdictions": ["cold"]}
    places |= {"admits": {"tenant": "bee"}, "provides": ["smoke", "honey"]}
    flat = (
        Recorder(tenantry.Fleet.builder(), used)
        .all_regions()
        .region("north", jurisdictions=["cold", "dark"], max_clusters=2, cost_factor="1.12")
        .region("south", jurisdictions="warm")
        .tenant("bee", trust="trusted", regions="all", jurisdictions=["cold"], needs="smoke")
        .workload("hive", tenant="bee", regions=["north"], jurisdictions="dark", needs=["honey"], cpu=1, memory="1Gi")
        .template("flat", cpu=16, memory="64Gi", cost=1573, **places)
    )
    depot = (
        Recorder(tenantry.Fleet.builder(), used)
        .tenant("van", trust="trusted", pin="north", stay="cluster")
        .tenant("bus", trust="trusted", stay={"for": "cluster", "until": "2027-01-31"})
        .workload("post", tenant="van", cpu=1, memory="1Gi", runs_in="north")
        .workload(
            "seat",
            tenant="bus",
            cpu=1,
            memory="1Gi",
            runs_in=["south"],
            pin=["south"],
            stay={"for": "cluster", "until": "2027-03-31"},
            stateful=True,
            move_cost=5,
            downtime="allowed",
        )
        .workload("bell", tenant="bus", cpu=1, memory="1Gi")
        .template("yard", cpu=16, memory="64Gi")
        .region("hill")
        .region("dale")
        .all_regions()
        .existing(
            "north",
            template="yard",
            region="hill",
            admits={"trust": "trusted"},
            provides=["light"],
            keep=True,
            occupied={"cpu": 1, "memory": "2Gi", "pods": 3, "namespaces": 2},
            headroom="10%",
            cost=900,
            labels={"row": "a"},
        )
        .existing(
            "south",
            region="dale",
            mode="cordon",
            node_pools=[{"name": "plain", "allocatable": {"cpu": 4, "memory": "16Gi"}, "max": 6}],
            node_packing="sums",
            maximums={"nodes": 5},
        )
        .existing("west", region="dale", mode="drain", cpu=8, memory="32Gi")
        .runs_nowhere_yet()
        .limits(moves=7)
    )
    mail: dict[str, Any] = {"tenant": "mail", "cpu": 1, "memory": "1Gi"}
    several = (
        Recorder(tenantry.Fleet.builder(), used)
        .region("hill")
        .region("dale")
        .region("fen")
        .apart("region", id="ledgers", members=["mail/active", "passive"], reason="one flood, one ledger")
        .together("counter", members=["mail/desk", "till"], in_="region")
        .tenant("mail", trust="trusted")
        .workload("active", **mail)
        .workload("passive", **mail)
        .workload("desk", copies=2, runs_in=["north", "south"], **mail)
        .workload(
            "till",
            copies={"count": 2, "spread": "cluster", "survive": 0},
            replicas=4,
            pin=["north", "south"],
            **mail,
        )
        .workload(
            "round", copies={"count": 3, "spread": {"perRegion": 1}, "survive": {"regions": 1}}, replicas=4, **mail
        )
        .workload("box", copies={"each": "region"}, **mail)
        .workload("sort", split=True, replicas=4, runs_in={"north": 3, "south": 1}, **mail)
        .workload("stamp", split={"clusters": 2}, replicas=4, **mail)
        .template("yard", cpu=16, memory="64Gi")
        .existing("north", template="yard", region="hill")
        .existing("south", template="yard", region="hill")
        .all_regions()
        .runs_nowhere_yet()
    )
    whole = Recorder(tenantry.Fleet.builder(), used).existing("west", allocatable={"cpu": 8, "memory": "32Gi"})
    assert whole.to_dict()["existingClusters"][0]["allocatable"] == {"cpu": 8, "memory": "32Gi"}
    mixed = Recorder(tenantry.Fleet.builder(), used)
    mixed = mixed.template("flat", cpu=16, allocatable={"memory": "64Gi"}, cost=1573, **places)
    assert mixed.to_dict()["clusterTemplates"] == flat.to_dict()["clusterTemplates"]
    for built, sample in zip((orchard, flat, depot, several), SAMPLES, strict=True):
        assert json.loads(json.dumps(built.to_dict())) == sample
        assert built.build().digest == tenantry.Fleet.from_dict(sample).digest
    methods = {
        name: inspect.signature(method).parameters
        for name, method in vars(tenantry.FleetBuilder).items()
        if not name.startswith("_")
    }
    everything = {(method, parameter) for method, of in methods.items() for parameter in of if parameter != "self"}
    assert everything | {(method, "") for method in methods} <= used
