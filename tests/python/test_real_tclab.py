"""`examples/real/tclab.py` on small files of the form that TClab has."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "real" / "tclab.py"
NODE = ["--node", "cpu=10,memory=100"]


def day(*values: float) -> str:
    """98 points, the last value until the end."""
    return "|".join(str(values[min(point, len(values) - 1)]) for point in range(98))


def write(folder: Path, name: str, rows: list[str]) -> None:
    (folder / f"{name}.csv").write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


def files(folder: Path, applications: list[str], counts: dict[str, int], limits: list[str]) -> None:
    write(folder, "scheduling_preliminary_app_resources_20180606", applications)
    names = [name for name, count in counts.items() for _ in range(count)]
    rows = [f"inst_{number},{name},{'machine_1' if number % 2 else ''}" for number, name in enumerate(names)]
    write(folder, "instance_deploy", rows)
    write(folder, "app_interference", limits)


def small(folder: Path) -> None:
    """Three applications of three, one and two instances, and one of none; the first two refuse one another."""
    applications = [
        f"app_1,{day(3.2, 1)},{day(8)},60,1,0,1",
        f"app_2,{day(1, 3.5)},{day(16)},60,0,0,0",
        f"app_3,{day(6)},{day(1.001)},100,0,0,0",
        f"app_4,{day(1)},{day(1)},60,0,0,0",
    ]
    counts = {"app_1": 3, "app_2": 1, "app_3": 2}
    files(folder, applications, counts, ["app_1,app_2,0", "app_1,app_3,1", "app_3,app_3,0", "app_2,app_4,0"])


def tclab(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), str(folder), *more], capture_output=True, text=True, check=False
    )


def test_peaks_and_refusals(tmp_path: Path) -> None:
    small(tmp_path)
    done = tclab(tmp_path, *NODE)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [
        "left out: app_4: no instances",
        "left out: disk: --node does not name it",
        "left out: P: --node does not name it",
        "left out: M: --node does not name it",
        "left out: PM: --node does not name it",
        "left out: limits above 0: 1 of 1; with --limits all they count as refusals",
    ]
    assert done.stdout.splitlines() == [
        "3 applications, 6 instances, 2 pairs apart, 1 from themselves",
        # 4 each of app_1 and app_2, 6 of app_3: one of either beside each of app_3, and two of app_1
        "nodes of cpu=10,memory=100: 3, at least 3, optimal, certified",
    ]
    # nobody beside app_1, whose three take two nodes
    everything = tclab(tmp_path, *NODE, "--limits", "all")
    assert "limits above 0" not in everything.stderr
    assert everything.stdout.splitlines() == [
        "3 applications, 6 instances, 3 pairs apart, 1 from themselves",
        "nodes of cpu=10,memory=100: 4, at least 4, optimal, certified",
    ]


def test_points_of_the_day_instead_of_peaks(tmp_path: Path) -> None:
    # at their peaks they take 12 of 10, at no point of the day more than 7
    applications = [f"app_1,{day(6, 1)},{day(1)},1,0,0,0", f"app_2,{day(1, 6)},{day(1)},1,0,0,0"]
    files(tmp_path, applications, {"app_1": 1, "app_2": 1}, ["app_1,app_1,0"])
    assert "nodes of cpu=10,memory=100: 2, at least 2, optimal" in tclab(tmp_path, *NODE).stdout
    assert "nodes of cpu=10,memory=100: 1, at least 1, optimal" in tclab(tmp_path, *NODE, "--along-the-day").stdout
    # not rounded to whole cores there: 6 + 1 fit in 7, and in nothing less
    assert ": 1, at least" in tclab(tmp_path, "--node", "cpu=7,memory=2", "--along-the-day").stdout
    assert ": 2, at least" in tclab(tmp_path, "--node", "cpu=6.9999,memory=2", "--along-the-day").stdout


def test_kinds_of_machine(tmp_path: Path) -> None:
    small(tmp_path)
    small_kind, large_kind = "5,64,600,7,3,7", "92,288,1024,2,7,9"
    write(tmp_path, "machine_resources", [f"machine_{n},{large_kind if n else small_kind}" for n in range(3)])
    done = tclab(tmp_path)
    assert done.stdout.splitlines() == [
        "3 applications, 6 instances, 2 pairs apart, 1 from themselves",
        "nodes of cpu=5,memory=64,disk=600,P=7,M=3,PM=7, of which there are 1: "
        "none: 1 applications have instances that do not fit in one, app_3 among them",
        # each of app_1 takes one of two P: two nodes, and another for app_2, which refuses it
        "nodes of cpu=92,memory=288,disk=1024,P=2,M=7,PM=9, of which there are 2: 3, at least 3, optimal, certified",
    ]
    assert done.stderr.splitlines()[0] == "left out: app_4: no instances"
    assert "does not name it" not in done.stderr
    # disk counts where it is stated
    assert "disk=120: 5, at least 5" in tclab(tmp_path, "--node", "cpu=99,memory=99,disk=120").stdout


def test_as_few_as_by_trying_all(tmp_path: Path) -> None:
    draw = random.Random(3)
    for number in range(6):
        folder = tmp_path / str(number)
        folder.mkdir()
        sizes = {f"app_{a}": (draw.randint(1, 6), draw.randint(10, 60)) for a in range(4)}
        counts = {name: draw.randint(1, 2) for name in sizes}
        pairs = [(a, b) for a in sizes for b in sizes if a <= b and draw.random() < 0.3] or [("app_0", "app_0")]
        applications = [f"{name},{day(cpu - 0.5)},{day(memory)},0,0,0,0" for name, (cpu, memory) in sizes.items()]
        files(folder, applications, counts, [f"{a},{b},0" for a, b in pairs])
        copies = [name for name, count in counts.items() for _ in range(count)]

        def fits(
            bin: list[str], sizes: dict[str, tuple[int, int]] = sizes, pairs: list[tuple[str, str]] = pairs
        ) -> bool:
            both = [(min(a, b), max(a, b)) for i, a in enumerate(bin) for b in bin[:i]]
            full = sum(sizes[a][0] for a in bin) > 10 or sum(sizes[a][1] for a in bin) > 100
            return not full and not any(pair in pairs for pair in both)

        def fewest(left: list[str], bins: list[list[str]], fits: object = fits) -> int:
            if not left:
                return len(bins)
            first, rest = left[0], left[1:]
            others = [fewest(rest, [*bins, [first]])]
            for place, bin in enumerate(bins):
                if fits([*bin, first]):  # type: ignore[operator]
                    others.append(fewest(rest, [*bins[:place], [*bin, first], *bins[place + 1 :]]))
            return min(others)

        wanted = fewest(copies, [])
        done = tclab(folder, *NODE)
        assert f": {wanted}, at least {wanted}, optimal, certified" in done.stdout, (number, done)


@pytest.mark.parametrize(
    ("file", "rows", "says"),
    [
        ("scheduling_preliminary_app_resources_20180606", ["app_1,1|2,3,4,5,6,7"], ":1: cpu: 2 values, not 98"),
        (
            "scheduling_preliminary_app_resources_20180606",
            ["app_1,1,3,4"],
            ":1: 4 fields, not the 7 of application,cpu,",
        ),
        (
            "scheduling_preliminary_app_resources_20180606",
            [f"app_1,{day(1)},{day(1, -2)},1,0,0,0"],
            ":1: memory: not an amount from 0 to 1000000000: -2",
        ),
        (
            "scheduling_preliminary_app_resources_20180606",
            [f"app_1,{day(1)},{day(1)},,0,0,0"],
            ":1: disk: not an amount",
        ),
        ("scheduling_preliminary_app_resources_20180606", [f"app_1,{day(1)},{day(1)},nan,0,0,0"], ": not an amount"),
        ("scheduling_preliminary_app_resources_20180606", [f"app_1,{day(1)},{day(1)},1e999999,0,0,0"], ": 1e999999"),
        (
            "scheduling_preliminary_app_resources_20180606",
            [f"app_1,{day(1)},{day(1)},1,0,0,0"] * 2,
            ":2: the application app_1 a second time",
        ),
        ("scheduling_preliminary_app_resources_20180606", [], ": nothing in it"),
        ("instance_deploy", ["inst_1,app_9,"], ":1: no application app_9"),
        ("instance_deploy", ["inst_1,app_1,", "inst_1,app_1,"], ":2: the instance inst_1 a second time"),
        ("instance_deploy", ["inst_1,app_1,", "", "inst_2,app_1,"], ":2: 1 fields, not the 3 of instance,"),
        ("app_interference", ["app_1,app_9,0"], ":1: no application app_9"),
        ("app_interference", ["app_1,app_2,0", "app_1,app_2,-1"], ":2: not a number of instances: -1"),
        ("app_interference", ["app_1,app_2,"], ":1: not a number of instances: nothing"),
        ("machine_resources", ["machine_1,1,2,3,4,5,x"], ":1: PM: not an amount from 0 to 1000000000: x"),
        ("machine_resources", ["machine_1,1,2,3,4,5,6"] * 2, ":2: the machine machine_1 a second time"),
        ("machine_resources", ["machine_1,1|1,2,3,4,5,6"], ":1: cpu: 2 values, not 1"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, file: str, rows: list[str], says: str) -> None:
    small(tmp_path)
    write(tmp_path, "machine_resources", ["machine_1,92,288,1024,7,7,9"])
    write(tmp_path, file, rows)
    done = tclab(tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert f"{tmp_path / file}.csv{says}" in done.stderr or says in done.stderr, done.stderr
    assert str(tmp_path / f"{file}.csv") in done.stderr
    assert "Traceback" not in done.stderr


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    small(tmp_path)
    write(tmp_path, "instance_deploy", [f"inst_{n},app_9," for n in range(30)])
    write(tmp_path, "app_interference", ["app_1,app_2,x"])
    done = tclab(tmp_path, *NODE)
    assert done.stderr.splitlines()[-1] == "31 problems in the files"
    assert len(done.stderr.splitlines()) == 21
    (tmp_path / "app_interference.csv").write_bytes(b"app_1,app_2,0\napp_\xff,app_2,0\n")
    (tmp_path / "instance_deploy.b.csv").write_text("inst_1,app_1,\n", encoding="utf-8")
    (tmp_path / "scheduling_preliminary_app_resources_20180606.csv").write_text(
        f"app_1,{day(1)},{day(1)},1,0,0,0\n", encoding="utf-8"
    )
    assert tclab(tmp_path, *NODE).stderr.splitlines() == [
        f"{tmp_path}: 2 files *instance_deploy*.csv, not one: instance_deploy.b.csv, instance_deploy.csv",
        f"{tmp_path / 'app_interference.csv'}:2: not UTF-8",
        "2 problems in the files",
    ]
    write(tmp_path, "app_interference", ["app_1,app_1,1"])
    chosen = tclab(tmp_path, *NODE, "--instances", str(tmp_path / "instance_deploy.b.csv"))
    assert ": 1, at least 1, optimal" in chosen.stdout, chosen.stderr


@pytest.mark.parametrize(
    ("node", "says"),
    [
        ("cpu=10", "not cpu, memory and, as you like, disk, P, M and PM: cpu=10"),
        ("cpu=10,memory=100,gpu=1", "as you like"),
        ("cpu=10,memory=1Gi", "not an amount from 0 to 1000000000: 1Gi"),
        ("10", "not of the form"),
    ],
)
def test_a_node_that_is_none(tmp_path: Path, node: str, says: str) -> None:
    done = tclab(tmp_path, "--node", node)
    assert done.returncode == 2
    assert says in done.stderr


def test_a_folder_without_files(tmp_path: Path) -> None:
    done = tclab(tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "4 problems in the files"
    assert f"{tmp_path}: 0 files *app_resources*.csv, not one" in done.stderr
