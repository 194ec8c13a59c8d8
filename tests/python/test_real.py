"""The scripts of examples/real read what their organisations publish, here in a small checkout of the same form."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

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


def namespaced(
    checkout: Path, name: str, clusters: list[str], *, owner: str = "", quota: str = "", group: str = "", cpu: str = ""
) -> None:
    """A namespace as Operate First writes it: what is empty is not said."""
    folder = checkout / "cluster-scope/base/core/namespaces" / name
    folder.mkdir(parents=True)
    requester = f"  annotations:\n    openshift.io/requester: {owner}\n" if owner else ""
    (folder / "namespace.yaml").write_text(f"kind: Namespace\nmetadata:\n{requester}  name: {name}\n")
    parts = [f"- ../../../../components/resourcequotas/{quota}\n"] if quota else []
    parts += [f"- ../../../../components/project-admin-rolebindings/{group}\n"] if group else []
    (folder / "kustomization.yaml").write_text("components:\n" + "".join(parts) + "resources:\n- namespace.yaml\n")
    if cpu:
        hard = f"    limits.cpu: 99\n    requests.cpu: {cpu}  # agreed\n    requests.memory: 8Gi\n"
        (folder / "resourcequota.yaml").write_text(f"kind: ResourceQuota\nspec:\n  hard:\n{hard}")
    for cluster in clusters:
        file = checkout / "cluster-scope/overlays/prod" / cluster / "kustomization.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as text:
            text.write(f"- ../../../../base/core/namespaces/{name}\n")


def quotas(checkout: Path, sizes: dict[str, tuple[str, str]]) -> None:
    for size, (cpu, memory) in sizes.items():
        folder = checkout / "cluster-scope/components/resourcequotas" / size
        folder.mkdir(parents=True)
        (folder / "resourcequotas.yaml").write_text(
            f"spec:\n  hard:\n    requests.cpu: '{cpu}'\n    requests.memory: {memory}\n"
        )


def operate_first(checkout: Path, *more: str) -> subprocess.CompletedProcess[str]:
    script = ROOT / "examples" / "real" / "operate_first.py"
    line = [sys.executable, str(script), str(checkout), "--missing", "cpu=1,memory=4Gi", *more]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def test_clusters_that_run(tmp_path: Path) -> None:
    quotas(tmp_path, {"small": ("1", "4Gi"), "large": ("4", "16Gi")})
    namespaced(tmp_path, "thoth-api", ["moc/smaug"], owner="thoth", quota="large")
    namespaced(tmp_path, "thoth-db", ["moc/infra"], owner="thoth", quota="small")
    namespaced(tmp_path, "vault", ["moc/infra"], owner="ops", cpu="'2'")
    namespaced(tmp_path, "acme", ["moc/infra", "moc/smaug"], group="ops")
    namespaced(tmp_path, "scratch", [], owner="thoth", quota="small")
    namespaced(tmp_path, "alerts", [], owner="ops", quota="small")
    namespaced(tmp_path, "sandbox", ["moc/smaug"], quota="small")
    # what clusters have in common is in each of them
    common = tmp_path / "cluster-scope/overlays/prod/emea/common"
    common.mkdir(parents=True)
    (common / "kustomization.yaml").write_text("- ../../../../base/core/namespaces/alerts\n")
    demo = tmp_path / "cluster-scope/overlays/prod/emea/demo"
    demo.mkdir()
    (demo / "kustomization.yaml").write_text("resources:\n- ../common\n")
    done = operate_first(tmp_path, "--cluster", "cpu=20,memory=80Gi", "--apart", "ops")
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [
        "left out: scratch: deployed to no cluster",
        "as stated: acme: cpu, memory",
        "its own: sandbox: no owner is named",
    ]
    assert done.stdout.splitlines() == [
        "6 namespaces of 3 owners in 3 clusters; 1 left out",
        # each that refuses somebody in its cluster: three in infra, three in smaug
        "today: 6 violations",
        # the copies of acme take two, thoth's another
        "clusters: 3, at least 3, optimal",
        # acme in infra and demo, thoth's database to smaug
        "moves: 2, at least 2, optimal",
        "given up: none",
        "migration: complete, 2 batches, each state keeps the rules",
    ]
    drained = operate_first(tmp_path, "--cluster", "cpu=20,memory=80Gi", "--drain", "emea-demo")
    assert "given up: emea-demo" in drained.stdout, drained.stderr
    # alone it takes 9 cores of 10, and nothing is in the other's way
    assert "moves: 1, at least 1, optimal" in drained.stdout
    unknown = operate_first(tmp_path, "--cluster", "cpu=20,memory=80Gi", "--drain", "demo")
    assert (unknown.returncode, unknown.stderr.splitlines()[-1]) == (
        1,
        "no cluster demo; there are emea-demo, moc-infra, moc-smaug",
    )
    assert operate_first(tmp_path, "--cluster", "cpu=20").returncode == 2
    (tmp_path / "empty").mkdir()
    assert operate_first(tmp_path / "empty", "--cluster", "cpu=20,memory=80Gi").returncode == 1


DATA = Path(os.environ.get("TENANTRY_DATA", "/nowhere")) / "operate-first"


@pytest.mark.skipif(not DATA.is_dir(), reason="TENANTRY_DATA names no directory with the tables of Operate First")
def test_a_hundred_namespaces_audited_planned_and_migrated(tmp_path: Path) -> None:
    def table(name: str) -> list[dict[str, str]]:
        with (DATA / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    quotas(tmp_path, {it["size"]: (it["requests.cpu"], it["requests.memory"]) for it in table("quota_sizes.csv")})
    sizes = {it["size"] for it in table("quota_sizes.csv")}
    for row in table("namespaces.csv"):
        clusters = [it for it in row["clusters"].split("|") if it]
        quota = row["quota"] if row["quota"] in sizes else ""
        owners = {"owner": row["project_owner"], "group": row["admin_group"].split("|")[0]}
        namespaced(tmp_path, row["namespace"], clusters, quota=quota, **owners)
    line = ["--cluster", "cpu=96,memory=384Gi", "--apart", "operate-first", "--drain", "emea-demo"]
    done = operate_first(tmp_path, *line)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    print(done.stdout)
    assert said[0].startswith("109 namespaces of "), said
    assert said[0].endswith(" in 6 clusters; 68 left out"), said
    assert said[2].startswith("clusters: "), said
    assert said[2].endswith(", optimal"), said
    assert "emea-demo" in said[4], said
    # whoever is apart trades places with others: nobody can be the first, but for a cluster lent meanwhile
    assert said[-1].startswith("migration: impossible, 0 batches"), said
    lent = operate_first(tmp_path, *line, "--extra-clusters", "1").stdout.splitlines()
    assert lent[:-1] == said[:-1], lent
    assert lent[-1].startswith("migration: complete, "), lent
    assert lent[-1].endswith(", each state keeps the rules"), lent
