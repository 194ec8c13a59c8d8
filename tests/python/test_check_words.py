"""Values and names beyond ASCII: what the program takes the second checker reads too, or says that it does not."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
import tenantry
from tenantry.check import UnreadableError, check_plan
from tenantry.check.fleet import Fleet as SecondReading

LATIN = [
    "Größe",
    "Łódź",
    "Ærø",
    "Køln",
    "Đorđe",
    "þing",
    "Þór",
    "Œuvre",
    "ħal",
    "Ŋgo",
    "\u0131l\u0131k",
    "eða",
    "Söhne",
    "smörgås",
    "SPAẞ",
]
# read as one by both: a stroke, a ligature and a sharp s are no difference that both see
ALIKE = [
    ("Größe", "GRÖSSE"),
    ("Straße", "STRAẞE"),
    ("strasse", "STRAẞE"),
    ("ærø", "aerø"),
    ("Œuvre", "OEuvre"),
    ("þing", "ping"),
    ("Đorđe", "Ðorđe"),
    ("\u0131l\u0131k", "ilik"),
]


def fleet(one: str, other: str) -> dict[str, Any]:
    """Two tenants whose values under `any` are these, and whose names are."""
    requests = {"cpu": "1", "memory": "1Gi"}
    return {
        "schema": "tenantry/v1",
        "asOf": "2026-11-23",
        "policy": {"attributes": {"unit": "any"}, "separate": [{"by": "unit"}]},
        "tenants": [
            {"name": name, "trust": "trusted", "attributes": {"unit": unit}}
            for name, unit in ((f"{one} 1", one), (f"{other} 2", other))
        ],
        "workloads": [
            {"name": "w", "tenant": name, "namespace": f"ns{at}", "requests": requests}
            for at, name in enumerate((f"{one} 1", f"{other} 2"))
        ],
        "clusterTemplates": [{"name": "t", "allocatable": {"cpu": "8", "memory": "64Gi"}}],
    }


@pytest.mark.parametrize("pair", list(combinations(LATIN, 2)), ids="-".join)
def test_latin_letters_are_read_alike(pair: tuple[str, str]) -> None:
    document = fleet(*pair)
    plan = tenantry.plan(tenantry.Fleet.from_dict(document))
    assert check_plan(document, plan.to_dict(), plan.certificate).word == "VERIFIED"


@pytest.mark.parametrize("pair", ALIKE, ids="-".join)
def test_what_looks_alike_is_refused_by_both(pair: tuple[str, str]) -> None:
    document = fleet(*pair)
    with pytest.raises(tenantry.FleetError):
        tenantry.Fleet.from_dict(document)
    with pytest.raises(UnreadableError):
        SecondReading(document, None)


def test_other_scripts_are_not_told_apart() -> None:
    document = fleet("москва", "казань")
    tenantry.Fleet.from_dict(document)
    with pytest.raises(UnreadableError, match="letters beyond Latin"):
        SecondReading(document, None)
