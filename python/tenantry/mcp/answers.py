"""An answer: a document, cut where it is too long and saying so, and a text for people."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from tenantry import __version__
from tenantry._narrow import is_iterable, is_list, is_map
from tenantry.fleet import Fleet
from tenantry.html import visible
from tenantry.mcp.errors import RefusedError
from tenantry.plans import Plan


def about_fleet(fleet: Fleet) -> dict[str, Any]:
    """Which fleet was asked about."""
    return {"name": fleet.name, "digest": fleet.digest, "workloads": len(fleet), "tenants": len(fleet.tenants)}


def about_plan(plan: Plan) -> dict[str, Any]:
    """Which plan, and how good it is shown to be. Its digest is the SHA-256 of `Plan.to_json`."""
    return {
        "digest": hashlib.sha256(plan.to_json().encode()).hexdigest(),
        "fleetDigest": plan.fleet_digest,
        "asOf": plan.as_of,
        "seed": plan.seed,
        "status": plan.status,
        "proof": plan.proof,
        "clusters": plan.numbers.clusters,
        "lowerBound": plan.lower_bound,
        "gap": plan.gap,
        "stopped": plan.stopped,
    }


def answer(tool: str, document: Any, text: str, rows: int, most: int, **about: Any) -> dict[str, Any]:
    """The whole answer.

    Args:
        tool: who answers.
        document: what the engine wrote.
        text: the same in words.
        rows: a longer list of the document is cut to so many.
        most: bytes of the JSON, and of the text; where the document has more, its lists are cut further.
        about: what else is said: which fleet, which plan.

    Raises:
        RefusedError: it has more even with its lists empty.
    """
    document = inert(document)
    kept = rows
    while True:
        left_out: dict[str, list[int]] = {}
        short = _cut(document, kept, "", left_out)
        omitted = [
            {"rows": path, "lists": lists, "shown": shown, "of": of}
            for path, (lists, shown, of) in sorted(left_out.items())
        ]
        structured = {"tool": tool, "version": __version__, **inert(about), "document": short, "omitted": omitted}
        if len(json.dumps(structured, ensure_ascii=False).encode("utf-8", "surrogatepass")) <= most:
            break
        if kept == 0:
            raise RefusedError("limit", f"the answer has more than {most} bytes, the limit of this server")
        kept //= 2
    return {"structured": structured, "text": _text(text, structured, most)}


def inert(value: Any) -> Any:
    """The same with every mark that hides, or turns what is read, written as a code."""
    if isinstance(value, str):
        return visible(value, harmless="\n\t")
    if is_map(value):
        return {inert(key): inert(inner) for key, inner in value.items()}
    return [inert(inner) for inner in value] if is_iterable(value) and isinstance(value, list | tuple) else value


def _cut(value: Any, rows: int, path: str, left_out: dict[str, list[int]]) -> Any:
    if is_map(value):
        return {key: _cut(inner, rows, f"{path}.{key}" if path else key, left_out) for key, inner in value.items()}
    if not is_list(value):
        return value
    if len(value) > rows:
        seen = left_out.setdefault(path, [0, 0, 0])
        for at, number in enumerate((1, rows, len(value))):
            seen[at] += number
    return [_cut(inner, rows, f"{path}[]", left_out) for inner in value[:rows]]


def _text(text: str, structured: dict[str, Any], most: int) -> str:
    whole = [visible(line, harmless="\t") for line in text.rstrip().split("\n")]
    size = 0
    lines: list[str] = []
    for line in whole:
        size += len(line.encode("utf-8", "surrogatepass")) + 1
        if size > most:
            break
        lines.append(line)
    if len(lines) < len(whole):
        lines.append(f"({len(whole) - len(lines)} of {len(whole)} lines are left out)")
    lines.append("")
    for row in structured["omitted"]:
        lines.append(f"The document shows {row['shown']} of {row['of']} rows of `{row['rows']}`.")
    digests = [f"fleet {structured['fleet']['digest']}"] if "fleet" in structured else []
    digests += [f"{name} {structured[name]['digest']}" for name in ("plan", "before", "after") if name in structured]
    lines.append(f"tenantry {structured['version']}{''.join(f', {it}' for it in digests)}")
    return "\n".join(lines)
