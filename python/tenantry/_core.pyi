import os
from collections.abc import Callable
from typing import Any, Literal, Protocol, final

__all__ = [
    "Csv",
    "Fleet",
    "Frame",
    "Made",
    "MadeManifests",
    "Proved",
    "Reply",
    "__version__",
    "answer_html",
    "answer_located",
    "audit",
    "audit_as",
    "audit_baseline",
    "audit_failures",
    "blast",
    "blast_of",
    "blast_text",
    "bundle",
    "check_as",
    "check_bound",
    "check_plan",
    "compare",
    "comparison_text",
    "decimal",
    "diff",
    "diff_as",
    "diff_text",
    "frontier",
    "frontier_text",
    "grow",
    "import_kubernetes",
    "levers",
    "manifests",
    "migrate",
    "migration_text",
    "pack",
    "place",
    "plan",
    "plan_csv",
    "plan_text",
    "prices",
    "prices_text",
    "read_audit",
    "read_blast",
    "read_comparison",
    "read_diff",
    "read_frontier",
    "read_migration",
    "read_prices",
    "read_relaxed",
    "read_why",
    "read_why_not",
    "record_table",
    "relax",
    "relaxed_text",
    "replay_migration",
    "report",
    "report_fragment",
    "run_program",
    "schema",
    "trust_graph",
    "why",
    "why_not",
    "why_not_text",
    "why_text",
    "with_limits",
    "without",
    "work_on",
]

__version__: str

@final
class Csv:
    def __new__(cls, file: str, data: bytes) -> Csv: ...
    @property
    def names(self) -> list[str]: ...

@final
class Frame:
    def __new__(cls, table: Any) -> Frame: ...
    @property
    def names(self) -> list[str]: ...

@final
class Fleet:
    @staticmethod
    def from_bytes(data: bytes, json: bool, max_bytes: int) -> Fleet: ...
    @staticmethod
    def from_yaml(text: str, max_bytes: int) -> Fleet: ...
    @staticmethod
    def from_json(text: str, max_bytes: int | None) -> Fleet: ...
    @staticmethod
    def from_values(
        document: dict[str, Any],
        tables: list[tuple[str, list[tuple[str, str | None]], Csv | Frame | list[Any], bool, list[tuple[str, str]]]],
        simpler: Callable[[Any], Any],
    ) -> Fleet: ...
    def __len__(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def workloads(self) -> list[str]: ...
    @property
    def tenants(self) -> list[str]: ...
    @property
    def templates(self) -> list[str]: ...
    @property
    def existing(self) -> list[str]: ...
    @property
    def warnings(self) -> list[str]: ...
    def explain(self, a: str, b: str, as_of: str | None) -> tuple[str, str]: ...
    def to_json(self) -> str: ...
    def to_yaml(self) -> str: ...

@final
class MadeManifests:
    def files(self) -> list[tuple[str, str]]: ...
    def notes(self) -> list[str]: ...
    def write(self, folder: str | os.PathLike[str], dry_run: bool) -> list[tuple[str, str]]: ...

class _ArrowTable(Protocol):
    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...

@final
class Made:
    def __new__(cls, document: str) -> Made: ...
    def to_json(self) -> str: ...
    def head(self) -> str: ...
    @property
    def found(self) -> bool: ...
    def clusters_json(self) -> str: ...
    def assignments_json(self) -> str: ...
    @property
    def assigned(self) -> int: ...
    def assignments(self) -> _ArrowTable: ...

@final
class Reply:
    def give(self, answer: bytes | None) -> None: ...

@final
class Proved:
    def to_json(self) -> str: ...

def import_kubernetes(
    files: list[tuple[str, str | None]],
    options: str,
    draft: bool,
) -> tuple[Fleet | None, str, list[tuple[str, str]]]: ...
def plan(
    fleet: Fleet,
    *,
    began: float,
    time_limit: float | None,
    work_limit: int | None,
    seed: int,
    threads: int | None,
    as_of: str | None,
    names_from: str | None,
    objective: list[str] | None,
    limits: list[tuple[str, str]],
    hears: Callable[[float, str, int | None, str | None, str | None], object] | None = None,
    workers: object | None = None,
) -> tuple[Made, Proved, bool]: ...
def check_plan(fleet: Fleet, document: str, as_of: str | None) -> tuple[list[tuple[str, str]], list[str], bool]: ...
def check_bound(
    fleet: Fleet, document: str, proof: str, as_of: str | None, work_limit: int
) -> tuple[Literal["verified", "refuted", "undecided"], str]: ...
def check_as(
    fleet: Fleet, document: str, as_of: str | None, kind: str, source: str | os.PathLike[str] | None
) -> str: ...
def decimal(number: float) -> str: ...
def pack(
    sizes: list[list[int]],
    capacity: list[int],
    counts: list[int],
    conflicts: list[tuple[int, int]],
    *,
    began: float,
    time_limit: float | None,
    work_limit: int | None,
    seed: int,
    threads: int | None,
    hears: Callable[[float, str, int | None, str | None, str | None], object] | None = None,
) -> tuple[
    str,
    Literal["optimal", "feasible", "infeasible", "unknown"],
    int,
    Literal["certified", "claimed", "none"],
    bool,
]: ...
def record_table(columns: list[tuple[str, Any, list[Any]]]) -> _ArrowTable: ...
def plan_text(document: str) -> str: ...
def plan_csv(document: str) -> str: ...
def audit(fleet: Fleet, as_of: str | None, baseline: str | None, within: int) -> str: ...
def read_audit(document: str) -> str: ...
def audit_as(
    document: str,
    kind: Literal["text", "sarif", "junit", "github"],
    fail_on: Literal["violation", "warning", "note"],
    within: int | None,
) -> str: ...
def audit_baseline(document: str) -> str: ...
def audit_failures(document: str, fail_on: Literal["violation", "warning", "note"], within: int | None) -> int: ...
def place(
    fleet: Fleet,
    workloads: list[str],
    together: bool,
    further: str | None,
    json: bool,
    as_of: str | None,
) -> tuple[str, str]: ...
def grow(
    fleet: Fleet,
    *,
    by: str | None,
    up_to: str,
    of: str,
    add: Fleet | None,
    rises: int,
    began: float,
    time_limit: float | None,
    work_limit: int | None,
    seed: int,
    threads: int | None,
    as_of: str | None,
    workers: object | None = None,
    hears: Callable[[float, str, int | None, str | None, str | None], object] | None = None,
) -> tuple[str, str, bool]: ...
def frontier(
    fleet: Fleet,
    *,
    began: float,
    time_limit: float | None,
    work_limit: int | None,
    seed: int,
    threads: int | None,
    as_of: str | None,
    workers: object | None = None,
    hears: Callable[[float, str, int | None, str | None, str | None], object] | None = None,
) -> tuple[str, bool]: ...
def read_frontier(document: str) -> str: ...
def frontier_text(document: str) -> str: ...
def blast(
    fleet: Fleet,
    *,
    plan: str | None,
    today: bool,
    subject: str | None,
    began: float,
    time_limit: float | None,
    work_limit: int | None,
    seed: int,
    threads: int | None,
    as_of: str | None,
    hears: Callable[[float, str, int | None, str | None, str | None], object] | None = None,
) -> tuple[str, bool]: ...
def blast_of(plan: str, fleet: Fleet | None, subject: str | None) -> str: ...
def report(plan: str, fleet: Fleet, format: str, prices: str | None, migration: str | None) -> str: ...
def report_fragment(plan: str) -> str: ...
def bundle(
    fleet: Fleet,
    plan: str,
    certificate: str | None,
    *,
    source: str | None,
    began: float,
    time_limit: float | None,
    work_limit: int | None,
) -> tuple[bytes, bool]: ...
def manifests(plan: str, fleet: Fleet, target: str, options: str) -> MadeManifests: ...
def read_blast(document: str) -> str: ...
def blast_text(document: str) -> str: ...
def compare(
    these: list[tuple[str, Fleet | None, str]],
    *,
    premium: bool,
    began: float,
    time_limit: float | None,
    work_limit: int | None,
    seed: int,
    threads: int | None,
    as_of: str | None,
    hears: Callable[[float, str, int | None, str | None, str | None], object] | None = None,
) -> tuple[str, bool]: ...
def read_comparison(document: str) -> str: ...
def comparison_text(document: str) -> str: ...
def diff(before: str, after: str) -> str: ...
def read_diff(document: str) -> str: ...
def diff_as(document: str, kind: Literal["sarif", "junit", "github"], failing: bool) -> str: ...
def diff_text(document: str) -> str: ...
def levers(fleet: Fleet, classes: bool) -> list[list[str]]: ...
def without(fleet: Fleet, ids: list[str]) -> Fleet: ...
def trust_graph(
    fleet: Fleet, by: str, most: int, as_of: str | None
) -> tuple[
    list[
        tuple[
            str | None,
            list[str],
            list[str],
            list[str],
            list[str],
            list[str],
            list[str],
            list[str],
            list[int],
            list[int],
        ]
    ],
    list[int],
    list[int],
    list[int],
    list[int],
    list[tuple[list[tuple[str, bool, str]], list[tuple[str, list[str]]]]],
    str,
    list[str],
]: ...
def with_limits(fleet: Fleet, limits: list[tuple[str, str]]) -> Fleet: ...
def relax(
    fleet: Fleet,
    *,
    goal: str,
    most: str | None,
    choice: tuple[list[str] | None, list[str], list[str], list[tuple[str, int]]],
    sets: int,
    began: float,
    time_limit: float | None,
    work_limit: int | None,
    seed: int,
    threads: int | None,
    as_of: str | None,
    workers: object | None = None,
    hears: Callable[[float, str, int | None, str | None, str | None], object] | None = None,
) -> tuple[str, bool]: ...
def prices(
    fleet: Fleet,
    *,
    cost: bool,
    choice: tuple[list[str] | None, list[str], list[str], list[tuple[str, int]]],
    ladder: list[str],
    tenants: bool,
    began: float,
    time_limit: float | None,
    work_limit: int | None,
    seed: int,
    threads: int | None,
    as_of: str | None,
    workers: object | None = None,
    hears: Callable[[float, str, int | None, str | None, str | None], object] | None = None,
) -> tuple[str, bool]: ...
def why_not(
    fleet: Fleet,
    *,
    who: str,
    together: str | None,
    cluster: str | None,
    most: int,
    choice: tuple[list[str] | None, list[str], list[str], list[tuple[str, int]]],
    began: float,
    time_limit: float | None,
    work_limit: int | None,
    seed: int,
    threads: int | None,
    as_of: str | None,
    workers: object | None = None,
    hears: Callable[[float, str, int | None, str | None, str | None], object] | None = None,
) -> tuple[str, bool]: ...
def read_why_not(document: str) -> str: ...
def why_not_text(document: str) -> str: ...
def read_relaxed(document: str) -> str: ...
def read_prices(document: str) -> str: ...
def relaxed_text(document: str) -> str: ...
def prices_text(document: str) -> str: ...
def why(
    fleet: Fleet,
    document: str,
    proved: Proved | str | None,
    *,
    certificate: str | None,
    time_limit: float | None,
    work_limit: int | None,
    seed: int,
    threads: int | None,
) -> tuple[str, bool]: ...
def read_why(document: str) -> str: ...
def why_text(document: str, depth: int) -> str: ...
def answer_html(kind: str, document: str, whole: bool, depth: int) -> str: ...
def answer_located(kind: str, document: str, text: str, json: bool) -> str: ...
def migrate(
    fleet: Fleet,
    plan: str,
    *,
    began: float,
    time_limit: float | None,
    work_limit: int | None,
    as_of: str | None,
    until: str | None,
    max_in_flight: int | None,
    first: int | None,
    allow_downtime: bool,
    extra_clusters: int,
    extra_template: str | None,
    hears: Callable[[float, str, int | None, str | None, str | None], object] | None = None,
) -> tuple[str, bool]: ...
def read_migration(document: str) -> str: ...
def migration_text(document: str) -> str: ...
def replay_migration(
    fleet: Fleet, plan: str, document: str, as_of: str | None
) -> tuple[list[str], list[str], bool]: ...
def schema(
    kind: Literal[
        "fleet",
        "plan",
        "audit",
        "baseline",
        "places",
        "growth",
        "frontier",
        "why",
        "why-not",
        "diff",
        "blast",
        "comparison",
        "batch",
        "relaxed",
        "prices",
        "migration",
        "evidence",
    ],
) -> str: ...
def run_program(arguments: list[str]) -> int: ...
def work_on(job: bytes) -> bytes: ...
