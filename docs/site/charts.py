"""Draws the charts of docs/howto-plots.md: `python docs/site/charts.py` writes docs/pictures/plot-*.svg."""

from __future__ import annotations

import json
from pathlib import Path

import tenantry
import vl_convert
from tenantry import plot

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Plans the example and draws it."""
    fleet = tenantry.Fleet.load(ROOT / "examples" / "acme.yaml")
    charts = {
        "utilisation": plot.utilisation(tenantry.plan(fleet)),
        "conflicts": plot.conflicts(fleet),
        "ladder": plot.ladder(fleet.prices()),
        "growth": plot.growth(fleet.grow(by="tenant", up_to=20)),
    }
    for name, chart in charts.items():
        drawn = vl_convert.vegalite_to_svg(json.dumps(chart.to_dict()))
        (ROOT / "docs" / "pictures" / f"plot-{name}.svg").write_text(drawn + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
