"""A plan with its certificate, made by the program and judged by both checkers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tenantry
from tenantry._core import run_program
from tenantry.check import check_plan, parse

Documents = tuple[str, str, str]  # fleet, plan and certificate, as they are written


def answered(fleet: dict[str, Any], folder: Path) -> Documents | None:
    """The documents of a plan; nothing where there is none."""
    paths = [folder / name for name in ("fleet.json", "plan.json", "certificate.json")]
    try:
        paths[0].write_text(tenantry.Fleet.from_dict(fleet).to_json())
    except tenantry.FleetError:
        return None
    if run_program(["tenantry", "plan", *map(str, (paths[0], "-o", paths[1], "--certificate", paths[2]))]) > 1:
        return None
    one, two, three = (path.read_text() for path in paths)
    return one, two, three


def both(documents: Documents, folder: Path) -> tuple[str, str]:
    """What each checker says."""
    paths = [folder / f"mutant-{number}.json" for number in range(3)]
    for path, document in zip(paths, documents, strict=True):
        path.write_text(document)
    code = run_program(["tenantry", "check", *map(str, paths), "-o", str(folder / "verdict.txt")])
    return {0: "VERIFIED", 1: "REFUTED", 3: "UNDECIDED"}[code], check_plan(
        *(parse(it.encode()) for it in documents)
    ).word
