"""A scenario as it goes to a worker, and what comes back: taken as far as it can be gone through here."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from tenantry import _core
from tenantry._narrow import is_map
from tenantry._options import as_day, called, checked, levels
from tenantry._options import limits as limits_of
from tenantry.errors import TenantryError
from tenantry.fleet import Fleet
from tenantry.planning import plan
from tenantry.plans import Plan

CHECK_WORK = 20_000_000_000
"""Work of checking a certificate on arrival, in elementary steps: as ``tenantry check``."""


class Task(TypedDict):
    """What goes to a worker: text and numbers alone."""

    fleet: str
    options: dict[str, Any]


class NotBelieved(Exception):
    """What came back is no answer to what was asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a worker, and known of its answer."""

    fleet: Fleet
    options: dict[str, Any]
    limits: dict[str, float]
    """Those of the call and those of the fleet: of each the smaller."""

    def task(self) -> Task:
        """It, on its way."""
        return Task(fleet=self.fleet.to_json(), options=self.options)


@dataclass(frozen=True, slots=True)
class Arrived:
    """An answer that was gone through: a plan, or an error in words."""

    seconds: float
    plan: Plan | None = None
    """With its certificate."""
    proof: Literal["verified", "undecided"] | None = None
    error: str | None = None
    error_kind: str | None = None


def asked_of(fleet: Fleet, options: Mapping[str, Any], today: str) -> Asked:
    """What goes over, as plain values: whatever was given need not exist where it arrives.

    The day is settled here: clocks of workers differ, and a day may end meanwhile.

    Raises:
        UsageError: one of the options is wrong.
        TypeError: the same.
    """
    plain = checked(**{name: options[name] for name in ("time_limit", "work_limit", "seed", "threads")})
    limits = dict(limits_of(options["limits"]))
    text = fleet.to_json()
    # of a large fleet the text is not read where these words are nowhere in it
    own: dict[str, Any] = json.loads(text) if '"asOf"' in text or '"limits"' in text else {}
    plain |= {"as_of": as_day(options["as_of"]) or own.get("asOf", today)}
    plain |= {"objective": levels(options["objective"]), "limits": limits}
    both = [*limits.items(), *own.get("limits", {}).items()]
    return Asked(fleet, plain, {name: min(_number(of) for it, of in both if it == name) for name, _ in both})


def planned(task: Task) -> dict[str, Any]:
    """Plans one scenario, in whatever process this is."""
    began = time.perf_counter()
    try:
        made = plan(Fleet.from_json(task["fleet"]), **task["options"])
        done = {"plan": made.to_json(), "certificate": made.certificate_json}
    except Exception as error:  # a row of its own, whatever it is
        done = {"error": str(error), "error_kind": type(error).__name__}
    return {**done, "seconds": time.perf_counter() - began}


def arrived(done: object, asked: Asked) -> Arrived:
    """Goes through what came back.

    Raises:
        NotBelieved: it is no answer, or one to something else, or it does not hold.
    """
    if not is_map(done) or not isinstance(done, dict):
        raise NotBelieved(f"what came back is no answer: {called(done)}")
    seconds = done.get("seconds")
    if not isinstance(seconds, float) or not math.isfinite(seconds):
        raise NotBelieved("what came back is no answer: it has no time")
    match done:
        case {"error": str(why), "error_kind": str(kind)} if kind.isidentifier():
            return Arrived(seconds, error=_visible(why), error_kind=kind)
        case {"plan": str(text), "certificate": str(certificate)}:
            pass
        case _:
            raise NotBelieved("what came back is no answer: there is neither a plan with its certificate nor an error")
    try:
        made = Plan.from_json(text, asked.fleet)
        _answers(made, asked)
        verdict, why = checked_bound(asked.fleet, made, certificate)
    except TenantryError as error:  # a document that is none, or of another fleet
        raise NotBelieved(f"what came back is no answer: {_visible(str(error))}") from error
    if verdict == "refuted":
        raise NotBelieved(f"what came back does not hold: {why}")
    return Arrived(seconds, plan=Plan._of(made.to_json(), asked.fleet, certificate), proof=verdict)


def checked_bound(
    fleet: Fleet, made: Plan, certificate: str
) -> tuple[Literal["verified", "refuted", "undecided"], str]:
    """Whether a plan is legal and its bound proved, on the day that it was made for; and why not."""
    return _core.check_bound(fleet._core, made.to_json(), certificate, made.as_of, CHECK_WORK)


def _answers(made: Plan, asked: Asked) -> None:
    """A plan may be right, and of something that nobody asked for."""
    objective = asked.options["objective"]
    for what, stated, right in (
        ("version", made._document["version"], _core.__version__),
        ("day", made.as_of, asked.options["as_of"]),
        ("seed", made.seed, asked.options["seed"]),
        ("objective", made.asked, None if objective is None else tuple(objective)),
        ("limits", {name: float(most) for name, most in made.limits.items()}, asked.limits),
    ):
        if stated != right:
            raise NotBelieved(f"what came back answers something else: its {what} is {stated!r}, not {right!r}")


def _number(amount: Any) -> float:
    try:
        return float(amount)
    except ValueError:  # the worker says what is wrong with it
        return math.nan


def _visible(text: str) -> str:
    """What a worker wrote, with nothing in it that steers a terminal."""
    return "".join(it if it.isprintable() or it == "\n" else f"\\u{{{ord(it):x}}}" for it in text)
