"""Values of Python in a document: what is missing, floats with noise, decimals, days."""

from __future__ import annotations

import copy
import datetime
import json
import math
import pickle
import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tenantry
from tenantry import _core

DOCUMENT: dict[str, Any] = {
    "schema": "tenantry/v1",
    "name": "bank",
    "asOf": "2026-11-26",
    "policy": {
        "attributes": {"environment": {"production": ["prod"], "other": ["dev", "test"]}, "customer": "any"},
        "separate": [{"by": "customer", "missing": {"class": "internal", "tenants": ["bank", "shop"]}}],
        "apart": [{"by": "environment", "missing": "any"}],
        "distrust": [{"id": "d", "subject": {"tenant": "bank"}, "neighbour": {"tenant": "shop"}, "reason": "keys"}],
        "together": [{"id": "t", "by": "tenant", "where": {"tenant": ["lab"]}}],
        "waivers": [
            {
                "id": "w",
                "between": [{"tenant": "bank"}, {"tenant": "shop", "environment": {"not": ["prod"]}}],
                "waives": ["distrust:d"],
                "approvedBy": "ciso",
                "expires": "2030-01-01",
                "reason": "tests",
            }
        ],
    },
    "tenants": [
        {"name": "bank", "trust": "trusted", "distrusts": ["lab"], "attributes": {"environment": "prod"}},
        {"name": "shop", "trust": "trusted", "labels": {"owner": "team-shop"}},
        {"name": "lab", "trust": "trusted"},
    ],
    "workloads": [
        {
            "name": name,
            "tenant": tenant,
            "namespace": f"{tenant}-{name}",
            "replicas": {"min": 1, "max": 2},
            "requests": {"cpu": 1, "memory": "1Gi"},
            **({} if tenant == "bank" else {"attributes": {"environment": environment}}),
        }
        for name, tenant, environment in (("ledger", "bank", ""), ("web", "shop", "prod"), ("try", "shop", "dev"))
    ],
    "clusterTemplates": [
        {"name": "t", "nodePools": [{"name": "g", "allocatable": {"cpu": 8, "memory": "32Gi"}, "max": 4}], "cost": 1}
    ],
    "objective": ["clusters", "cost"],
}


def places(part: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a document but the document itself."""
    found = [path] if path else []
    entries = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    return found + [place for key, entry in entries for place in places(entry, (*path, key))]


def with_value(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    part: Any = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return document


def refused(document: Any) -> tenantry.FleetError:
    with pytest.raises(tenantry.FleetError) as caught:
        tenantry.Fleet.from_dict(document)
    return caught.value


def test_what_is_missing_is_an_error_wherever_null_is_one() -> None:
    assert tenantry.Fleet.from_dict(DOCUMENT) == tenantry.Fleet.from_json(json.dumps(DOCUMENT))
    assert len(places(DOCUMENT)) > 90
    for path in places(DOCUMENT):
        with pytest.raises(tenantry.FleetError):
            tenantry.Fleet.from_json(json.dumps(with_value(path, None)))
        for value in (None, math.nan, pd.NA, pd.NaT, np.float64("nan"), Decimal("NaN"), np.ma.masked):
            error = refused(with_value(path, value))
            assert all(problem.line is None and problem.column is None for problem in error.problems), path
            if path != ("schema",):
                assert "missing-value" in {problem.code for problem in error.problems} or path[-1] == "not", path


def test_the_words_for_what_is_missing() -> None:
    path = ("policy", "waivers", 0, "between", 1, "environment")
    error = refused(with_value(path, math.nan))
    assert str(error) == (
        "1 problem in the fleet\n"
        "  policy.waivers[0].between[1].environment: a value is missing here: leave the key out, or give the value; "
        "got `NaN`; expected a string, a list of strings, or {not: ...} [missing-value]"
    )


def test_the_builder_refuses_none_where_it_could_loosen() -> None:
    def builder() -> tenantry.FleetBuilder:
        builder = tenantry.Fleet.builder().attribute("environment", ["prod", "dev"])
        return builder.tenant("bank", trust="trusted").template("t", cpu=9, memory=9)

    nothing: Any = None
    workload: dict[str, Any] = {"tenant": "bank", "cpu": 1, "memory": 1}
    for wrong in (
        builder().tenant("lab", trust="trusted", distrusts=nothing),
        builder().tenant("lab", trust=nothing),
        builder().tenant("lab", trust="trusted", environment=nothing),
        builder().workload("w", **workload, sharing=nothing),
        builder().workload("w", **workload, accepts=nothing),
        builder().workload("w", **workload, trust=nothing),
        builder().distrust("d", subject={"tenant": "bank"}, neighbour={"environment": nothing}),
        builder().separate("environment", missing=nothing),
    ):
        with pytest.raises(tenantry.FleetError, match="missing-value"):
            wrong.build()
    left_out = builder().workload("w", **workload, namespace=None, replicas=None, labels=None)
    assert left_out.build().to_dict()["workloads"] == [
        {"name": "w", "tenant": "bank", "requests": {"cpu": 1, "memory": 1}}
    ]


def test_the_builder_refuses_what_is_said_twice() -> None:
    builder = (
        tenantry.Fleet.builder().attribute("environment", ["prod", "dev"]).attribute("environment", ["prod", "dev"])
    )
    with pytest.raises(tenantry.UsageError, match="declared twice"):
        builder.attribute("environment", "any")
    with pytest.raises(tenantry.UsageError, match="cpu is given twice"):
        builder.workload("w", tenant="a", cpu=1, requests={"cpu": 2})
    document = builder.to_dict()
    document["tenants"].append({"name": "x"})
    assert builder.to_dict()["tenants"] == []


def cpu_of(cpu: Any) -> str:
    """A request as the plan counts it."""
    builder = tenantry.Fleet.builder().tenant("a", trust="trusted").template("t", cpu=3000, memory=1000)
    plan = tenantry.plan(builder.workload("w", tenant="a", cpu=cpu, memory=1).build())
    return plan.assignments[0].requests["cpu"]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (0.3, "300m"),
        (0.1 * 3, "300m"),
        (0.7 + 0.1, "800m"),
        (1.1 - 0.8, "300m"),
        (sum([0.1] * 1000), "100"),
        (np.float64(0.1) * 3, "300m"),
        (np.float32(0.3), "300m"),
        (np.float32(0.1) * np.float32(3), "300m"),
        (np.float16(0.3), "300m"),
        (np.float32(2.0), "2"),
        (np.int64(2), "2"),
        (np.array(0.3), "300m"),
        (Decimal("0.30"), "300m"),
        (Decimal("0.3000000000001"), "301m"),
        (2.0, "2"),
        (Decimal("1e-999999"), "1m"),
        (1e-9, "1m"),
        (0.3001, "301m"),
        (0.300000001, "301m"),
        ("0.30000000000000004", "301m"),
    ],
)
def test_floats_are_the_decimals_that_were_meant(value: Any, read: str) -> None:
    assert cpu_of(value) == read


def test_no_float_is_read_far_from_itself() -> None:
    draw = random.Random(5)
    for _ in range(2000):
        number = draw.uniform(-1, 1) * 10.0 ** draw.randint(-12, 15)
        read = _core.decimal(number)
        assert abs(Decimal(read) - Decimal(number)) <= abs(Decimal(number)) / 10**9
        assert float(_core.decimal(float(read))) == float(read)
        written = f"{draw.randint(1, 10**6)}e{draw.randint(-9, 3)}"  # as a person writes a number
        assert Decimal(_core.decimal(float(written))) == Decimal(written)
        a, b = draw.randint(1, 999), draw.randint(1, 999)  # as a spreadsheet adds and multiplies
        assert Decimal(_core.decimal(a / 1000 + b / 1000)) == Decimal(a + b) / 1000
        assert Decimal(_core.decimal((a / 100) * (b / 100))) == Decimal(a * b) / 10000


def test_a_what_if_over_headroom_and_cost() -> None:
    for headroom in np.arange(0.1, 0.95, 0.1):
        fleet = tenantry.Fleet.builder().template("t", cpu=9, memory=9, headroom=headroom).build()
        assert fleet.to_dict()["clusterTemplates"][0]["headroom"] == round(float(headroom), 6)
    for percent in range(1, 60):
        cost = 1573 * (1 + percent / 100)
        fleet = tenantry.Fleet.builder().template("t", cpu=9, memory=9, cost=cost).build()
        assert fleet.to_dict()["clusterTemplates"][0]["cost"] == round(cost, 2)
    with pytest.raises(tenantry.FleetError, match="bad-headroom"):
        tenantry.Fleet.builder().template("t", cpu=9, memory=9, headroom=0.12345678).build()


def test_documents_keep_their_digits() -> None:
    texts = ["1.0", "0.5", "0.30", "0.30000000000000004", "1e3", "17179869184.5", "3", "0.1000000000001234"]
    for text in texts:
        fleet = tenantry.Fleet.from_json(
            '{"schema": "tenantry/v1", "tenants": [{"name": "a", "trust": "trusted"}], "workloads": '
            f'[{{"name": "w", "tenant": "a", "requests": {{"cpu": {text}, "memory": 0}}}}], '
            f'"clusterTemplates": [{{"name": "t", "allocatable": {{"cpu": "unlimited", "memory": {text}}}}}]}}'
        )
        assert tenantry.Fleet.from_dict(fleet.to_dict()) == fleet, text
        assert pickle.loads(pickle.dumps(fleet)) == fleet
        assert tenantry.Fleet.from_tables(**tenantry.to_tables(fleet), policy=None) == fleet, text


def test_days_and_sets() -> None:
    document = copy.deepcopy(DOCUMENT)
    document["asOf"] = datetime.date(2026, 11, 26)
    document["policy"]["waivers"][0]["expires"] = pd.Timestamp("2030-01-01")
    document["tenants"][0]["distrusts"] = {"lab"}
    document["workloads"] = tuple(document["workloads"])
    assert tenantry.Fleet.from_dict(document) == tenantry.Fleet.from_dict(DOCUMENT)
    document["asOf"] = np.datetime64("2026-11-26T00:00:00", "ns")
    assert tenantry.Fleet.from_dict(document) == tenantry.Fleet.from_dict(DOCUMENT)
    document["asOf"] = datetime.datetime(2026, 11, 26, 23, 30)
    with pytest.raises(tenantry.FleetError, match="asOf: a day is needed, and this has a time of day"):
        tenantry.Fleet.from_dict(document)
    midnight = pd.Timestamp("2026-11-26", tz="Europe/Paris")
    for zoned in (midnight, midnight.to_pydatetime(), midnight.tz_convert("UTC")):
        zone = str(zoned.tzinfo)
        with pytest.raises(
            tenantry.FleetError, match=rf"asOf: a day is needed, and this is a time with a time zone \({zone}\)"
        ):
            tenantry.Fleet.from_dict(document | {"asOf": zoned})
        with pytest.raises(TypeError, match=rf"^a day is needed, and this is a time with a time zone \({zone}\)"):
            tenantry.plan(tenantry.Fleet.from_dict(DOCUMENT), as_of=zoned)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (1 + 2j, "workloads[0].requests.cpu: complex has no place in a fleet document: (1+2j)"),
        (Fraction(1, 3), "workloads[0].requests.cpu: Fraction has no place in a fleet document: Fraction(1, 3)"),
        (b"1", "workloads[0].requests.cpu: bytes has no place in a fleet document: b'1'"),
        (np.complex64(1), "workloads[0].requests.cpu: complex64 has no place"),
        ({1: 2}, "workloads[0].requests.cpu: keys are strings, not int: 1"),
        (datetime.timedelta(1), "workloads[0].requests.cpu: timedelta has no place"),
        (np.timedelta64(1, "D"), "workloads[0].requests.cpu: timedelta64 has no place"),
        (pd.DataFrame({"a": [1]}), "workloads[0].requests.cpu: DataFrame has no place"),
    ],
)
def test_what_has_no_place_is_named_with_its_path(value: Any, says: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    document["workloads"][0]["requests"]["cpu"] = value
    document["tenants"][0]["trust"] = "trustd"
    with pytest.raises(tenantry.FleetError) as caught:
        tenantry.Fleet.from_dict(document)
    other, problem = sorted(caught.value.problems, key=lambda it: it.path)
    assert str(problem).startswith(says)
    assert (problem.code, other.code) == ("wrong-type", "unknown-level")


@pytest.mark.parametrize("value", [math.inf, -math.inf, Decimal("Infinity"), -1.5, 1e300, Decimal("1e999999")])
def test_numbers_that_are_no_amounts(value: Any) -> None:
    error = refused(with_value(("workloads", 0, "requests", "cpu"), value))
    assert error.problems[0].path == "workloads[0].requests.cpu"


def test_a_list_in_itself_ends() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(TypeError, match="nested deeper than"):
        tenantry.Fleet.from_dict({"schema": "tenantry/v1", "workloads": endless})


def test_a_map_that_changes_while_it_is_read() -> None:
    requests: dict[str, Any] = {"cpu": 1, "memory": 1}

    class Growing(Decimal):
        def is_nan(self) -> bool:
            requests.update({f"extra{index}": 1 for index in range(100)})
            return False

    requests["cpu"] = Growing(1)
    document = copy.deepcopy(DOCUMENT)
    document["workloads"][0]["requests"] = requests
    assert tenantry.Fleet.from_dict(document) == tenantry.Fleet.from_dict(
        DOCUMENT
        | {"workloads": [DOCUMENT["workloads"][0] | {"requests": {"cpu": 1, "memory": 1}}, *DOCUMENT["workloads"][1:]]}
    )


def test_numbers_where_texts_are_meant() -> None:
    error = refused(with_value(("tenants", 1, "labels", "owner"), 4711))
    assert str(error.problems[0]) == (
        "tenants[1].labels.owner: this is a number; got `4711`; expected a string [wrong-type]"
    )
    assert refused(with_value(("tenants", 1, "trust"), True)).problems[0].message == "this is a boolean"


def test_problems_come_in_document_order() -> None:
    document = with_value(("workloads", 0, "replicas"), "many")
    document["workloads"][1]["tenant"] = "nobody"
    document["tenants"][0]["trust"] = None
    paths = [problem.path for problem in refused(document).problems]
    assert paths == ["tenants[0].trust", "workloads[0].replicas", "workloads[1].tenant"]
