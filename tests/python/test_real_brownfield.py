"""Six real applications as three running clusters of two regions: from dumps to a checked migration."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

PROGRAM = Path(sys.executable).with_name("tenantry")
SCRIPT = Path(__file__).parents[2] / "examples" / "brownfield.sh"
DATA = Path(os.environ.get("TENANTRY_DATA", "/nowhere"))

FILES = {
    "online-boutique": "kubernetes-manifests/*.yaml",
    "sock-shop": "deploy/kubernetes/*.y*ml",
    "bank-of-anthos": "kubernetes-manifests/*.yaml",
    "kube-prometheus": "manifests/*.yaml",
    "opentelemetry-demo": "kubernetes/*.yaml",
    "istio-bookinfo": "*.yaml",
}
CLUSTERS = {
    "eu-a": ("eu-west-1", ["online-boutique", "sock-shop"]),
    "eu-b": ("eu-west-1", ["bank-of-anthos", "kube-prometheus"]),
    "us-a": ("us-east-1", ["opentelemetry-demo", "istio-bookinfo"]),
}
KINDS = {"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "PersistentVolumeClaim", "HorizontalPodAutoscaler"}
IMPORT = (
    "--name six --tenant-from namespace --trust trusted --missing-requests cpu=100m,memory=128Mi "
    "--platform-namespace kube-prometheus"
)


def node(name: str, region: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"topology.kubernetes.io/region": region}},
        "status": {"allocatable": {"cpu": "7910m", "memory": "31Gi", "pods": "58", "ephemeral-storage": "80Gi"}},
    }


def objects(application: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    reader = YAML(typ="safe")
    for file in sorted((DATA / application).glob(FILES[application])):
        with file.open(encoding="utf-8") as text:
            for it in reader.load_all(text):
                if it and it.get("kind") in KINDS:
                    it["metadata"]["namespace"] = application
                    found.append(it)
    return found


@pytest.mark.skipif(not DATA.is_dir(), reason="TENANTRY_DATA names no directory with the applications' manifests")
def test_six_applications_from_their_dumps_to_a_checked_migration(tmp_path: Path) -> None:
    for cluster, (region, applications) in CLUSTERS.items():
        items: list[object] = [node(f"{cluster}-n{number}", region) for number in range(6)]
        for application in applications:
            its = objects(application)
            assert its, application
            items += [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": application}}, *its]
        dump = {"apiVersion": "v1", "kind": "List", "items": items}
        (tmp_path / f"{cluster}.json").write_text(json.dumps(dump, default=str), encoding="utf-8")
    environment = {**os.environ, "IMPORT": IMPORT}
    command = ["sh", str(SCRIPT), str(PROGRAM), str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    # each step was made, and what came of it was checked
    for step in ("import kubernetes", "audit", "plan", "check", "migrate"):
        assert f"### tenantry {step}" in done.stdout, done.stdout
    assert "3 clusters, 3 of them in use" in done.stdout, done.stdout
    assert "legal: " in done.stdout, done.stdout
