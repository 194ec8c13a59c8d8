"""The clusters of Operate First as they were run in the open: what is wrong, which are enough, and how to get there.

    git clone https://github.com/operate-first/apps checkout
    python examples/real/operate_first.py checkout --missing cpu=1,memory=4Gi --cluster cpu=96,memory=384Gi

What is read: of each namespace its owner, its quota and the clusters that it is deployed to. What a namespace without a
quota takes and how large the clusters are is not published there: you say it. The sources are in README.md beside.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

import tenantry
from amounts import sizes

BASE = Path("cluster-scope/base/core/namespaces")
QUOTAS = Path("cluster-scope/components/resourcequotas")
CLUSTERS = Path("cluster-scope/overlays/prod")
RESOURCES = ("cpu", "memory")


def both(text: str) -> dict[str, str]:
    """So much of each of the resources, and of no other."""
    found = sizes(text)
    if sorted(found) != sorted(RESOURCES) or not all(found.values()):
        raise argparse.ArgumentTypeError(f"not so much cpu and so much memory: {text}")
    return found


def told(pattern: str, text: str) -> list[str]:
    """What the lines that match say, in their order."""
    return [match.strip("\"' ") for match in re.findall(pattern, text, re.MULTILINE)]


def read(path: Path) -> str:
    """A file; nothing where there is none."""
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def quota(text: str) -> dict[str, str]:
    """What a ResourceQuota lets be requested."""
    found = {it: told(rf"^\s*requests\.{it}:\s*([^#\n]+)", text) for it in RESOURCES}
    return {it: amounts[0] for it, amounts in found.items() if amounts}


def deployed(checkout: Path) -> dict[str, list[str]]:
    """By namespace: the clusters that it is deployed to, by what they and what they have in common list."""
    found: dict[str, list[str]] = {}

    def listed(folder: Path, seen: frozenset[Path] = frozenset()) -> set[str]:
        text = read(folder / "kustomization.yaml")
        names = set(told(r"^\s*-\s+\S*base/core/namespaces/([^\s/#]+)", text))
        others = {(folder / it).resolve() for it in told(r"^\s*-\s+((?:\.\./)+common)/?\s*$", text)} - seen
        return names.union(*(listed(other, seen | {other}) for other in others))

    for path in sorted((checkout / CLUSTERS).glob("*/*/kustomization.yaml")):
        if path.parent.name != "common":
            for name in sorted(listed(path.parent)):
                found.setdefault(name, []).append("-".join(path.parent.parts[-2:]))
    return found


def namespaces(checkout: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """Every namespace that is deployed somewhere, and why the others are left out."""
    rows, left_out = [], []
    where = deployed(checkout)
    shared = {path.parent.name: quota(read(path)) for path in (checkout / QUOTAS).glob("*/resourcequotas.yaml")}
    for folder in sorted(path.parent for path in (checkout / BASE).glob("*/namespace.yaml")):
        parts = read(folder / "kustomization.yaml")
        owner = told(r"^\s*openshift\.io/requester:\s*([^#\n]+)", read(folder / "namespace.yaml"))
        owner += told(r"project-admin-rolebindings/([^\s/#]+)", parts)
        size = told(r"components/resourcequotas/([^\s/#]+)", parts)
        own = quota(read(folder / "resourcequota.yaml"))
        if not where.get(folder.name):
            left_out.append(f"{folder.name}: deployed to no cluster")
        else:
            requests = own or (shared.get(size[0], {}) if size else {})
            row = {"name": folder.name, "owner": None, "clusters": where[folder.name], "requests": requests}
            rows.append(row | ({"owner": owner[0]} if owner else {}))
    return rows, left_out


def fleet(
    rows: list[dict[str, Any]], missing: dict[str, str], cluster: dict[str, str], apart: list[str], drain: list[str]
) -> tenantry.Fleet:
    """An owner is a tenant, a namespace a workload with a copy in each of its clusters."""
    owners = sorted({row["owner"] for row in rows})
    names = sorted({name for row in rows for name in row["clusters"]})
    return tenantry.Fleet.from_dict(
        {
            "schema": "tenantry/v1",
            "name": "operate-first",
            "policy": {
                "distrust": [
                    {"id": f"apart-{owner}", "subject": {"tenant": owner}, "neighbour": {"tenant": {"not": [owner]}}}
                    for owner in apart
                ]
            },
            "tenants": [{"name": owner, "trust": "trusted"} for owner in owners],
            "workloads": [
                {
                    "name": row["name"],
                    "namespace": row["name"],
                    "tenant": row["owner"],
                    "requests": missing | row["requests"],
                    "runsIn": row["clusters"],
                    "copies": len(row["clusters"]),
                }
                for row in rows
            ],
            "clusterTemplates": [{"name": "cluster", "allocatable": {"pods": 150000} | cluster}],
            "existingClusters": [
                {"name": name, "template": "cluster"} | ({"mode": "drain"} if name in drain else {}) for name in names
            ],
        }
    )


def main() -> None:
    """Print what the audit, the plan and the migration come to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--missing", type=both, required=True, help="what a namespace without a quota requests")
    parser.add_argument("--cluster", type=both, required=True, help="what each cluster offers")
    parser.add_argument("--apart", action="append", default=[], help="an owner that shares with nobody else")
    parser.add_argument("--drain", action="append", default=[], help="a cluster to be given up")
    parser.add_argument("--extra-clusters", type=int, default=0, help="clusters to be lent for the migration")
    parser.add_argument("--time-limit", type=float, default=30, help="seconds for the plan")
    options = parser.parse_args()
    rows, left_out = namespaces(options.checkout)
    for line in left_out:
        print(f"left out: {line}", file=sys.stderr)
    if not rows:
        sys.exit(f"no namespace in {options.checkout / BASE} is deployed to a cluster")
    for row in rows:
        lacks = [it for it in RESOURCES if it not in row["requests"]]
        if lacks:
            print(f"as stated: {row['name']}: {', '.join(lacks)}", file=sys.stderr)
        if row["owner"] is None:
            row["owner"] = row["name"]
            print(f"its own: {row['name']}: no owner is named", file=sys.stderr)
    made = fleet(rows, options.missing, options.cluster, options.apart, options.drain)
    names = {name for row in rows for name in row["clusters"]}
    for unknown in sorted(set(options.drain) - names):
        sys.exit(f"no cluster {unknown}; there are {', '.join(sorted(names))}")
    owners = {row["owner"] for row in rows}
    print(f"{len(rows)} namespaces of {len(owners)} owners in {len(names)} clusters; {len(left_out)} left out")
    print(f"today: {made.audit().numbers.violations} violations")
    plan = tenantry.plan(made, time_limit=options.time_limit)
    if not plan.found:
        sys.exit(f"no plan: {plan.status}")
    for level in plan.levels:
        print(f"{level.objective}: {level.value}, at least {level.bound}, {level.status}")
    print(f"given up: {', '.join(plan.emptied) or 'none'}")
    migration = made.migration(plan, extra_clusters=options.extra_clusters)
    replay = made.replay(plan, migration)
    safe = "each state keeps the rules" if replay.safe else "NOT SAFE"
    print(f"migration: {migration.status}, {migration.numbers.batches} batches, {safe}")


if __name__ == "__main__":
    main()
