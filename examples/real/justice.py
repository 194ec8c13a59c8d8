"""Clusters of the UK Ministry of Justice's Cloud Platform under three policies, from its public list of namespaces.

    git clone https://github.com/ministryofjustice/cloud-platform-environments checkout
    python examples/real/justice.py checkout --pod cpu=100m,memory=256Mi --cluster cpu=4000,memory=16Ti

What is read: of each namespace whether it is production, its business unit, and the pods that its quota allows. What a
pod requests and how large a cluster can be is published nowhere there: you say it. The sources are in README.md beside.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

import tenantry
from amounts import sizes

FOLDER = "namespaces/live.cloud-platform.service.justice.gov.uk"
POLICIES = {"none": [], "environment": ["environment"], "business unit": ["unit"], "both": ["environment", "unit"]}


def found(pattern: str, text: str) -> str | None:
    """What a line of a manifest says, without quotes."""
    match = re.search(rf'^\s*{pattern}:\s*"?([^"\n#]*?)"?\s*(?:#.*)?$', text, re.MULTILINE)
    return match[1] if match and match[1] else None


def namespaces(checkout: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """Every namespace that says all that is needed, and what is missing of each other one."""
    rows, missing = [], []
    for folder in sorted(path.parent for path in (checkout / FOLDER).glob("*/00-namespace.yaml")):
        text = (folder / "00-namespace.yaml").read_text(encoding="utf-8")
        quotas = [quota.read_text(encoding="utf-8") for quota in sorted(folder.glob("*quota*.y*ml"))]
        row = {
            "name": folder.name,
            "production": found("cloud-platform.justice.gov.uk/is-production", text),
            "unit": found("cloud-platform.justice.gov.uk/business-unit", text),
            "pods": next((pods for quota in quotas if (pods := found("pods", quota))), None),
        }
        lacks = [key for key, value in row.items() if value is None]
        if lacks:
            missing.append(f"{folder.name}: no {', '.join(lacks)}")
        else:
            rows.append(row)
    return rows, missing


def fleet(
    rows: list[dict[str, Any]], separate: list[str], pod: dict[str, str], cluster: dict[str, str]
) -> tenantry.Fleet:
    """A tenant and a workload for each namespace: as many pods as its quota allows."""
    return tenantry.Fleet.from_dict(
        {
            "schema": "tenantry/v1",
            "name": "justice",
            "policy": {
                "attributes": {"environment": ["production", "non-production"], "unit": "any"},
                "separate": [{"by": attribute} for attribute in separate],
            },
            "tenants": [
                {
                    "name": row["name"],
                    "trust": "trusted",
                    "attributes": {
                        "environment": "production" if row["production"] == "true" else "non-production",
                        "unit": row["unit"].upper(),  # the list writes some units in several ways
                    },
                }
                for row in rows
            ],
            "workloads": [
                {
                    "name": "pods",
                    "tenant": row["name"],
                    "namespace": row["name"],
                    "replicas": int(row["pods"]),
                    "requests": pod,
                }
                for row in rows
            ],
            "clusterTemplates": [{"name": "cluster", "allocatable": {"pods": 150000} | cluster}],
        }
    )


def main() -> None:
    """Print a line for each policy."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--pod", type=sizes, required=True, help="what each pod requests")
    parser.add_argument("--cluster", type=sizes, required=True, help="what the largest cluster offers")
    options = parser.parse_args()
    rows, missing = namespaces(options.checkout)
    for line in missing:
        print(f"left out: {line}", file=sys.stderr)
    if not rows:
        sys.exit(f"no namespace in {options.checkout / FOLDER} says all that is needed")
    units = {row["unit"].upper() for row in rows}
    pods = sum(int(row["pods"]) for row in rows)
    print(f"{len(rows)} namespaces of {len(units)} business units, {pods} pods by quota; {len(missing)} left out")
    for policy, separate in POLICIES.items():
        plan = tenantry.plan(fleet(rows, separate, options.pod, options.cluster))
        print(f"apart by {policy}: {len(plan.clusters)} clusters, at least {plan.numbers.lower_bound}, {plan.status}")


if __name__ == "__main__":
    main()
