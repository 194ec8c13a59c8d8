"""Laws of the Python face, on documents and tables that nobody thought of beforehand."""

from __future__ import annotations

import copy
import itertools
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import tenantry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tenantry.check import check_plan

ROOT = Path(__file__).resolve().parents[2]
ACME: dict[str, Any] = tenantry.Fleet.load(ROOT / "examples" / "acme.yaml").to_dict()
LAWS = settings(
    derandomize=True, deadline=None, database=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
CPU, MEMORY = 4, 4


@st.composite
def fleets(draw: st.DrawFn) -> dict[str, Any]:
    """At most six workloads of at most three tenants, trust by levels and distrusts, one template of whole numbers."""
    names = ["a", "b", "c"][: draw(st.integers(1, 3))]
    tenants: list[dict[str, Any]] = [
        {"name": name, "trust": draw(st.sampled_from(["trusted", "trusted", "untrusted", "hostile"]))} for name in names
    ]
    for tenant in tenants:
        others = [name for name in names if name != tenant["name"]]
        distrusted = draw(st.lists(st.sampled_from(others), unique=True, max_size=1)) if others else []
        if distrusted:
            tenant["distrusts"] = distrusted
    workloads = [
        {
            "name": f"w{index}",
            "tenant": draw(st.sampled_from(names)),
            "requests": {"cpu": draw(st.integers(0, CPU)), "memory": draw(st.integers(0, MEMORY))},
        }
        for index in range(draw(st.integers(1, 6)))
    ]
    return {
        "schema": "tenantry/v1",
        "name": "small",
        "tenants": tenants,
        "workloads": workloads,
        "clusterTemplates": [{"name": "t", "allocatable": {"cpu": CPU, "memory": MEMORY}}],
        "objective": ["clusters"],
    }


def may_share(document: dict[str, Any], one: dict[str, Any], other: dict[str, Any]) -> bool:
    """The rules of the levels and of distrust, as docs/concepts.md says them."""
    tenants = {tenant["name"]: tenant for tenant in document["tenants"]}
    a, b = tenants[one["tenant"]], tenants[other["tenant"]]
    if "hostile" in {a["trust"], b["trust"]}:
        return False
    if a is b:
        return True
    distrusted = b["name"] in a.get("distrusts", []) or a["name"] in b.get("distrusts", [])
    return not distrusted and a["trust"] == b["trust"] == "trusted"


def fits(document: dict[str, Any], cluster: list[dict[str, Any]]) -> bool:
    small = all(sum(it["requests"][key] for it in cluster) <= most for key, most in (("cpu", CPU), ("memory", MEMORY)))
    return small and all(may_share(document, *pair) for pair in itertools.combinations(cluster, 2))


def fewest(document: dict[str, Any]) -> int:
    """Every way to divide the workloads, tried."""
    best = len(document["workloads"])

    def go(rest: list[dict[str, Any]], clusters: list[list[dict[str, Any]]]) -> None:
        nonlocal best
        if not rest:
            best = min(best, len(clusters))
            return
        for place in range(len(clusters) + 1):
            more = [*clusters, []] if place == len(clusters) else list(clusters)
            more[place] = [*more[place], rest[0]]
            if fits(document, more[place]):
                go(rest[1:], more)

    go(document["workloads"], [])
    return best


@LAWS
@given(fleets())
def test_a_plan_is_as_small_as_can_be_and_proved(document: dict[str, Any]) -> None:
    fleet = tenantry.Fleet.from_dict(document)
    plan = tenantry.plan(fleet, threads=1)
    assert (plan.status, plan.proof, len(plan.clusters)) == ("optimal", "certified", fewest(document))
    assert check_plan(fleet.to_dict(), plan.to_dict(), plan.certificate).word == "VERIFIED"
    assert fleet.check(plan).violations == ()
    whole = list(plan.assignments)
    assert len(plan.assignments) == len(whole) == len(document["workloads"])
    assert [plan.assignments[index] for index in range(-len(whole), len(whole))] == whole * 2
    assert list(plan.assignments[1:]) == whole[1:]
    assert list(reversed(plan.assignments)) == whole[::-1]


@LAWS
@given(fleets(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_change_a_plan(document: dict[str, Any], random: Any) -> None:
    permuted = copy.deepcopy(document)
    for key in ("tenants", "workloads"):
        random.shuffle(permuted[key])
    one, other = (tenantry.Fleet.from_dict(it) for it in (document, permuted))
    assert one.digest == other.digest
    one_plan, other_plan = (tenantry.plan(it, threads=1) for it in (one, other))
    assert one_plan.to_json() == other_plan.to_json()
    assert one_plan.certificate_json == other_plan.certificate_json


@LAWS
@given(fleets())
def test_what_is_written_is_read_again(document: dict[str, Any]) -> None:
    fleet = tenantry.Fleet.from_dict(document)
    tables: dict[str, Any] = {**tenantry.to_tables(fleet)}
    tables |= {key: fleet.to_dict()[key] for key in ("name", "objective")}
    for again in (
        tenantry.Fleet.from_json(fleet.to_json()),
        tenantry.Fleet.from_yaml(fleet.to_yaml()),
        tenantry.Fleet.from_dict(fleet.to_dict()),
        tenantry.Fleet.from_tables(**tables),
    ):
        assert (again.digest, again.to_json(), again) == (fleet.digest, fleet.to_json(), fleet)


NAMES = st.sampled_from(["w", "v", "x", "W", "w ", "", "a/b", "é", "<b>", "a\u202eb", "x" * 64])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "name": NAMES,
            "tenant": st.sampled_from(["a", "b", "c", ""]),
            "requests.cpu": st.floats(-1, 9) | st.sampled_from([1.0, 2.0, 0.5, 1e300, 1e-12]),
            "requests.memory": st.integers(-1, 9) | st.integers(0, 2**63 - 1),
            "labels.team": st.none() | st.text(max_size=4),
        }
    ),
    min_size=1,
    max_size=4,
)


def outcome(rows: Any) -> tuple[str, str]:
    tenants = [{"name": "a", "trust": "trusted"}, {"name": "b", "trust": "untrusted"}]
    templates = [{"name": "t", "allocatable.cpu": 9, "allocatable.memory": 9}]
    try:
        return "digest", tenantry.Fleet.from_tables(rows, tenants, templates=templates).digest
    except tenantry.FleetError as error:
        return "error", str(error)


@LAWS
@given(ROWS)
def test_whoever_holds_a_table_it_means_the_same(rows: list[dict[str, Any]]) -> None:
    rows = [{key: row[key] for key in rows[0]} for row in rows]  # problems stand in the order of the keys
    said = outcome(rows)
    schema = pa.Table.from_pylist(rows).schema
    held = {
        "pandas": pd.DataFrame(rows),
        "polars": pl.DataFrame(rows),
        "arrow": pa.Table.from_pylist(rows, schema=schema),
    }
    assert {kind: outcome(table) for kind, table in held.items()} == dict.fromkeys(held, said)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def refused_or_read(make: Any, *arguments: Any) -> str:
    """Anything but a fleet or an error of ours with a place fails."""
    try:
        fleet = make(*arguments)
    except tenantry.FleetError as error:
        assert error.problems
        assert all(it.code and it.message for it in error.problems)
        # beyond the first level a problem says where it is
        assert all(it.path or it.line or it.expected or "document" in it.message for it in error.problems), error
        assert "panicked" not in str(error)
        return "refused"
    except (TypeError, tenantry.UsageError) as error:
        assert str(error)
        assert "panicked" not in str(error)
        return "refused"
    assert tenantry.Fleet.from_json(fleet.to_json()).digest == fleet.digest
    return "read"


@LAWS
@given(VALUES)
def test_garbage_is_refused(value: Any) -> None:
    assert refused_or_read(tenantry.Fleet.from_dict, value) == "refused"
    text = json.dumps(value)
    assert refused_or_read(tenantry.Fleet.from_json, text) == "refused"
    assert refused_or_read(tenantry.Fleet.from_yaml, text) == "refused"


@LAWS
@given(st.text(max_size=60) | st.text("{}[]:,-&*!|>'\"# \n\ta1\u2028\ufeff\x00", max_size=60))
def test_garbled_text_is_refused(text: str) -> None:
    assert refused_or_read(tenantry.Fleet.from_yaml, text) == "refused"
    assert refused_or_read(tenantry.Fleet.from_json, text) == "refused"


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*([way] if way else []), *(place for key, it in inner for place in places(it, (*way, key)))]


PLACES = places(ACME)
UNKNOWN = "noSuchKey"


@settings(LAWS, max_examples=200)
@given(st.sampled_from(PLACES), st.sampled_from(["other", "gone", "beside"]), VALUES)
def test_a_spoilt_document_is_read_or_refused_with_its_place(place: tuple[Any, ...], how: str, value: Any) -> None:
    document = copy.deepcopy(ACME)
    around: Any = document
    for key in place[:-1]:
        around = around[key]
    if how == "gone":
        del around[place[-1]]
    elif how == "beside" and isinstance(around[place[-1]], dict):
        around[place[-1]][UNKNOWN] = value
    else:
        around[place[-1]] = value
    said = refused_or_read(tenantry.Fleet.from_dict, document)
    try:
        text = json.dumps(document, allow_nan=False)
    except ValueError:  # what JSON cannot say no fleet may hold
        assert said == "refused"
        return
    assert refused_or_read(tenantry.Fleet.from_json, text) == said


UNITS = {
    "": 1000,
    "m": 1,
    "k": 10**6,
    "M": 10**9,
    "Ki": 1024 * 1000,
    "Mi": 1024**2 * 1000,
    "G": 10**12,
    "Gi": 1024**3 * 1000,
}
LARGER = {"T": 10**15, "P": 10**18, "Ti": 1024**4 * 1000, "Pi": 1024**5 * 1000}


def in_thousandths(amount: str | float) -> Decimal:
    digits = str(amount).rstrip("mkKMGTPi")
    return Decimal(digits) * (UNITS | LARGER)[str(amount)[len(digits) :]]


def with_amount(amount: Any, resource: str) -> tenantry.Fleet:
    return tenantry.Fleet.from_dict(
        {
            "schema": "tenantry/v1",
            "tenants": [{"name": "a", "trust": "trusted"}],
            "workloads": [{"name": "w", "tenant": "a", "requests": {"cpu": 1, "memory": 1} | {resource: amount}}],
            "clusterTemplates": [{"name": "t", "allocatable": {"cpu": "1M", "memory": "8Pi"}}],
        }
    )


@LAWS
@given(st.integers(0, 10**6), st.sampled_from(sorted(UNITS)))
def test_an_amount_is_the_same_in_every_unit(number: int, unit: str) -> None:
    """In thousandths, and read again from what the fleet writes of it."""
    thousandths = number * UNITS[unit]
    resource = "cpu" if unit in {"", "m"} else "memory"
    fleet = with_amount(f"{number}{unit}", resource)
    plainly = with_amount(f"{thousandths}m", "cpu") if resource == "cpu" else with_amount(thousandths // 1000, resource)
    requested = [tenantry.plan(it).to_dict()["clusters"][0]["resources"][resource] for it in (fleet, plainly)]
    assert requested[0] == requested[1]
    assert in_thousandths(requested[0]["requested"]) == thousandths
    written = fleet.to_dict()["workloads"][0]["requests"][resource]
    assert in_thousandths(written) == thousandths
    assert with_amount(written, resource).digest == fleet.digest


@pytest.mark.parametrize("share", [(0, 0, 1), (1, 3, 2)])
def test_the_naive_reading_by_hand(share: tuple[int, int, int]) -> None:
    """The brute force itself, on what can be counted on fingers: sizes 3 + 3 do not fit four, 3 + 1 do."""
    first, second, expected = share
    sizes = [3, 1] if first == 0 else [3, second]
    document = {
        "tenants": [{"name": "a", "trust": "trusted"}],
        "workloads": [{"name": str(it), "tenant": "a", "requests": {"cpu": it, "memory": 0}} for it in sizes],
    }
    assert fewest(document) == expected
