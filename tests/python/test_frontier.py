"""What fewer clusters take, from Python."""

from __future__ import annotations

import json
import pickle

import pytest
import tenantry


def fleet() -> tenantry.Fleet:
    """Three workloads in a cluster each, which fit one."""
    builder = tenantry.Fleet.builder().tenant("shop", trust="trusted")
    for name in ("east", "north", "west"):
        builder.existing(name, cpu=9, memory="64Gi", cost=5)
        builder.workload(f"in-{name}", tenant="shop", cpu=3, memory="1Gi", runs_in=name)
    return builder.build()


def test_fewer_clusters_take_more_moves_and_less_money() -> None:
    frontier = fleet().frontier()
    assert [(it.clusters, it.moves.value, it.today, it.no_plan_moves_less) for it in frontier.points] == [
        (1, 2, False, False),
        (2, 1, False, False),
        (3, 0, True, True),
    ]
    assert [it.cost.value for it in frontier.points if it.cost is not None] == [5, 5, 5]
    assert (frontier.today, frontier.least_moves, frontier.stopped, frontier.status) == (3, 0, None, "optimal")
    assert (frontier.fewest.value, frontier.fewest.bound) == (1, 1)
    assert "no plan moves less" in str(frontier)
    assert frontier.notes
    schema = json.loads(tenantry.schema("frontier"))
    assert list(frontier.to_dict()) == list(schema["properties"])


def test_it_is_read_and_shown() -> None:
    frontier = fleet().frontier(threads=1)
    again = tenantry.Frontier.from_json(frontier.to_json())
    assert again == frontier == pickle.loads(pickle.dumps(frontier))
    assert hash(again) == hash(frontier)
    page = frontier._repr_html_()
    assert page.count("<tr>") == 4
    assert "no plan moves less" in page
    with pytest.raises(tenantry.PlanError, match="not a frontier document"):
        tenantry.Frontier.from_json("{}")
    with pytest.raises(tenantry.UsageError, match="existingClusters"):
        tenantry.Fleet.load("examples/shop.yaml").frontier()


def test_a_plan_that_knows_its_fleet_orders_its_moves() -> None:
    ours = fleet()
    plan = tenantry.plan(ours)
    migration = plan.migration(max_in_flight=1)
    assert migration == ours.migration(plan, max_in_flight=1)
    assert (migration.status, migration.numbers.moved, migration.as_of) == ("complete", 2, plan.as_of)
    with pytest.raises(tenantry.PlanError, match="without its fleet"):
        tenantry.Plan.from_json(plan.to_json()).migration()
