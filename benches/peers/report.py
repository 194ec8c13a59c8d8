"""The table and the chart of `results.csv`: `report.py OUT [LIMIT]`."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

OURS = "tenantry"
COLOURS = {
    OURS: "#c0392b", "CP-SAT": "#1f77b4", "HiGHS representatives": "#2ca02c", "HiGHS assignment": "#98df8a",
    "VPSolver + CBC": "#9467bd", "SCIP representatives": "#ff7f0e", "FFD": "#7f7f7f", "DSATUR": "#bcbd22",
}  # fmt: skip


def read(out: Path, limit: float) -> tuple[list[str], list[str], dict[tuple[str, str], dict]]:
    with (out / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        # a file may hold runs under a longer limit
        if limit and row["proved"] == "1" and float(row["cpu"]) > limit:
            row["proved"] = "0"
    cells = {(row["instance"], row["peer"]): row for row in rows}
    instances = [row["instance"] for row in rows if row["peer"] == OURS]
    present = {row["peer"] for row in rows}
    return instances, [peer for peer in COLOURS if peer in present], cells


def cell(row: dict | None) -> str:
    if row is None:
        return "-"
    if row["fault"]:
        return f"wrong: {row['fault']}"
    seconds = f"{float(row['cpu']):.2f}"
    if row["proved"] == "1":
        return seconds
    if not row["bins"]:
        return row["note"] or "failed"
    shown = f"{row['bins']}/{row['bound']} ({seconds})"
    return f"{shown}: {row['note']}" if row["note"] else shown


def table(out: Path, limit: float, absent: dict[str, str]) -> str:
    instances, peers, cells = read(out, limit)
    lines = [
        f"CPU seconds to a proved optimum; else bins/bound (seconds spent). Limit {limit:g} CPU s, one thread.",
        "",
        "| instance | " + " | ".join(peers) + " |",
        "|---" * (len(peers) + 1) + "|",
    ]
    for name in instances:
        lines.append(f"| {name} | " + " | ".join(cell(cells.get((name, peer))) for peer in peers) + " |")
    proved = {peer: [n for n in instances if cells.get((n, peer), {}).get("proved") == "1"] for peer in peers}
    ran = {peer: sum((n, peer) in cells for n in instances) for peer in peers}
    lines.append("| **proved** | " + " | ".join(f"**{len(proved[peer])} of {ran[peer]}**" for peer in peers) + " |")
    lines += ["", "Where a peer was faster than tenantry, or proved what it did not:", ""]
    won = []
    for name in instances:
        ours = cells[name, OURS]
        mine = float(ours["cpu"]) if ours["proved"] == "1" else float("inf")
        for peer in peers:
            row = cells.get((name, peer))
            if peer != OURS and row and row["proved"] == "1" and float(row["cpu"]) < mine:
                own = f"{mine:.3f} s" if mine < float("inf") else "not proved"
                won.append(f"- {name}: {peer} {float(row['cpu']):.3f} s, tenantry {own}")
    lines += won or ["- nowhere in this set"]
    fewer, higher = [], []
    for name in instances:
        ours = cells[name, OURS]
        for peer in peers:
            row = cells.get((name, peer))
            if peer == OURS or not row or row["fault"] or not row["bins"]:
                continue
            if not ours["bins"] or int(row["bins"]) < int(ours["bins"]):
                fewer.append(f"{name} ({peer} {row['bins']}, tenantry {ours['bins'] or 'none'})")
            if int(row["bound"]) > int(ours["bound"]):
                higher.append(f"{name} ({peer} {row['bound']}, tenantry {ours['bound']})")
    lines += ["", "Where a peer's packing had fewer bins: " + (", ".join(fewer) or "nowhere in this set") + "."]
    lines += ["", "Where a peer's bound was higher: " + (", ".join(higher) or "nowhere in this set") + "."]
    lines += [f"\nNot run: {peer}: {why}." for peer, why in absent.items()]
    return "\n".join(lines) + "\n"


def profile(out: Path, limit: float):
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": OURS, "svg.fonttype": "none", "font.size": 10})
    import matplotlib.pyplot as plot

    instances, peers, cells = read(out, limit)
    figure, axes = plot.subplots(figsize=(7.6, 4.4))
    for peer in peers:
        rows = [cells.get((name, peer)) for name in instances]
        times = sorted(max(float(row["cpu"]), 1e-3) for row in rows if row and row["proved"] == "1")
        xs, ys = [1e-3, *times, limit], [0, *range(1, len(times) + 1), len(times)]
        label = f"{peer} ({len(times)})"
        axes.step(xs, ys, where="post", label=label, color=COLOURS[peer], linewidth=2.6 if peer == OURS else 1.5)
    axes.set_xscale("log")
    axes.set_xlim(1e-3, limit)
    axes.set_ylim(0, len(instances) + 0.5)
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("CPU seconds (log scale)")
    axes.set_ylabel(f"optima proved, of {len(instances)}")
    axes.grid(alpha=0.3, which="major")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=9, frameon=False)
    figure.savefig(out / "profile.svg", bbox_inches="tight", metadata={"Date": None})


def write(out: Path, limit: float, absent: dict[str, str]):
    (out / "results.md").write_text(table(out, limit, absent))
    try:
        profile(out, limit)
    except ImportError:
        print("no chart: matplotlib is not installed", file=sys.stderr)


if __name__ == "__main__":
    write(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 60, {})
