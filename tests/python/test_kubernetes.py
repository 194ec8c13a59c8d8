"""`Fleet.from_kubernetes`: the import of the command line, from Python."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
import tenantry


def deployment(name: str, namespace: str, requests: dict[str, str] | None = None) -> dict[str, Any]:
    container: dict[str, Any] = {"name": "c", "image": "x"}
    if requests:
        container["resources"] = {"requests": requests}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": template}
    meta = {"name": name, "namespace": namespace}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    small = {"cpu": "100m", "memory": "64Mi"}
    items = [
        deployment("web", "shop", small),
        deployment("ledger", "bank", small),
        deployment("dns", "kube-system", small),
    ]
    path = tmp_path / "dump.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    return path


def test_the_options_are_those_of_the_program(dump: Path) -> None:
    template = {"name": "small", "allocatable": {"cpu": "8", "memory": "16Gi"}}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fleet = tenantry.Fleet.from_kubernetes(
            dump,
            tenant_from="namespace",
            trust="untrusted",
            platform_namespaces=["kube-system"],
            templates=[template],
            name="acme",
        )
    assert set(fleet.workloads) == {"shop/web", "bank/ledger", "kube-system/dns"}
    assert fleet.name == "acme"
    document = fleet.to_dict()
    assert document["clusterTemplates"] == [template]
    assert document["workloads"][2]["perCluster"] is True
    assert document["workloads"][2]["replicas"] == 2
    assert document["workloads"][0]["labels"] == {"tenantry/kind": "Deployment", "tenantry/source": str(dump)}
    assert len(tenantry.plan(fleet).clusters) == 2


def test_a_policy_and_attributes(dump: Path, tmp_path: Path) -> None:
    policy = {"attributes": {"area": {"retail": ["shop"], "finance": ["bank"]}}, "separate": [{"by": "area"}]}
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"policy": policy}))
    fleets = []
    for given in (policy, file, str(file)):
        with pytest.warns(UserWarning, match=r"no cluster templates given.*\[default-template\]"):
            fleet = tenantry.Fleet.from_kubernetes(
                dump,
                tenant="acme",
                trust="trusted",
                attributes={"area": "namespace"},
                platform_namespaces=["kube-system"],
                policy=given,
            )
        fleets.append(fleet)
    assert fleets[0] == fleets[1] == fleets[2]
    assert fleets[0].to_dict()["policy"] == policy
    assert len(tenantry.plan(fleets[0]).clusters) == 2


def test_what_is_wrong_is_an_error(dump: Path, tmp_path: Path) -> None:
    read = tenantry.Fleet.from_kubernetes
    for wrong in (
        {},
        {"tenant": "a"},
        {"tenant": "a", "tenant_from": "namespace", "trust": "trusted"},
        {"tenant": "a", "trust": "trusted", "separate": ["area"]},
        {"tenant": "a", "trust": "trusted", "separate": "area"},
        {"tenant_from": "nowhere", "trust": "trusted"},
        {"tenant": "a", "trust": "trusted", "missing_requests": "some"},
        {"tenant": "a", "trust": 3},
    ):
        with pytest.raises(tenantry.UsageError):
            read(dump, **wrong)
    with pytest.raises(tenantry.UsageError, match="nothing to read"):
        read(tenant="a", trust="trusted")
    for of in (read, tenantry.Fleet.draft_from_kubernetes):
        with pytest.raises(tenantry.UsageError, match="tenants"):
            of(dump, tenants="a", trust="trusted")  # type: ignore[call-arg]
    with pytest.raises(OSError, match="absent"):
        read(tmp_path / "absent.yaml", tenant="a", trust="trusted")
    dump.write_text(json.dumps(deployment("web", "shop")))
    with pytest.raises(tenantry.FleetError, match="no cpu request"):
        read(dump, tenant="a", trust="trusted")


def test_a_draft_is_no_fleet_until_it_is_filled_in(dump: Path) -> None:
    dump.write_text(json.dumps(deployment("web", "shop")))
    with pytest.warns(UserWarning, match=r"\[todo\]"):
        text = tenantry.Fleet.draft_from_kubernetes(dump, tenant="a", trust_from="label:trust")
    assert text.startswith("# Made by")
    with pytest.raises(tenantry.FleetError) as caught:
        tenantry.Fleet.from_yaml(text)
    assert {problem.code for problem in caught.value.problems} == {"todo"}
    assert "max: TODO" in text, "nobody knows what a cluster offers"
    for key, value in {"cpu": "1", "memory": "1Gi", "max": "4", "trust": "trusted"}.items():
        text = text.replace(f"{key}: TODO", f"{key}: {value}")
    filled = text
    assert tenantry.Fleet.from_yaml(filled).workloads == ("a/web",)


def test_clusters_keep_their_namespaces(dump: Path) -> None:
    def read(**options: bool) -> tenantry.Fleet:
        with pytest.warns(UserWarning):
            return tenantry.Fleet.from_kubernetes(
                clusters={"east": dump, "west": dump},
                tenant_from="namespace",
                trust="trusted",
                platform_namespaces=["kube-system"],
                **options,  # type: ignore[arg-type]
            )

    assert "shop/west-shop/web" in read(qualify_namespaces=True).workloads
    with pytest.raises(tenantry.FleetError, match="is in the clusters `east` and `west`"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tenantry.Fleet.from_kubernetes(clusters={"east": dump, "west": dump}, tenant="a", trust="trusted")


def test_a_running_cluster(tmp_path: Path) -> None:
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "n", "labels": {"nodepool": "workers"}},
        "status": {"allocatable": {"cpu": "4", "memory": "16Gi", "pods": "58"}},
    }
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    requests = {"requests": {"cpu": "1", "memory": "1Gi"}}
    spec = {"containers": [{"name": "c", "image": "i", "resources": requests}], "volumes": [volume]}
    web = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}}
    web |= {"spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"spec": spec}}}
    dump = tmp_path / "east.json"
    dump.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [node, web]}))
    fleet = tenantry.Fleet.from_kubernetes(
        clusters={"east": dump},
        tenant_from="namespace",
        trust="trusted",
        pool_max={"workers": 3},
        regions={"east": "eu-west-1"},
    )
    document = fleet.to_dict()
    allocatable = {"cpu": "4", "memory": "16Gi", "pods": "58"}
    pools = [{"name": "workers", "allocatable": allocatable, "max": 3}]
    assert document["existingClusters"] == [{"labels": {"region": "eu-west-1"}, "name": "east", "nodePools": pools}]
    assert "regions" not in document  # one region decides nothing
    assert (document["workloads"][0]["runsIn"], document["workloads"][0]["stateful"]) == ("east", True)
    assert not fleet.audit().violations
    dns = {**web, "metadata": {"name": "dns", "namespace": "infra"}}
    dump.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [node, web, dns]}))
    except_infra = tenantry.Fleet.from_kubernetes(
        clusters={"east": dump}, tenant_from="namespace", trust="trusted", except_namespaces=["infra"]
    )
    occupied = {"cpu": "1", "memory": "1Gi", "pods": 1, "namespaces": 1}
    assert except_infra.to_dict()["existingClusters"][0]["occupied"] == occupied
    with pytest.raises(tenantry.FleetError, match="unknown-pool"):
        tenantry.Fleet.from_kubernetes(clusters={"east": dump}, tenant="a", trust="trusted", pool_max={"worker": 3})
