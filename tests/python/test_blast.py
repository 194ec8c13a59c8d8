"""What a compromised workload reaches, recomputed naively from the plan document and the fleet."""

import json
import pickle
import random
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import tenantry

PROGRAM = Path(sys.executable).with_name("tenantry")
EXAMPLES = ["acme", "shop", "shop-and-neighbours", "copies", "two-regions-today", "two-regions", "today/fleet"]

ODD = """\
schema: tenantry/v1
name: odd
asOf: "2026-11-23"
defaults: {regions: all}
regions: [{name: eu}, {name: us}]
tenants:
  - {name: shop, trust: trusted, splitNamespaces: true}
  - {name: bank, trust: trusted, distrusts: [guest]}
  - {name: guest, trust: trusted}
  - {name: base, trust: trusted, platform: true}
workloads:
  - {name: web, tenant: shop, namespace: blue, replicas: 3, requests: {cpu: 1, memory: 1Gi}}
  - {name: web, tenant: shop, namespace: green, replicas: 2, requests: {cpu: 1, memory: 1Gi}}
  - {name: cart, tenant: shop, namespace: blue, replicas: 1, requests: {cpu: 1, memory: 1Gi}}
  - {name: bulk, tenant: bank, replicas: 20, split: true, requests: {cpu: 2, memory: 1Gi}}
  - {name: ledger, tenant: bank, replicas: 2, copies: 2, requests: {cpu: 1, memory: 1Gi}}
  - {name: run, tenant: guest, replicas: 4, requests: {cpu: 1, memory: 1Gi}}
  - {name: gpu, tenant: guest, replicas: 2, pool: fast, requests: {cpu: 1, memory: 1Gi}}
  - {name: agent, tenant: base, perNode: true, requests: {cpu: 100m, memory: 64Mi}}
  - {name: web, tenant: base, namespace: ops, perCluster: true, replicas: 2, requests: {cpu: 100m, memory: 64Mi}}
clusterTemplates:
  - name: t
    nodePools:
      - {name: general, allocatable: {cpu: 8, memory: 32Gi, pods: 110}, max: 4}
      - {name: fast, allocatable: {cpu: 8, memory: 32Gi, pods: 110}, max: 2, dedicated: true}
"""


def example(name: str) -> tenantry.Fleet:
    return tenantry.Fleet.load(f"examples/{name}.yaml")


class Naive:
    """Who is where, by the plan's rows; the platform by the fleet document."""

    def __init__(self, fleet: tenantry.Fleet, plan: tenantry.Plan) -> None:
        document = plan.to_dict()
        names = {cluster["name"]: cluster for cluster in document["clusters"]}
        self.regions = {name: cluster.get("region") for name, cluster in names.items()}
        #: tenant, namespace, name -> cluster -> pods
        self.pods: dict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
        self.platform: set[tuple[str, str, str]] = set()
        for row in document["assignments"]:
            key = (row["tenant"], row["namespace"], row["workload"])
            self.pods[key][row["cluster"]] = row["replicas"]
        for row in fleet.to_dict()["workloads"]:
            if row.get("perCluster") or row.get("perNode"):
                key = (row["tenant"], row.get("namespace", f"{row['tenant']}-{row['name']}"), row["name"])
                self.platform.add(key)
                for name, cluster in names.items():
                    nodes = cluster.get("nodes")
                    each = nodes if row.get("perNode") and nodes is not None else row.get("replicas", 1)
                    self.pods[key][name] = each

    def identity(self, key: tuple[str, str, str]) -> str:
        alike = [other for other in self.pods if (other[0], other[2]) == (key[0], key[2])]
        return f"{key[0]}/{key[2]}" if len(alike) == 1 else "/".join(key)

    def reach(self, own: set[tuple[str, str, str]], clusters: set[str]) -> tuple[int, int, int, int, int]:
        others = {key: homes for key, homes in self.pods.items() if clusters & set(homes) and key not in own}
        mine = {tenant for tenant, _, _ in own}
        spaces = {namespace for _, namespace, _ in own}
        return (
            len({key[0] for key in others} - mine),
            len(others),
            sum(pods for homes in others.values() for name, pods in homes.items() if name in clusters),
            len({key[1] for key in others} - spaces),
            len(set(others) & self.platform),
        )

    def pairs(self, own: set[tuple[str, str, str]]) -> int:
        return sum(
            cluster in homes
            for key in own - self.platform
            for cluster in self.pods[key]
            for other, homes in self.pods.items()
            if other[0] != key[0] and other not in self.platform
        )


def figures(reach: tenantry.Reach) -> tuple[int, int, int | None, int | None, int]:
    return (reach.tenants, reach.workloads, reach.pods, reach.namespaces, reach.platform)


def odd() -> tenantry.Fleet:
    """Names that are not unique, agents on nodes, a dedicated pool, a split and copies."""
    return tenantry.Fleet.from_yaml(ODD)


def drawn(seed: int) -> tenantry.Fleet:
    """A small fleet by chance."""
    dice = random.Random(seed)
    tenants = [f"t{index}" for index in range(dice.randint(2, 5))]
    builder = tenantry.Fleet.builder(f"drawn {seed}").tenant("base", trust="trusted", platform=True)
    for tenant in tenants:
        distrusts = [other for other in tenants if other != tenant and dice.random() < 0.2]
        builder.tenant(tenant, trust=dice.choice(["trusted", "trusted", "untrusted"]), distrusts=distrusts)
    document = builder.template("t", cpu=12, memory="64Gi").build().to_dict()
    rows = []
    for index in range(dice.randint(3, 12)):
        row = {
            "name": f"w{index % 4}",
            "namespace": f"n{index}",
            "tenant": dice.choice(tenants),
            "replicas": dice.randint(1, 6),
            "requests": {"cpu": "1", "memory": "1Gi"},
        }
        row |= dice.choice([{}, {}, {}, {"copies": dice.randint(2, 3)}, {"split": True}])
        rows.append(row)
    for index in range(dice.randint(0, 2)):
        requests = {"cpu": "100m", "memory": "64Mi"}
        rows.append(
            {"name": f"p{index}", "tenant": "base", "perCluster": True, "replicas": index + 1, "requests": requests}
        )
    return tenantry.Fleet.from_dict({**document, "workloads": rows})


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_figure_is_counted_again(name: str) -> None:
    recount(example(name))


def test_every_figure_of_odd_and_drawn_fleets_is_counted_again() -> None:
    recount(odd())
    lost_again(odd())
    for seed in range(60):
        fleet = drawn(seed)
        recount(fleet)
        lost_again(fleet)


def recount(fleet: tenantry.Fleet) -> None:
    plan = tenantry.plan(fleet)
    naive, blast = Naive(fleet, plan), plan.blast()
    keys = {naive.identity(key): key for key in naive.pods}
    assert {row.workload for row in blast.workloads} == set(keys)
    for row in blast.workloads:
        key = keys[row.workload]
        homes = set(naive.pods[key])
        assert figures(row.reach) == naive.reach({key}, homes), row
        assert (row.clusters, row.platform, row.pairs) == (len(homes), key in naive.platform, naive.pairs({key}))
    for key in naive.pods:
        listed(plan, naive, key)
    assert {row.tenant for row in blast.tenants} == {key[0] for key in naive.pods}
    for tenant in blast.tenants:
        own = {key for key in naive.pods if key[0] == tenant.tenant}
        homes = {cluster for key in own for cluster in naive.pods[key]}
        assert figures(tenant.reach) == naive.reach(own, homes), tenant
        assert (tenant.clusters, tenant.pairs) == (len(homes), naive.pairs(own))
    radii = {cluster.name: cluster.blast_radius for cluster in plan.clusters}
    for cluster in blast.clusters:
        worst = keys[cluster.worst]
        assert figures(cluster.reach) == naive.reach({worst}, {cluster.cluster})
        # the plan's own figure is the worst case, too
        radius = radii[cluster.cluster]
        assert figures(cluster.reach)[:3] == (radius.tenants, radius.workloads, radius.pods)
    for rows in (blast.clusters, blast.tenants, blast.workloads):
        order = [figures(row.reach)[:4] for row in rows]
        assert order == sorted(order, reverse=True)


def listed(plan: tenantry.Plan, naive: Naive, key: tuple[str, str, str]) -> None:
    """As many are listed by name in each cluster as are counted there."""
    subject = plan.blast("/".join(key)).subject
    assert subject is not None
    for row in subject.clusters:
        tenants, workloads, _, namespaces, platform = naive.reach({key}, {row.cluster})
        assert len(row.tenants) == tenants
        assert (len(row.workloads) + len(row.platform), len(row.platform)) == (workloads, platform)
        assert len(row.namespaces) == namespaces, (row, key)


@pytest.mark.parametrize("name", EXAMPLES)
def test_losses_are_counted_again(name: str) -> None:
    lost_again(example(name))


def lost_again(fleet: tenantry.Fleet) -> None:
    plan = tenantry.plan(fleet)
    naive, blast = Naive(fleet, plan), plan.blast()
    assert {cluster.name: cluster.region for cluster in plan.clusters} == naive.regions
    lost = {loss.of: {loss.of} for loss in blast.losses}
    assert set(lost) == {cluster.name for cluster in plan.clusters if cluster.workloads}
    regions = {
        loss.of: {at for at, region in naive.regions.items() if region == loss.of} for loss in blast.losses_of_regions
    }
    for losses, places in ((blast.losses, lost), (blast.losses_of_regions, regions)):
        for loss in losses:
            there = places[loss.of]
            gone, kept, pods = set(), set(), 0
            for key, homes in naive.pods.items():
                here = sum(count for at, count in homes.items() if at in there)
                if key in naive.platform or not here:
                    continue
                pods += here
                left = sum(homes.values()) - here
                if left:
                    kept.add((naive.identity(key), left, sum(homes.values())))
                else:
                    gone.add(naive.identity(key))
            assert (set(loss.gone), {(it.workload, it.left, it.of) for it in loss.kept}, loss.pods) == (
                gone,
                kept,
                pods,
            )
        # where the plan counts losses, both speak of the same pods
        stated = plan.losses if losses is blast.losses else plan.losses_of_regions
        for row in stated:
            own = next(loss for loss in losses if loss.of in (getattr(row, "cluster", ""), getattr(row, "region", "")))
            assert row.pods == own.pods
            assert len(own.gone) <= row.workloads <= len(own.gone) + len(own.kept)


def test_a_subject_is_shown_by_name() -> None:
    fleet = example("acme")
    naive = Naive(fleet, tenantry.plan(fleet))
    for name in ("shop", "shop/frontend", "frontend", "shop/shop-frontend/frontend"):
        subject = tenantry.plan(fleet).blast(name).subject
        assert subject is not None
        [cluster] = subject.clusters
        own = {key for key in naive.pods if key[0] == "shop" and (name == "shop" or key[2] == "frontend")}
        here = {naive.identity(key) for key, homes in naive.pods.items() if cluster.cluster in homes and key not in own}
        assert set(cluster.workloads) | set(cluster.platform) == here
        assert subject.is_tenant == (name == "shop")
        assert subject.alone is None
    for wrong, said in (
        ("shpo", "did you mean `shop`"),
        ("app", "2 workloads are called `app`"),
        ("a/b/c/d", "no tenant"),
    ):
        with pytest.raises(tenantry.UsageError, match=said):
            tenantry.plan(fleet).blast(wrong)


def alone_document(fleet: tenantry.Fleet, selector: dict[str, str], neighbour: dict[str, Any]) -> tenantry.Fleet:
    document = fleet.to_dict()
    rule = {"id": "by-hand", "subject": selector, "neighbour": neighbour}
    document.setdefault("policy", {}).setdefault("distrust", []).append(rule)
    return tenantry.Fleet.from_dict(document)


def test_standing_alone_is_planned() -> None:
    fleet = example("acme")
    for name, selector, neighbour in (
        ("shop/frontend", {"workload": "shop/frontend"}, {"all": True}),
        ("analytics", {"tenant": "analytics"}, {"tenant": "other"}),
    ):
        subject = fleet.blast(name).subject
        assert subject is not None
        assert subject.alone is not None
        assert subject.alone.alone is not None
        by_hand = tenantry.compare(fleet, alone_document(fleet, selector, neighbour)).plans
        assert subject.alone.today.clusters == by_hand[0].clusters
        assert subject.alone.alone.clusters == by_hand[1].clusters
        assert subject.alone.alone.exposure == by_hand[1].exposure
    # as many pairs fewer as the plan says, where the others stay together
    analytics = fleet.blast("analytics").subject
    assert analytics is not None
    assert analytics.pairs == 1
    # with a plan that there is already
    plan = tenantry.plan(fleet)
    given = fleet.blast("analytics", plan=plan).subject
    assert given is not None
    assert given.alone is not None
    assert not given.alone.today.planned


def test_who_must_be_with_others_cannot_stand_alone() -> None:
    document = example("acme").to_dict()
    document["policy"]["together"] = [{"id": "pair", "members": ["shop/frontend", "shop/recommendationservice"]}]
    subject = tenantry.Fleet.from_dict(document).blast("shop/frontend").subject
    assert subject is not None
    assert subject.alone is not None
    assert subject.alone.alone is None
    assert subject.alone.forbidden
    # nothing is planned for what is in every cluster
    monitoring = example("acme").blast("platform/monitoring").subject
    assert monitoring is not None
    assert (monitoring.alone, len(monitoring.clusters)) == (None, 7)


def test_a_plan_without_its_fleet_says_what_it_does_not_know() -> None:
    fleet = example("acme")
    plan = tenantry.plan(fleet)
    alone = tenantry.Plan.from_json(plan.to_json()).blast()
    assert alone.notes
    assert {row.reach.pods for row in alone.workloads} == {None}
    with_fleet = plan.blast()
    assert with_fleet.notes == ()
    key = {row.workload: row for row in with_fleet.workloads}
    for row in alone.workloads:
        known = key[row.workload].reach
        assert (row.reach.tenants, row.reach.workloads, row.reach.platform) == (
            known.tenants,
            known.workloads,
            known.platform,
        )
    shop = tenantry.Plan.from_json(tenantry.plan(example("shop")).to_json()).blast()
    assert shop == tenantry.plan(example("shop")).blast()
    with pytest.raises(tenantry.UsageError, match="another version"):
        example("shop").blast(plan=plan)


def test_documents_are_read_back() -> None:
    for subject in (None, "search/index"):
        blast = example("copies").blast(subject)
        assert tenantry.Blast.from_json(blast.to_json()) == blast == pickle.loads(pickle.dumps(blast))
        assert list(blast.to_dict()) == list(json.loads(tenantry.schema("blast"))["properties"])
        assert {len(column) for column in blast.to_columns().values()} == {len(blast.workloads)}
        assert "compromised" in blast._repr_html_()
    with pytest.raises(tenantry.PlanError):
        tenantry.Blast.from_json("{}")


def test_without_a_plan_nobody_is_anywhere() -> None:
    document = example("acme").to_dict()
    document["clusterTemplates"][0]["maxCount"] = 2
    blast = tenantry.Fleet.from_dict(document).blast("shop")
    assert (blast.status, tuple(blast.workloads), blast.subject) == ("infeasible", (), None)
    assert "no plan exists" in str(blast)


class Today(Naive):
    """Who is where by `runsIn`, every word of it read from the fleet document."""

    def __init__(self, fleet: tenantry.Fleet) -> None:
        document = fleet.to_dict()
        clusters = document["existingClusters"]
        templates = {row["name"]: row for row in document.get("clusterTemplates", ())}
        self.regions = {row["name"]: row.get("region") for row in clusters}
        self.pods = defaultdict(dict)
        self.platform = set()
        for row in document["workloads"]:
            key = (row["tenant"], row.get("namespace", f"{row['tenant']}-{row['name']}"), row["name"])
            replicas = row.get("replicas", 1)
            if row.get("perCluster") or row.get("perNode"):
                self.platform.add(key)
                for cluster in clusters:
                    pools = cluster.get("nodePools") or templates[cluster["template"]].get("nodePools", ())
                    nodes = sum(pool["max"] for pool in pools if row.get("pool") in (None, pool["name"]))
                    self.pods[key][cluster["name"]] = nodes if row.get("perNode") else replicas
                continue
            runs_in = row.get("runsIn", document.get("defaults", {}).get("runsIn"))
            if isinstance(runs_in, dict):
                self.pods[key] = dict(runs_in)
                continue
            homes = [runs_in] if isinstance(runs_in, str) else runs_in
            # all but one of the copies may be lost: each is a full one
            self.pods[key] = dict.fromkeys(homes, replicas)


RUNNING = ODD.replace("defaults: {regions: all}", "defaults: {regions: all, runsIn: []}").replace(
    "clusterTemplates:",
    """existingClusters:
  - {name: east, template: t, region: eu}
  - {name: west, template: t, region: us}
  - {name: idle, template: t, region: us, keep: true, occupied: {cpu: 1, memory: 1Gi, pods: 3}}
clusterTemplates:""",
)
HOMES = {"cart": "east", "bulk": "{east: 12, west: 8}", "ledger": "[east, west]", "run": "west", "gpu": "east"}


def running() -> tenantry.Fleet:
    """The odd one, part of which runs in two clusters, against its rules; a third holds nobody of it."""
    text = RUNNING
    for name, home in HOMES.items():
        text = text.replace(f"{{name: {name}, ", f"{{name: {name}, runsIn: {home}, ")
    return tenantry.Fleet.from_yaml(text)


@pytest.mark.parametrize("name", ["running", "today/fleet", "two-regions-today"])
def test_what_runs_today_is_counted_again(name: str) -> None:
    fleet = running() if name == "running" else example(name)
    naive, blast = Today(fleet), fleet.blast(today=True)
    assert (blast.of, blast.status, blast.planned) == ("today", None, None)
    keys = {naive.identity(key): key for key in naive.pods}
    nowhere = {identity for identity, key in keys.items() if not naive.pods[key]}
    assert {row.workload for row in blast.workloads} == set(keys) - nowhere
    for row in blast.workloads:
        key = keys[row.workload]
        homes = set(naive.pods[key])
        assert figures(row.reach) == naive.reach({key}, homes), row
        assert (row.clusters, row.platform, row.pairs) == (len(homes), key in naive.platform, naive.pairs({key}))
    for tenant in blast.tenants:
        own = {key for key in naive.pods if key[0] == tenant.tenant}
        homes = {cluster for key in own for cluster in naive.pods[key]}
        assert figures(tenant.reach) == naive.reach(own, homes), tenant
    held = {cluster for homes in naive.pods.values() for cluster in homes}
    assert {cluster.cluster for cluster in blast.clusters} == held
    for loss in blast.losses:
        here = {key: homes for key, homes in naive.pods.items() if loss.of in homes and key not in naive.platform}
        gone = {naive.identity(key) for key, homes in here.items() if set(homes) == {loss.of}}
        assert (set(loss.gone), loss.pods) == (gone, sum(homes[loss.of] for homes in here.values()))
    # whoever is in no figure is named
    assert all(any(identity in note for note in blast.notes) for identity in sorted(nowhere)[:5])
    assert any("`occupied`" in note for note in blast.notes) == (name == "running")


def test_today_and_a_plan_stand_side_by_side() -> None:
    fleet = example("two-regions-today")
    plan = tenantry.plan(fleet)
    both = fleet.blast(today=True, plan=plan)
    assert both.planned == plan.blast() == fleet.blast(plan=plan)
    alone = json.loads(fleet.blast(today=True).to_json())
    assert {**json.loads(both.to_json()), "planned": None} == alone
    assert tenantry.Blast.from_json(both.to_json()) == both == pickle.loads(pickle.dumps(both))
    text = str(both)
    pairs = [sum(row.pairs for row in it.tenants) // 2 for it in (both, plan.blast())]
    row = next(line.split() for line in text.splitlines() if "pairs of different tenants" in line)
    assert row[-2:] == [str(figure) for figure in pairs]
    assert "as it runs" in both._repr_html_()
    subject = fleet.blast(plan.assignments[0].tenant, today=True, plan=plan)
    assert subject.subject is not None and subject.subject.alone is None
    assert subject.planned is not None and subject.planned.subject is not None
    assert subject.planned.subject.alone is not None
    with pytest.raises(tenantry.UsageError, match="nobody is in reach today"):
        example("acme").blast(today=True)
    with pytest.raises(tenantry.UsageError, match="did you mean"):
        running().blast("bnak", today=True)
    # who runs nowhere reaches nobody
    web = running().blast("shop/blue/web", today=True).subject
    assert web is not None
    assert (figures(web.reach), web.clusters) == ((0, 0, 0, 0, 0), ())


def test_the_program_says_the_same(tmp_path: Path) -> None:
    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([PROGRAM, "blast", *arguments], capture_output=True, text=True, check=False)

    fleet = example("acme")
    plan = tmp_path / "plan.json"
    plan.write_text(tenantry.plan(fleet).to_json(), encoding="utf-8")
    assert run("examples/acme.yaml", "--format", "json").stdout == fleet.blast().to_json()
    assert run("examples/acme.yaml", "shop", "--format", "json").stdout == fleet.blast("shop").to_json()
    given = run("examples/acme.yaml", "shop", "--plan", plan, "--format", "json").stdout
    assert given == fleet.blast("shop", plan=tenantry.plan(fleet)).to_json()
    by_itself = run(plan, "shop", "--format", "json").stdout
    assert by_itself == tenantry.Plan.from_json(plan.read_text(encoding="utf-8")).blast("shop").to_json()
    runs = "examples/two-regions-today.yaml"
    running = example("two-regions-today")
    assert run(runs, "--today", "--format", "json").stdout == running.blast(today=True).to_json()
    planned = tenantry.plan(running)
    (tmp_path / "runs.json").write_text(planned.to_json(), encoding="utf-8")
    beside = run(runs, "--today", "--plan", tmp_path / "runs.json", "--format", "json").stdout
    assert beside == running.blast(today=True, plan=planned).to_json()
    assert run("examples/acme.yaml", "--today").returncode == 2
    assert run(plan, "--today").returncode == 2
    assert run(plan, "nobody").returncode == 2
    assert run("examples/acme.yaml", "nobody").returncode == 2
    assert run(plan, "--plan", plan).returncode == 2
    assert run(plan, "--as-of", "2027-01-01").returncode == 2
    assert run("examples/shop.yaml", "--plan", plan).returncode == 2
    assert run("-", "--plan", "-").returncode == 2
