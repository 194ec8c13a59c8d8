"""The scripts of examples/real read what their organisations publish, here in a small checkout of the same form."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACE = Path("namespaces/live.cloud-platform.service.justice.gov.uk")


def namespace(checkout: Path, name: str, production: str, unit: str, pods: str | None = "50") -> None:
    folder = checkout / PLACE / name
    folder.mkdir(parents=True)
    (folder / "00-namespace.yaml").write_text(
        f"kind: Namespace\nmetadata:\n  labels:\n    cloud-platform.justice.gov.uk/is-production: {production}\n"
        f"  annotations:\n    cloud-platform.justice.gov.uk/business-unit: {unit}\n"
    )
    if pods is not None:
        (folder / "03-resourcequota.yaml").write_text(f"kind: ResourceQuota\nspec:\n  hard:\n    pods: {pods}\n")


def justice(checkout: Path, cluster: str) -> subprocess.CompletedProcess[str]:
    script = ROOT / "examples" / "real" / "justice.py"
    line = [sys.executable, str(script), str(checkout), "--pod", "cpu=100m,memory=256Mi", "--cluster", cluster]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def test_clusters_by_policy(tmp_path: Path) -> None:
    namespace(tmp_path, "courts-prod", '"true"', '"HMCTS"')
    namespace(tmp_path, "courts-dev", '"false"', '"hmcts"')
    namespace(tmp_path, "prisons-prod", "true", "HMPPS # since 2020", '"60"')
    namespace(tmp_path, "aid-dev", '"false"', "LAA", "40")
    namespace(tmp_path, "unbounded", '"false"', "LAA", None)
    done = justice(tmp_path, "cpu=4000,memory=16Ti")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "left out: unbounded: no pods\n"
    assert done.stdout.splitlines() == [
        "4 namespaces of 3 business units, 200 pods by quota; 1 left out",
        "apart by none: 1 clusters, at least 1, optimal",
        "apart by environment: 2 clusters, at least 2, optimal",
        "apart by business unit: 3 clusters, at least 3, optimal",
        "apart by both: 4 clusters, at least 4, optimal",
    ]
    # 200 pods of 100m take 20 cores: two clusters of 11, whoever may share
    assert "apart by none: 2 clusters" in justice(tmp_path, "cpu=11,memory=1Ti").stdout


def test_an_empty_checkout_is_no_answer(tmp_path: Path) -> None:
    done = justice(tmp_path, "cpu=4000,memory=16Ti")
    assert done.returncode == 1
    assert "says all that is needed" in done.stderr


def wikimedia(checkout: Path, cluster: str = "cpu=4000,memory=16Ti") -> subprocess.CompletedProcess[str]:
    script = ROOT / "examples" / "real" / "wikimedia.py"
    line = [
        sys.executable,
        str(script),
        str(checkout),
        "--pods",
        "4",
        "--pod",
        "cpu=500m,memory=1Gi",
        "--cluster",
        cluster,
    ]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def helmfile(checkout: Path, folder: str, *environments: str) -> None:
    place = checkout / "helmfile.d" / folder
    place.mkdir(parents=True)
    values = "".join(f"  {name}:\n    values:\n      - releases: [main]\n" for name in environments)
    # a template before it, so that nobody can read it as YAML
    head = 'helmDefaults:\n  args:\n    - {{ .Environment.Values | get "kubeConfig" }}\n\n'
    (place / "helmfile.yaml").write_text(
        f"{head}environments:\n{values}\n---\nreleases:\n  - name: main\n", encoding="utf-8"
    )


def test_clusters_by_stated_rules(tmp_path: Path) -> None:
    helmfile(tmp_path, "services/_example_", "eqiad")
    helmfile(tmp_path, "services/citoid", "staging", "eqiad", "codfw")
    helmfile(tmp_path, "services/maps", "eqiad", "codfw", "minikube")
    helmfile(tmp_path, "ml-services/revertrisk", "ml-staging-codfw", "ml-serve-eqiad", "ml-serve-codfw")
    helmfile(tmp_path, "dse-k8s-services/airflow", "dse-k8s-eqiad")
    helmfile(tmp_path, "aux-k8s-services/etherpad", "aux-k8s-codfw")
    helmfile(tmp_path, "aux-k8s-services/nothing")
    helmfile(tmp_path, "admin_ng", "eqiad", "codfw", "staging-eqiad", "ml-serve-eqiad")
    done = wikimedia(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [
        "left out: services/maps: environment minikube is of no site",
        "left out: aux-k8s-services/nothing: no environments",
    ]
    assert done.stdout.splitlines() == [
        "5 services in 10 environments; 2 left out",
        "clusters that are administered: 4 (eqiad, codfw, staging-eqiad, ml-serve-eqiad)",
        "apart by nothing: 1 clusters, at least 1, optimal",
        "apart by stage: 2 clusters, at least 2, optimal",
        # production of four purposes, staging of two
        "apart by stage and purpose: 6 clusters, at least 6, optimal",
        # production: 2 + 2 + 1 + 1; staging: wikikube in eqiad, machine learning in codfw
        "apart by stage, purpose and site: 8 clusters, at least 8, optimal",
    ]
    # 10 x 4 pods of half a core are 20 cores: two clusters of 11, whoever may share
    assert "apart by nothing: 2 clusters" in wikimedia(tmp_path, "cpu=11,memory=1Ti").stdout
    (tmp_path / "empty").mkdir()
    assert wikimedia(tmp_path / "empty").returncode == 1
