"""Levers: what separates, limits or ties; what each costs, and what would have to change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from tenantry import _core
from tenantry._documents import LocatedAnswer
from tenantry._narrow import is_iterable, is_map
from tenantry._options import of_type, whole
from tenantry.errors import UsageError
from tenantry.plans import Proof
from tenantry.records import Records


@dataclass(frozen=True, slots=True)
class Lever:
    """One input that separates, limits or ties."""

    id: str
    """What names it, such as ``distrust:pci-scope`` or ``headroom:standard=10%``."""
    kind: str
    path: str
    """Where it stands in the fleet document; empty: it is built in."""
    says: str
    weight: int = 1
    """How hard it is to get."""
    line: int | None = None
    """Its line, where a document was read (`Relaxed.located`)."""


@dataclass(frozen=True, slots=True)
class Needed:
    """The least that is needed: clusters, or money."""

    value: float | None
    """Of the best plan that was found; ``None`` where none was."""
    bound: float | None
    """No plan has less; ``None`` where nothing is known, or where no plan exists."""
    never: bool
    """No plan exists."""
    proof: Proof


@dataclass(frozen=True, slots=True)
class Saved:
    """How much less is needed: both are equal where it is known."""

    least: float
    most: float | None
    """``None`` where nothing is known, or where no plan exists on one side."""


@dataclass(frozen=True, slots=True)
class Slack:
    """How far a limit can tighten with no more needed."""

    now: str
    tightest: str
    next: str | None
    """The next tighter one, with which more is needed."""
    never: bool
    """With the next tighter one no plan exists."""
    exact: bool
    """Whether that is known; else it may go further than ``tightest``."""


@dataclass(frozen=True, slots=True)
class PricedLever:
    """What one lever costs."""

    lever: Lever
    without: Needed
    """What the fleet needs without it."""
    saves: Saved
    alone: Needed | None
    """What it needs with this rule of trust and no other; ``None`` where it is none."""
    pairs_alone: int | None
    """Pairs of workloads that nothing else separates; ``None`` where it is no rule, or the limits came first."""
    slack: Slack | None


@dataclass(frozen=True, slots=True)
class LadderStep:
    """A rule of trust that is added to those before it."""

    lever: str | None
    """Its id; ``None`` for the first step, which has none."""
    needed: Needed


@dataclass(frozen=True, slots=True)
class PricedTenant:
    """What a tenant costs."""

    tenant: str
    workloads: int
    without: Needed
    saves: Saved


@dataclass(frozen=True, slots=True)
class PricedMitigation:
    """What a mitigation would save if it counted. It never does in a plan."""

    name: str
    workloads: int
    needed: Needed
    saves: Saved


@dataclass(frozen=True, slots=True)
class WaiverDraft:
    """A waiver as it could stand in the policy, but for who approves it and until when."""

    id: str
    between: tuple[Mapping[str, tuple[str, ...]], Mapping[str, tuple[str, ...]]]
    """The two sides: ``tenant`` or ``workload``, with names."""
    waives: tuple[str, ...]
    reason: str
    pairs: int
    """Pairs of workloads that would share a cluster against these reasons."""


@dataclass(frozen=True, slots=True)
class RelaxedSet:
    """A minimal set of levers: without all of them the goal is met."""

    levers: tuple[Lever, ...]
    weight: int
    reached: Needed
    minimal: Proof
    """What backs that with any one of them put back the goal is missed."""
    waivers: tuple[WaiverDraft, ...]
    """Smaller exceptions instead. Nobody has approved them."""


class Relaxed(LocatedAnswer):
    """What would have to change. Immutable; can be pickled. Made by `Fleet.relax`, or read with `from_json`."""

    _kind = "relaxed"

    def __init__(self, document: str) -> None:
        """The same as `Relaxed.from_json`."""
        of_type(document, str, "a document of `relax` is read from its text", {dict: "json.dumps"})
        self._json = _core.read_relaxed(document)

    @classmethod
    def from_json(cls, document: str) -> Relaxed:
        """Reads a ``tenantry-relaxed/v1`` document.

        Raises:
            PlanError: it is none.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> made = fleet.relax(clusters=6)
            >>> tenantry.Relaxed.from_json(made.to_json()) == made
            True
        """
        return cls(document)

    @property
    def goal(self) -> Mapping[str, float] | str:
        """What is to suffice: ``{"clusters": 3}``, ``{"cost": 1200.5}`` or ``"feasible"``."""
        goal: Mapping[str, float] | str = self._document["goal"]
        return goal

    @property
    def today(self) -> Needed:
        """What the fleet needs as it is."""
        return _needed(self._document["today"])

    @property
    def every_lever(self) -> Needed:
        """What it needs with every lever pulled."""
        return _needed(self._document["everyLever"])

    @cached_property
    def sets(self) -> Records[RelaxedSet]:
        """The minimal sets, the lightest first; none where the fleet is within the goal as it is."""
        return Records(map(_set, self._document["sets"]), RelaxedSet)

    @property
    def complete(self) -> bool:
        """Whether it is shown that there is no further set."""
        return bool(self._document["complete"])

    @property
    def undecided(self) -> tuple[tuple[str, ...], ...]:
        """Sets of which the limits did not allow to say whether they suffice."""
        return tuple(tuple(row["levers"]) for row in self._document["undecided"])

    @property
    def stopped(self) -> Literal["time", "work", "cancelled"] | None:
        """Which limit cut the call short."""
        stopped: Literal["time", "work", "cancelled"] | None = self._document["stopped"]
        return stopped

    def __str__(self) -> str:
        return _core.relaxed_text(self._json)

    def __repr__(self) -> str:
        return f"<tenantry.Relaxed {self.name!r}: {len(self.sets)} sets>"


@dataclass(frozen=True, slots=True)
class ComparedLevel:
    """A level of the objective, as it is and with what was asked for."""

    objective: str
    value: float | None
    """As it is: of the best plan that was found; ``None`` where none was."""
    bound: float | None
    """As it is: no plan has less; ``None`` where nothing is known."""
    wished: float | None
    """With what was asked for."""
    wished_bound: float | None


class WhyNot(LocatedAnswer):
    """Whether something can be done, what it costs, and what stands against it. Immutable; can be pickled.

    Made by `Fleet.why_not`, or read with `from_json`.
    """

    _kind = "why-not"

    def __init__(self, document: str) -> None:
        """The same as `WhyNot.from_json`."""
        of_type(document, str, "a document of `why-not` is read from its text", {dict: "json.dumps"})
        self._json = _core.read_why_not(document)

    @classmethod
    def from_json(cls, document: str) -> WhyNot:
        """Reads a ``tenantry-why-not/v1`` document.

        Raises:
            PlanError: it is none.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> made = fleet.why_not(clusters=6)
            >>> tenantry.WhyNot.from_json(made.to_json()) == made
            True
        """
        return cls(document)

    @property
    def answer(self) -> Literal["already", "free", "costs", "possible", "impossible", "open"]:
        """As it is, at no cost, at a cost, at a cost that is not known, not at all, or not known."""
        answer: Literal["already", "free", "costs", "possible", "impossible", "open"] = self._document["answer"]
        return answer

    @property
    def proof(self) -> Proof:
        """What backs the answer."""
        proof: Proof = self._document["proof"]
        return proof

    @property
    def workloads(self) -> tuple[str, ...]:
        """The workloads that were asked about; none where it was a number of clusters."""
        [asked] = self._document["question"].values()
        return tuple(asked.get("workloads", ()))

    @cached_property
    def levels(self) -> Records[ComparedLevel]:
        """The levels of the objective, the most important first; none where no plan was found."""
        return Records(
            (
                ComparedLevel(row["objective"], row["value"], row["bound"], row["wished"], row["wishedBound"])
                for row in self._document["levels"]
            ),
            ComparedLevel,
        )

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it cannot be, in words."""
        return tuple(self._document["reasons"])

    @cached_property
    def against(self) -> RelaxedSet | None:
        """The lightest minimal set of levers without which it can be.

        ``None`` where it can be as it is, where none suffices, and where the limits came first.
        """
        row = self._document["against"]
        return None if row is None else _set(row)

    @property
    def hopeless(self) -> bool:
        """Whether it is shown that no levers suffice."""
        return bool(self._document["hopeless"])

    @property
    def stopped(self) -> Literal["time", "work", "cancelled"] | None:
        """Which limit cut the call short."""
        stopped: Literal["time", "work", "cancelled"] | None = self._document["stopped"]
        return stopped

    def __str__(self) -> str:
        return _core.why_not_text(self._json)

    def __repr__(self) -> str:
        return f"<tenantry.WhyNot {self.name!r}: {self.answer}>"


class Prices(LocatedAnswer):
    """What rules and limits cost. Immutable; can be pickled. Made by `Fleet.prices`, or read with `from_json`."""

    _kind = "prices"

    def __init__(self, document: str) -> None:
        """The same as `Prices.from_json`."""
        of_type(document, str, "a document of `prices` is read from its text", {dict: "json.dumps"})
        self._json = _core.read_prices(document)

    @classmethod
    def from_json(cls, document: str) -> Prices:
        """Reads a ``tenantry-prices/v1`` document.

        Raises:
            PlanError: it is none.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> made = fleet.prices(levers="distrust")
            >>> tenantry.Prices.from_json(made.to_json()) == made
            True
        """
        return cls(document)

    @property
    def aim(self) -> Literal["clusters", "cost"]:
        """What is counted."""
        aim: Literal["clusters", "cost"] = self._document["aim"]
        return aim

    @property
    def today(self) -> Needed:
        """What the fleet needs as it is."""
        return _needed(self._document["today"])

    @property
    def without_rules(self) -> Needed:
        """What it needs without the rules of trust that were looked at."""
        return _needed(self._document["withoutRules"])

    @property
    def premium(self) -> Saved:
        """What those take together."""
        return Saved(**self._document["premium"])

    @cached_property
    def levers(self) -> Records[PricedLever]:
        """Each lever, by kind and then in document order."""
        return Records(map(_priced, self._document["levers"]), PricedLever)

    @cached_property
    def ladder(self) -> Records[LadderStep]:
        """The rules of trust added one at a time. The last step is the fleet as it is."""
        return Records(
            (LadderStep(row["lever"], _needed(row["needed"])) for row in self._document["ladder"]), LadderStep
        )

    @cached_property
    def tenants(self) -> Records[PricedTenant]:
        """Each tenant that has workloads, where they were asked for."""
        rows = self._document["tenants"]
        return Records(
            (
                PricedTenant(row["tenant"], row["workloads"], _needed(row["without"]), Saved(**row["saves"]))
                for row in rows
            ),
            PricedTenant,
        )

    @cached_property
    def mitigations(self) -> Records[PricedMitigation]:
        """Each mitigation that workloads state, if it counted."""
        rows = self._document["mitigations"]
        return Records(
            (
                PricedMitigation(row["name"], row["workloads"], _needed(row["needed"]), Saved(**row["saves"]))
                for row in rows
            ),
            PricedMitigation,
        )

    @property
    def stopped(self) -> Literal["time", "work", "cancelled"] | None:
        """Which limit cut the call short."""
        stopped: Literal["time", "work", "cancelled"] | None = self._document["stopped"]
        return stopped

    def __str__(self) -> str:
        return _core.prices_text(self._json)

    def __repr__(self) -> str:
        return f"<tenantry.Prices {self.name!r}: {len(self.levers)} levers>"


def choice(
    levers: Any, also: Any, keep: Any, weights: Any
) -> tuple[list[str] | None, list[str], list[str], list[tuple[str, int]]]:
    """Which levers count, as the engine takes it. What the words say is checked there."""
    if weights is not None and not (is_map(weights) and all(isinstance(key, str) for key in weights)):
        raise UsageError(f'`weights` is a map, such as {{"distrust:pci": 5}}, not {weights!r}')
    weighed: Mapping[str, Any] = weights or {}
    given = [(key, whole(weight, f"`weights`: {key}")) for key, weight in weighed.items()]
    kinds = None if levers is None else words(levers, "`levers`")
    return kinds, words(also, "`also`"), words(keep, "`keep`"), given


def words(value: Any, what: str) -> list[str]:
    """A list of words; one word alone is one."""
    if isinstance(value, str):
        return [value]
    listed = list(value) if is_iterable(value, bytes, Mapping) else [value]
    given = [word for word in listed if isinstance(word, str)]
    if len(given) < len(listed):
        raise UsageError(f"{what} is a list of words, not {value!r}")
    return given


def _needed(row: Mapping[str, Any]) -> Needed:
    return Needed(row["value"], row["bound"], row["never"], row["proof"])


def _priced(row: Mapping[str, Any]) -> PricedLever:
    alone = None if row["alone"] is None else _needed(row["alone"])
    slack = None if row["slack"] is None else Slack(**row["slack"])
    saves = Saved(**row["saves"])
    return PricedLever(Lever(**row["lever"]), _needed(row["without"]), saves, alone, row["pairsAlone"], slack)


def _draft(row: Mapping[str, Any]) -> WaiverDraft:
    first, second = ({key: tuple(names) for key, names in side.items()} for side in row["between"])
    return WaiverDraft(row["id"], (first, second), tuple(row["waives"]), row["reason"], row["pairs"])


def _set(row: Mapping[str, Any]) -> RelaxedSet:
    levers = tuple(Lever(**lever) for lever in row["levers"])
    drafts = tuple(map(_draft, row["waivers"]))
    return RelaxedSet(levers, row["weight"], _needed(row["reached"]), row["minimal"], drafts)
