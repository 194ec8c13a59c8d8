"""The manifests that carry a plan out: against the schemas of Kubernetes and of the custom resources, and read back."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import tenantry
import yaml
from jsonschema import Draft202012Validator

VERSION = "1.35"
CRDS = json.loads((Path(__file__).parent / "crds.json").read_text(encoding="utf-8"))["kinds"]
GIT = {"repo": "https://git.example/platform.git"}
OPTIONS: dict[str, dict[str, Any]] = {
    "kubernetes": {},
    "argocd": GIT,
    "flux": GIT,
    "karmada": {},
    "ocm": {},
    "clusterapi": {"kubernetes_version": "v1.35.2", "control_plane": 3},
}

EVERYTHING = """
schema: tenantry/v1
name: everything
asOf: "2026-11-27"
policy:
  levels:
    - {name: wild, sharing: tenant, accepts: wild}
    - {name: calm, sharing: level, accepts: calm}
tenants:
  - {name: shop, trust: calm, splitNamespaces: true}
  - {name: guests, trust: wild, mitigations: [gvisor]}
  - {name: infra, trust: calm, platform: true}
workloads:
  - name: web
    tenant: shop
    namespace: shop
    replicas: {min: 3, max: 9}
    copies: 2
    requests: {cpu: 250m, memory: 512Mi}
  - {name: db, tenant: shop, namespace: shop, requests: {cpu: 1500m, memory: 4Gi}, fixedRequests: {memory: 1Gi}}
  - {name: train.v1, tenant: shop, namespace: ml, replicas: 2, requests: {cpu: 1, memory: 2Gi, nvidia.com/gpu: 1}}
  - {name: batch, tenant: shop, namespace: batch, replicas: 40, split: true, requests: {cpu: 1, memory: 1Gi}}
  - {name: sandbox, tenant: guests, replicas: 2, requests: {cpu: 100m, memory: 128Mi}}
  - {name: logs, tenant: infra, namespace: logging, perNode: true, requests: {cpu: 50m, memory: 64Mi}}
  - {name: gate, tenant: infra, namespace: ingress, perCluster: true, replicas: 2, requests: {cpu: 100m, memory: 64Mi}}
clusterTemplates:
  - name: standard
    maximums: {nodes: 8}
    nodePools: [{name: workers, max: 4, allocatable: {cpu: "8", memory: 32Gi, pods: 110, nvidia.com/gpu: 2}}]
"""


def documents(text: str) -> Iterator[dict[str, Any]]:
    for document in yaml.safe_load_all(text):
        assert isinstance(document, dict)
        yield document


@pytest.fixture(scope="module")
def fleets() -> dict[str, tenantry.Fleet]:
    examples = Path(__file__).parents[2] / "examples"
    names = ("acme", "copies", "two-regions", "two-regions-today", "architectures")
    return {name: tenantry.Fleet.load(examples / f"{name}.yaml") for name in names} | {
        "everything": tenantry.Fleet.from_yaml(EVERYTHING)
    }


@pytest.fixture(scope="module")
def plans(fleets: dict[str, tenantry.Fleet]) -> dict[str, tenantry.Plan]:
    return {name: tenantry.plan(fleet) for name, fleet in fleets.items()}


def merged(patch: dict[str, Any]) -> dict[str, Any]:
    """The patch merged into the smallest object that it is for, as kustomize merges by the names of containers."""
    whole = copy.deepcopy(patch)
    if whole["kind"] == "HorizontalPodAutoscaler":
        return whole
    labels = {"app": "x"}
    whole["spec"]["selector"] = {"matchLabels": labels}
    whole["spec"]["template"]["metadata"] = {"labels": labels}
    if whole["kind"] == "StatefulSet":
        whole["spec"]["serviceName"] = "x"
    for container in whole["spec"]["template"]["spec"]["containers"]:
        container["image"] = "registry.example/x:1"
    return whole


def valid(document: dict[str, Any]) -> None:
    key = f"{document['apiVersion']} {document['kind']}"
    if document["apiVersion"].startswith("kustomize.config.k8s.io/"):
        known = {"apiVersion", "kind", "resources", "patches"}
        assert set(document) <= known
        return
    known = CRDS.get(key)
    if known is None:
        kubernetes_validate.validate(document, VERSION, strict=True)
    else:
        Draft202012Validator(known["schema"]).validate(document)
        assert ("namespace" in document["metadata"]) == known["namespaced"], key
    for manifest in document.get("spec", {}).get("manifestWorkTemplate", {}).get("workload", {}).get("manifests", []):
        valid(manifest)


@pytest.mark.parametrize("target", OPTIONS)
def test_every_object_is_valid(target: Any, plans: dict[str, tenantry.Plan]) -> None:
    kinds = set()
    for plan in plans.values():
        manifests = plan.export(target, **OPTIONS[target])
        assert manifests == plan.export(target, **OPTIONS[target])
        seen: set[tuple[Any, ...]] = set()
        for path, text in manifests.files.items():
            assert text.startswith("# Written by `tenantry export`")
            for document in documents(text):
                kinds.add(document["kind"])
                patch = "/workloads/" in path and document["kind"] != "Component"
                valid(merged(document) if patch else document)
                meta = document.get("metadata", {})
                if target not in {"kubernetes", "flux"} and meta:  # those have a folder for each cluster
                    it = (document["apiVersion"], document["kind"], meta.get("namespace"), meta["name"])
                    assert it not in seen
                    seen.add(it)
    assert (
        kinds
        >= {
            "kubernetes": {
                "Namespace",
                "ResourceQuota",
                "LimitRange",
                "Role",
                "RoleBinding",
                "NetworkPolicy",
                "DaemonSet",
            },
            "argocd": {"AppProject", "ApplicationSet"},
            "flux": {"Kustomization", "GitRepository", "ServiceAccount", "RoleBinding"},
            "karmada": {"PropagationPolicy", "ClusterPropagationPolicy", "OverridePolicy", "Namespace"},
            "ocm": {"ManagedClusterSet", "ManagedClusterSetBinding", "Placement", "ManifestWorkReplicaSet"},
            "clusterapi": {"Cluster"},
        }[target]
    )


def test_a_wrong_object_is_not_valid(plans: dict[str, tenantry.Plan]) -> None:
    """The validators can refuse."""
    for target, options in OPTIONS.items():
        for text in plans["everything"].export(target, **options).files.values():  # type: ignore[arg-type]
            for document in documents(text):
                if "spec" not in document or document["apiVersion"].startswith("kustomize.config"):
                    continue
                with pytest.raises(Exception, match=r"(?s).+"):
                    valid({**document, "spec": {**document["spec"], "speck": 1}})


def amount(text: str) -> float:
    units = {"m": 1e-3, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "k": 1e3, "M": 1e6, "G": 1e9}
    for unit, factor in units.items():
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * factor
    return float(text)


def test_quotas_are_what_is_planned(plans: dict[str, tenantry.Plan]) -> None:
    """Added up from the rows of the plan, and held against the quotas of each cluster."""
    for plan in plans.values():
        planned: dict[tuple[str, str], dict[str, float]] = {}
        for row in plan.assignments:
            sums = planned.setdefault((row.cluster, row.namespace), {})
            for resource, text in row.requests.items():
                sums[resource] = sums.get(resource, 0) + amount(text)
        found = {}
        for path, text in plan.export("kubernetes").files.items():
            parts = path.split("/")
            for document in documents(text):
                if document["kind"] == "ResourceQuota":
                    hard = {
                        key.removeprefix("requests."): amount(value) for key, value in document["spec"]["hard"].items()
                    }
                    found[parts[1], document["metadata"]["namespace"]] = hard
        assert set(found) == set(planned), plan.name
        for key, hard in found.items():
            for resource, value in hard.items():
                assert value == pytest.approx(planned[key].get(resource, 0)), (plan.name, key, resource)


def test_network_and_security(plans: dict[str, tenantry.Plan]) -> None:
    plan = plans["everything"]
    files = plan.export("kubernetes", pod_security={"tenant:infra": "privileged"}).files
    levels = {}
    for text in files.values():
        names = []
        for document in documents(text):
            if document["kind"] == "Namespace":
                levels[document["metadata"]["name"]] = document["metadata"]["labels"]
            if document["kind"] == "NetworkPolicy":
                names.append(document["metadata"]["name"])
        assert names in ([], ["default-deny", "same-tenant", "dns"])
    enforced = {name: labels.get("pod-security.kubernetes.io/enforce") for name, labels in levels.items()}
    assert enforced == {
        "shop": "baseline",
        "ml": "baseline",
        "batch": "baseline",
        "guests-sandbox": "restricted",
        "logging": "privileged",
        "ingress": "privileged",
    }
    assert levels["shop"]["tenantry/tenant"] == "shop" and levels["shop"]["tenantry/trust"] == "calm"
    notes = " ".join(plan.export("kubernetes").notes)
    for word in ("StatefulSet", "`ingress`, `logging`", "fixed requests of 1 workload", "exactly what is planned"):
        assert word in notes
    assert any("runtimeClassName: gvisor is for the pods of sandbox" in text for text in files.values())


def test_what_everybody_needs_is_not_fenced() -> None:
    """A namespace of Kubernetes' own, or of the DNS, has no policy that would stop it, whoever's it is said to be."""
    fleet = tenantry.Fleet.from_yaml(
        """
        schema: tenantry/v1
        tenants: [{name: a, trust: trusted}]
        workloads:
          - {name: dns, tenant: a, namespace: kube-system, requests: {cpu: 1, memory: 1Gi}}
          - {name: names, tenant: a, namespace: names, requests: {cpu: 1, memory: 1Gi}}
          - {name: web, tenant: a, namespace: web, requests: {cpu: 1, memory: 1Gi}}
        clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]
        """
    )
    files = tenantry.plan(fleet).export("kubernetes", dns_namespace="names").files
    fenced = {path.split("/")[-1]: "NetworkPolicy" in text for path, text in files.items() if "/namespaces/" in path}
    assert fenced == {"kube-system.yaml": False, "names.yaml": False, "web.yaml": True}


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_it_is_read_back(fleets: dict[str, tenantry.Fleet], plans: dict[str, tenantry.Plan], tmp_path: Path) -> None:
    """What is imported from the export has the workloads, namespaces, pods and requests of a pod of the fleet."""
    for name, platform in (("acme", ["platform-monitoring"]), ("two-regions", []), ("architectures", [])):
        folder = tmp_path / name
        plans[name].export("kubernetes").write(folder)
        back = tenantry.Fleet.from_kubernetes(
            folder / "clusters",
            exclude=["kustomization.yaml"],
            platform_namespaces=platform,
            tenant_from="namespace-label:tenantry/tenant",
            trust_from="namespace-label:tenantry/trust",
        )
        before = {
            (row.tenant, row.namespace, row.workload): (row.replicas, dict(row.requests))
            for row in plans[name].assignments
        }
        fixed = {
            (row["tenant"], row["name"]): row["fixedRequests"]
            for row in json.loads(fleets[name].to_json())["workloads"]
            if "fixedRequests" in row
        }
        after = {}
        for row in json.loads(back.to_json())["workloads"]:
            if "perCluster" in row or "perNode" in row:
                continue
            pods = row["replicas"]
            count = pods["max"] if isinstance(pods, dict) else pods
            after[row["tenant"], row["namespace"], row["name"]] = (count, row["requests"])
        assert set(after) == set(before), name
        for key, (count, requests) in after.items():
            assert count == before[key][0]
            for resource, text in requests.items():
                once = amount(fixed.get((key[0], key[2]), {}).get(resource, "0"))
                assert amount(text) * count + once == pytest.approx(amount(before[key][1][resource])), (name, key)


def test_a_folder_is_whole_and_ours(plans: dict[str, tenantry.Plan], tmp_path: Path) -> None:
    manifests = plans["acme"].export("kubernetes")
    folder = tmp_path / "carry"
    assert {it.change for it in manifests.write(folder, dry_run=True)} == {"new"} and not folder.exists()
    manifests.write(folder)
    tree = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert {path for path in tree if not path.startswith(".tenantry")} == set(manifests.files)
    stamps = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert {it.change for it in manifests.write(folder)} == {"same"}
    # elsewhere they are made again
    again = pickle.loads(pickle.dumps(manifests))
    assert again == manifests and {it.change for it in again.write(folder)} == {"same"}
    assert stamps == {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    # what is not ours is not touched, and neither is what somebody changed
    mine = folder / "clusters" / "mine.txt"
    mine.write_text("mine", encoding="utf-8")
    touched = folder / next(iter(manifests.files))
    touched.write_text("by hand", encoding="utf-8")
    other = plans["copies"].export("kubernetes")
    with pytest.raises(tenantry.UsageError, match="changed by hand"):
        other.write(folder)
    assert touched.read_text(encoding="utf-8") == "by hand" and mine.exists()
    touched.write_text(manifests.files[touched.relative_to(folder).as_posix()], encoding="utf-8")
    changes = {it.change for it in other.write(folder)}
    assert changes == {"new", "removed"} and mine.read_text(encoding="utf-8") == "mine"
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert names == set(other.files) | {"clusters/mine.txt", ".tenantry/kubernetes.json"}
    # a file that was there before
    foreign = tmp_path / "foreign" / next(iter(manifests.files))
    foreign.parent.mkdir(parents=True)
    foreign.write_text("theirs", encoding="utf-8")
    with pytest.raises(tenantry.UsageError, match="was not written by an export"):
        manifests.write(tmp_path / "foreign")
    assert [path for path in (tmp_path / "foreign").rglob("*") if path.is_file()] == [foreign]


def test_links_and_records_lead_nowhere(plans: dict[str, tenantry.Plan], tmp_path: Path) -> None:
    manifests = plans["acme"].export("kubernetes")
    outside = tmp_path / "outside"
    outside.mkdir()
    folder = tmp_path / "linked"
    folder.mkdir()
    (folder / "clusters").symlink_to(outside, target_is_directory=True)
    with pytest.raises(tenantry.UsageError, match="in the way"):
        manifests.write(folder)
    assert list(outside.iterdir()) == []
    folder = tmp_path / "recorded"
    (folder / ".tenantry").mkdir(parents=True)
    victim = tmp_path / "victim"
    victim.write_text("", encoding="utf-8")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for path in ("../victim", "/etc/passwd", "a/../../victim"):
        record = {"schema": "tenantry-export/v1", "fleetDigest": "", "files": {path: empty}}
        (folder / ".tenantry" / "kubernetes.json").write_text(json.dumps(record), encoding="utf-8")
        with pytest.raises(tenantry.UsageError, match="not in the folder"):
            manifests.write(folder)
    assert victim.exists()


def test_names_are_refused_all_at_once() -> None:
    fleet = tenantry.Fleet.from_yaml(
        """
        schema: tenantry/v1
        tenants: [{name: "Team A", trust: trusted}, {name: 'b"; rm -rf', trust: trusted}]
        workloads:
          - {name: "Web_1", tenant: "Team A", namespace: a, requests: {cpu: 1, memory: 1Gi}}
          - {name: ok, tenant: 'b"; rm -rf', namespace: b, requests: {cpu: 1, memory: 1Gi}}
        clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]
        """
    )
    plan = tenantry.plan(fleet)
    for target in ("kubernetes", "karmada"):
        with pytest.raises(tenantry.FleetError) as caught:
            plan.export(target)
        paths = {problem.path for problem in caught.value.problems}
        assert paths >= {"tenants[0].name", "tenants[1].name", "workloads[0].name"}
        assert {problem.code for problem in caught.value.problems} == {"unfit-name"}


def test_options_are_refused_all_at_once(acme: tenantry.Fleet, acme_plan: tenantry.Plan) -> None:
    with pytest.raises(tenantry.UsageError, match="takes the Git repository"):
        acme_plan.export("argocd")
    with pytest.raises(tenantry.UsageError, match="version of new clusters"):
        acme_plan.export("clusterapi")
    with pytest.raises(tenantry.UsageError, match=r"reads no repository.*reads no path"):
        acme_plan.export("kubernetes", repo="https://git.example/x", path="x")
    with pytest.raises(tenantry.UsageError, match="every tenant would be in one group"):
        acme_plan.export("kubernetes", group="everybody")
    with pytest.raises(tenantry.UsageError, match="no tenant `nobody`"):
        acme_plan.export("kubernetes", pod_security={"tenant:nobody": "baseline"})
    with pytest.raises(tenantry.UsageError, match="no options of an export"):
        acme_plan.export("kubernetes", pod_security={"who:nobody": "baseline"})
    with pytest.raises(tenantry.UsageError, match="no name of a branch"):
        acme_plan.export("argocd", repo=GIT["repo"], branch="{{ .x }}")
    for repo in ("git@x:y", "https://x/{{ .y }}", "https://user:secret@x/y", "file:///etc", "https://x/ y"):
        with pytest.raises(tenantry.UsageError, match="a repository is"):
            acme_plan.export("flux", repo=repo)
    for apps in ("../{namespace}", "{tenant}", "{who}/{namespace}"):
        with pytest.raises(tenantry.UsageError, match=r"path with|has no .namespace"):
            acme_plan.export("flux", repo=GIT["repo"], apps=apps)
    with pytest.raises(tenantry.UsageError, match="no target"):
        acme_plan.export("helm")  # type: ignore[arg-type]
    alone = tenantry.Plan.from_json(acme_plan.to_json())
    with pytest.raises(tenantry.PlanError, match="without its fleet"):
        alone.export("kubernetes")
    assert alone.export("kubernetes", acme).files == acme_plan.export("kubernetes").files


def test_a_wrong_plan_is_not_carried_out(acme: tenantry.Fleet, acme_plan: tenantry.Plan) -> None:
    document = acme_plan.to_dict()
    first, second = document["clusters"][:2]
    for row in document["assignments"]:
        if row["cluster"] == first["name"]:
            row["cluster"] = second["name"]
    forged = tenantry.Plan.from_json(json.dumps(document))
    with pytest.raises(tenantry.UsageError, match="not right for this fleet"):
        forged.export("kubernetes", acme)


def test_copies_and_splits_in_karmada(plans: dict[str, tenantry.Plan]) -> None:
    """Every copy of a workload gets its pods, and a split those of each cluster: from the policies alone."""
    for name in ("everything", "copies"):
        plan = plans[name]
        found: dict[tuple[str, str], dict[str, int]] = {}
        for text in plan.export("karmada").files.values():
            for document in documents(text):
                meta, spec = document["metadata"], document.get("spec", {})
                if not str(meta["name"]).startswith("workloads-"):
                    continue
                for selector in spec["resourceSelectors"]:
                    homes = found.setdefault((meta["namespace"], selector["name"]), {})
                    if document["kind"] == "PropagationPolicy":
                        for cluster in spec["placement"]["clusterAffinity"]["clusterNames"]:
                            homes.setdefault(cluster, 0)
                        weights = spec["placement"]["replicaScheduling"].get("weightPreference", {})
                        for row in weights.get("staticWeightList", []):
                            homes[row["targetCluster"]["clusterNames"][0]] = row["weight"]
                    else:
                        for rule in spec["overrideRules"]:
                            homes[rule["targetCluster"]["clusterNames"][0]] = rule["overriders"]["plaintext"][0][
                                "value"
                            ]
        for row in plan.assignments:
            pods = found[row.namespace, row.workload][row.cluster]
            assert pods in (0, row.replicas)
            if row.copy is not None:
                assert pods == row.replicas
        assert {(row.namespace, row.workload, row.cluster) for row in plan.assignments} <= {
            (*key, cluster) for key, homes in found.items() for cluster in homes
        }
