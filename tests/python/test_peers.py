"""What `benches/peers` gives other solvers, and its check of what they return, where there are several kinds of bin."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).resolve().parents[2] / "benches" / "peers" / "instance.py"


def module() -> Any:
    spec = importlib.util.spec_from_file_location("peers_instance", FILE)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


instance = module()


def two_kinds(large: int | None = 1, small: int | None = None) -> Any:
    """Items of 6, 4, 4 and 2, each its own class, the second against the last; bins of 10 and of 4."""
    kinds = [instance.Kind([10], large), instance.Kind([4], small)]
    return instance.Instance("made", kinds, [[6], [4], [2]], [1, 2, 1], [0, 1, 2], [0, 0b100, 0b010])


def bins(*wanted: tuple[int, dict[int, int]]) -> Any:
    return [instance.Bin(copies, kind) for kind, copies in wanted]


@pytest.mark.parametrize(
    ("packing", "says"),
    [
        (bins((0, {0: 1, 1: 1}), (1, {1: 1}), (1, {2: 1})), None),
        (bins((0, {0: 1}), (0, {1: 1}), (1, {1: 1}), (1, {2: 1})), "more bins of a kind than there are"),
        (bins((1, {0: 1}), (0, {1: 2}), (1, {2: 1})), "a bin is overfull"),
        (bins((0, {0: 1, 2: 1}), (1, {1: 1})), "not every item once"),
        (bins((0, {1: 1, 2: 1}), (1, {1: 1})), "a conflict in a bin"),
        (bins((0, {0: 1, 1: 0}), (1, {1: 1})), "0 copies"),
    ],
)
def test_packings_are_checked_by_kind(packing: Any, says: str | None) -> None:
    assert two_kinds().fault(packing) == says


def test_greedy_packings_take_no_more_bins_than_there_are() -> None:
    for way, large in ((instance.decreasing, 1), (instance.saturation, 2)):
        found = way(two_kinds(large))
        assert two_kinds(large).fault(found) is None
        # 6 fits in a large bin alone
        with pytest.raises(instance.NoRoom):
            way(two_kinds(large=0))
        with pytest.raises(instance.NoRoom):
            way(two_kinds(large=1, small=0))


def test_an_instance_as_it_is_exported(tmp_path: Path) -> None:
    document = {
        "name": "made",
        "bins": [[[10], 1], [[4], None]],
        "items": [[[6], 1, 0], [[4], 2, 1], [[2], 1, 2]],
        "classes": 3,
        "conflicts": [[1, 2]],
    }
    path = tmp_path / "made.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    read = instance.Instance.read(path)
    assert read == two_kinds()
    assert not read.simple
    assert (read.capacity, read.loads) == ([10], [16])
    # all of the larger kind, and nobody with the class that two refuse: 16 take two bins
    assert read.bound() == 2
