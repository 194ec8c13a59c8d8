"""Clusters of the Wikimedia Foundation by the rules that it states, from its public deployment charts.

    git clone https://github.com/wikimedia/operations-deployment-charts checkout
    python examples/real/wikimedia.py checkout --pods 4 --pod cpu=500m,memory=1Gi --cluster cpu=4000,memory=16Ti

What is read: which services are deployed to which environments, by folder and helmfile, and the environments that are
clusters. How many pods a service has, what they request and how large a cluster can be you say. The sources are in
README.md beside.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import NamedTuple

import tenantry
from amounts import sizes

PURPOSES = {
    "services": "wikikube",
    "ml-services": "machine learning",
    "dse-k8s-services": "data science",
    "aux-k8s-services": "auxiliary",
}
"""The folders of services, and the purpose of the clusters that each is deployed to."""
RULES = {
    "nothing": [],
    "stage": ["stage"],
    "stage and purpose": ["stage", "purpose"],
    "stage, purpose and site": ["stage", "purpose", "site"],
}


class Deployed(NamedTuple):
    """A service in an environment."""

    name: str
    environment: str
    purpose: str
    stage: str
    site: str


def environments(helmfile: Path) -> list[str]:
    """The keys below ``environments:``; the file as a whole is a template, and no YAML."""
    text = helmfile.read_text(encoding="utf-8")
    block = re.search(r"^environments:[ ]*\n((?:[ ]+.*\n|#.*\n|[ ]*\n)*)", text, re.MULTILINE)
    return re.findall(r"^  ([\w-]+):", block[1], re.MULTILINE) if block else []


def deployments(checkout: Path) -> tuple[list[Deployed], list[str]]:
    """Every service in every environment of a site, and what is left out."""
    rows, missing = [], []
    for folder, purpose in PURPOSES.items():
        for helmfile in sorted((checkout / "helmfile.d" / folder).glob("*/helmfile.yaml")):
            name = helmfile.parent.name
            if name.startswith("_"):
                continue  # what others are made from
            found = environments(helmfile)
            if not found:
                missing.append(f"{folder}/{name}: no environments")
            for environment in found:
                # `staging` without a site is the one where developers deploy, whose home is eqiad
                site = "eqiad" if environment == "staging" else environment.rpartition("-")[2]
                stage = "staging" if "staging" in environment.split("-") else "production"
                if site in {"eqiad", "codfw"}:
                    rows.append(Deployed(name, environment, purpose, stage, site))
                else:
                    missing.append(f"{folder}/{name}: environment {environment} is of no site")
    return rows, missing


def fleet(
    rows: list[Deployed], separate: list[str], pods: int, pod: dict[str, str], cluster: dict[str, str]
) -> tenantry.Fleet:
    """A tenant for each purpose, a workload for each service in an environment."""
    tenant = {purpose: purpose.replace(" ", "-") for purpose in PURPOSES.values()}
    return tenantry.Fleet.from_dict(
        {
            "schema": "tenantry/v1",
            "name": "wikimedia",
            "policy": {
                "attributes": {"stage": ["production", "staging"], "purpose": "any", "site": "any"},
                "separate": [{"by": attribute} for attribute in separate],
            },
            "tenants": [
                {"name": name, "trust": "trusted", "attributes": {"purpose": purpose}}
                for purpose, name in tenant.items()
                if any(row.purpose == purpose for row in rows)
            ],
            "workloads": [
                {
                    "name": f"{row.name}.{row.environment}",
                    "tenant": tenant[row.purpose],
                    "namespace": f"n{number}",
                    "attributes": {"stage": row.stage, "site": row.site},
                    "replicas": pods,
                    "requests": pod,
                }
                for number, row in enumerate(rows)
            ],
            "clusterTemplates": [{"name": "cluster", "allocatable": {"pods": 150000} | cluster}],
        }
    )


def main() -> None:
    """Print a line for each set of rules."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--pods", type=int, required=True, help="how many pods a service has in an environment")
    parser.add_argument("--pod", type=sizes, required=True, help="what each pod requests")
    parser.add_argument("--cluster", type=sizes, required=True, help="what the largest cluster offers")
    options = parser.parse_args()
    rows, missing = deployments(options.checkout)
    for line in missing:
        print(f"left out: {line}", file=sys.stderr)
    if not rows:
        sys.exit(f"no service in {options.checkout / 'helmfile.d'} is deployed to a site")
    services = {(row.purpose, row.name) for row in rows}
    print(f"{len(services)} services in {len(rows)} environments; {len(missing)} left out")
    admin = options.checkout / "helmfile.d" / "admin_ng" / "helmfile.yaml"
    if admin.is_file():
        clusters = environments(admin)
        print(f"clusters that are administered: {len(clusters)} ({', '.join(clusters)})")
    for rule, separate in RULES.items():
        plan = tenantry.plan(fleet(rows, separate, options.pods, options.pod, options.cluster))
        print(f"apart by {rule}: {len(plan.clusters)} clusters, at least {plan.numbers.lower_bound}, {plan.status}")


if __name__ == "__main__":
    main()
