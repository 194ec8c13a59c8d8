"""Reading documents strictly, and what a check can end in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeGuard

LARGEST = 2**64 - 1  # of any single number in a certificate
MINUS = re.compile(rb"-0(?![0-9.eE])")  # wherever -0 stands, and perhaps elsewhere


class UnreadableError(Exception):
    """A document that is not what it should be."""


class RefutedError(Exception):
    """Something that does not hold, and where."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place}: {why}")
        self.place = place
        self.why = why


class UndecidedError(Exception):
    """The work limit ended the check, or there is no proof to check."""

    def __str__(self) -> str:
        return super().__str__() or "the check came to its limit of work, memory or numbers, and decided nothing"


@dataclass(frozen=True)
class Verdict:
    """What a check found: ``word`` is VERIFIED, REFUTED or UNDECIDED."""

    word: str
    bounds: tuple[int, ...] = ()
    place: str = ""
    why: str = ""
    note: str = ""

    def __str__(self) -> str:
        bounds = f"bounds {', '.join(map(str, self.bounds))}" if self.bounds else ""
        reason = f"{self.place}: {self.why}" if self.why else ""
        return " ".join(part for part in (self.word, bounds, reason, self.note) if part)


class Figures:
    """Figures and lists of a plan that are not what follows from the fleet.

    Of a plan for this very version of the fleet, the first one refutes it. What a plan for another version, or for a
    day with other waivers, says of its own may have been so there: it is kept, and the plan decided by what else is
    found. ``same`` is asked once, where something is not so.
    """

    def __init__(self, same: Callable[[], bool]) -> None:
        self.same = same
        self.wrong: list[RefutedError] = []

    def add(self, place: str, why: str) -> None:
        """Something is not as it should be."""
        found = RefutedError(place, why)
        if not self.wrong and self.same():
            raise found
        self.wrong.append(found)

    def expect(self, stated: Any, right: Any, place: str) -> None:
        """Adds what is not as it should be."""
        if stated != right:
            self.add(place, f"{stated}, not {right}")


@dataclass
class Budget:
    """An allowance of elementary steps."""

    left: int

    def spend(self, steps: int) -> None:
        """Accounts for steps; raises UndecidedError when there are none left."""
        self.left -= steps
        if self.left < 0:
            raise UndecidedError


def today() -> str:
    """The day, in UTC."""
    return datetime.now(UTC).date().isoformat()


class Written(str):
    """A number that is not an integer, as it was written."""


def parse(data: bytes) -> Any:
    """JSON without repeated keys. A number with a point or an exponent becomes the text that was written."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            raise UnreadableError("a key is repeated")
        return result

    def constant(text: str) -> Any:
        raise UnreadableError(f"{text} is not JSON")

    def integer(text: str) -> Any:
        return Written(text) if text == "-0" else int(text)

    try:
        document = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=unique,
            parse_constant=constant,
            parse_int=integer if MINUS.search(data) else int,  # -0 is not an integer, here as there
            parse_float=Written,
        )
        if b"\\ud" in data.lower():  # half of a surrogate pair is no text: this raises a ValueError
            json.dumps(document, ensure_ascii=False).encode()
        return document
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"not JSON: {error}") from error


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether it is an object. The keys of one that was read are text."""
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Whether it is a list."""
    return isinstance(value, list)


def plain(value: Any) -> Any:
    """The same document as ``parse`` returns it: floats become the text that is written for them."""
    if is_object(value):
        if not all(type(key) is str for key in value):
            raise UnreadableError("a key is no string")
        return {key: plain(entry) for key, entry in value.items()}
    if is_list(value):
        return [plain(entry) for entry in value]
    return Written(repr(value)) if type(value) is float else value


def record(value: Any, place: str, *keys: str) -> list[Any]:
    """The values of an object that has exactly these keys."""
    if not is_object(value) or value.keys() != set(keys):
        raise UnreadableError(f"{place}: an object with the keys {', '.join(keys)} is needed")
    return [value[key] for key in keys]


def fields(value: Any, place: str, required: Iterable[str], optional: Iterable[str] = ()) -> dict[str, Any]:
    """An object that has all of the required keys, perhaps some of the optional ones, and no other."""
    if not is_object(value):
        raise UnreadableError(f"{place}: an object is needed")
    unknown = set(value) - set(required) - set(optional)
    missing = set(required) - set(value)
    if unknown or missing:
        raise UnreadableError(f"{place}: unknown keys {sorted(unknown)}, missing keys {sorted(missing)}")
    return value


def sequence(value: Any, place: str) -> list[Any]:
    """A list."""
    if not is_list(value):
        raise UnreadableError(f"{place}: a list is needed")
    return value


def text(value: Any, place: str) -> str:
    """A string that was quoted."""
    if type(value) is not str:
        raise UnreadableError(f"{place}: a string is needed")
    return value


def integer(value: Any, place: str, low: int = 0, high: int = LARGEST) -> int:
    """An integer in a range."""
    if type(value) is not int or not low <= value <= high:
        raise UnreadableError(f"{place}: an integer from {low} to {high} is needed")
    return value


def integers(value: Any, place: str) -> list[int]:
    """A list of integers."""
    entries = sequence(value, place)
    if set(map(type, entries)) <= {int} and min(entries, default=0) >= 0 and max(entries, default=0) <= LARGEST:
        return list(entries)
    return [integer(entry, place) for entry in entries]  # one of them says what is wrong
