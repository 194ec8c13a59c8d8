"""The digest of a fleet: whether a plan says that it was made for this very version of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from .reading import is_list, is_object

# what is left out where it is empty, by the object that has it
EMPTY = {
    "policy": ("attributes", "separate", "apart", "distrust", "together", "waivers"),
    "tenants": ("attributes", "distrusts", "labels", "mitigations"),
    "workloads": ("attributes", "requests", "fixedRequests", "labels", "mitigations"),
    "clusterTemplates": ("labels",),
    "existingClusters": ("labels",),
}


def digest(fleet: dict[str, Any]) -> str:
    """SHA-256 of the document without white space: keys sorted, rows by their names, amounts as they were written."""
    document: dict[str, Any] = {
        key: value for key, value in fleet.items() if key not in ("tenants", "regions", "existingClusters") or value
    }
    if "policy" in document:
        document["policy"] = full(document["policy"], "policy")
    if "tenants" in document:
        document["tenants"] = [listed(full(tenant, "tenants")) for tenant in by(document["tenants"], "name")]
    if "regions" in document:
        document["regions"] = [listed(quoted(region, "costFactor")) for region in by(document["regions"], "name")]
    rows = by(fleet.get("workloads", []), "tenant", "namespace", "name")
    document["workloads"] = [listed(workload(full(row, "workloads"))) for row in rows]
    rows = by(fleet.get("clusterTemplates", []), "name")
    document["clusterTemplates"] = [listed(template(full(row, "clusterTemplates"))) for row in rows]
    if "existingClusters" in document:
        rows = by(document["existingClusters"], "name")
        document["existingClusters"] = [listed(existing(full(row, "existingClusters"))) for row in rows]
    if "limits" in document:
        document["limits"] = quoted(document["limits"], "cost")
    missing = document.get("defaults", {}).get("missingRequests")
    if is_object(missing):
        document["defaults"] = document["defaults"] | {"missingRequests": amounts(missing)}
    hashed = hashlib.sha256()
    for part in written(document):
        hashed.update(part.encode())
    return hashed.hexdigest()


def full(row: dict[str, Any], kind: str) -> dict[str, Any]:
    """Without what is empty."""
    return {key: value for key, value in row.items() if value or key not in EMPTY[kind]}


def by(rows: list[Any], *keys: str) -> list[Any]:
    """In the order of these keys; what is missing comes first."""
    return sorted(rows, key=lambda row: [(key in row, row.get(key, "")) for key in keys])


def amounts(row: dict[str, Any]) -> dict[str, str]:
    """Amounts in quotes."""
    return {key: str(value) for key, value in row.items()}


def listed(row: dict[str, Any]) -> dict[str, Any]:
    """One word means a list of one."""
    words = ("regions", "jurisdictions", "needs", "provides", "pin", "runsIn")
    return {key: [value] if key in words and isinstance(value, str) else value for key, value in row.items()}


def quoted(row: dict[str, Any], key: str) -> dict[str, Any]:
    """With one amount in quotes."""
    return row | {key: str(row[key])} if key in row else row


def workload(row: dict[str, Any]) -> dict[str, Any]:
    """A workload with its amounts in quotes."""
    return row | {key: amounts(row[key]) for key in ("requests", "fixedRequests") if key in row}


def template(row: dict[str, Any]) -> dict[str, Any]:
    """A template with its amounts in quotes."""
    row = row | {key: amounts(row[key]) for key in ("allocatable",) if key in row}
    if "nodePools" in row:
        row["nodePools"] = [pool | {"allocatable": amounts(pool["allocatable"])} for pool in row["nodePools"]]
    row = quoted(row, "headroom")
    if "cost" in row:
        cost = row["cost"]
        row["cost"] = amounts(cost) if is_object(cost) else str(cost)
    return row


def existing(row: dict[str, Any]) -> dict[str, Any]:
    """An existing cluster with its amounts in quotes."""
    row = template(row)
    if "occupied" in row:
        taken = row["occupied"]
        row["occupied"] = taken | {key: str(taken[key]) for key in ("cpu", "memory") if key in taken}
    return row


def written(value: Any) -> Iterable[str]:
    """The text, in parts."""
    if is_object(value):
        for number, key in enumerate(sorted(value)):
            yield "," if number else "{"
            yield from (json.dumps(key, ensure_ascii=False), ":")
            yield from written(value[key])
        yield "}" if value else "{}"
    elif is_list(value):
        for number, entry in enumerate(value):
            yield "," if number else "["
            yield from written(entry)
        yield "]" if value else "[]"
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif type(value) is str:
        yield json.dumps(value, ensure_ascii=False)
    else:  # a count, which may be written as 3.0
        yield str(value).partition(".")[0]
