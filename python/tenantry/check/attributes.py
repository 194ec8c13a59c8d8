"""Attributes: what a policy declares, and the class of every value."""

from __future__ import annotations

from typing import Any

from .reading import UnreadableError, is_list, is_object
from .words import alike, distinct, identifier, name, nearly, twins

RESERVED = {"tenant", "namespace", "workload", "trust", "all", "not"}
MOST_OTHERS, MOST_LISTED = 10_000, 1_000  # values that "*" takes, and that stand beside it


class Attribute:
    """A declared attribute with the values that the fleet has."""

    def __init__(self, title: str, declared: Any, given: list[str], place: str) -> None:
        if identifier(title, place) in RESERVED:
            raise UnreadableError(f"{place}: selectors use that word")
        self.title = title
        self.open: bool = declared == "any"
        self.listed: dict[str, str] = {}  # value -> class
        self.rest: str | None = None  # the class of "*"
        self.others: set[str] = set()  # the values that "*" takes
        if is_list(declared):
            self.listed = {name(word, place): word for word in distinct(declared, place) if word != "*"}
            if len(self.listed) < len(declared):
                raise UnreadableError(f"{place}: '*' stands in a list, which has no classes")
        elif is_object(declared):
            self.declare(declared, place)
        if not self.open and not self.listed:
            raise UnreadableError(f"{place}: a closed attribute has a value")
        self.gather(given, place)

    def declare(self, classes: dict[str, Any], place: str) -> None:
        """Classes with their aliases."""
        self.listed = {name(title, place): title for title in classes if title != "*"}
        if len(self.listed) < len(classes):
            raise UnreadableError(f"{place}: '*' is an alias, not a class")
        for title, words in classes.items():
            for word in words if is_list(words) else [words]:
                if word == "*" and self.rest in (None, title):
                    self.rest = title
                elif word == "*" or (word != title and name(word, place) in self.listed):
                    raise UnreadableError(f"{place}: {word!r} is listed twice")
                elif word != title:
                    self.listed[word] = title
        if self.rest is not None and len(self.listed) > MOST_LISTED:
            raise UnreadableError(f"{place}: beside '*' stand at most {MOST_LISTED} values")

    def gather(self, given: list[str], place: str) -> None:
        """The values that stand in the fleet, where the declaration does not list them."""
        for word, other in twins(given if self.open else self.listed, place):
            if self.open or self.listed[word] != self.listed[other]:
                raise UnreadableError(f"{place}: {word!r} looks like {other!r}")
        for word in given:
            if word in self.listed or word in self.others:
                continue
            if self.open:
                self.listed[name(word, place)] = word
            elif self.rest is not None:
                self.others.add(self.unlike(name(word, place), place))
                if len(self.others) > MOST_OTHERS:
                    raise UnreadableError(f"{place}: '*' takes at most {MOST_OTHERS} values")

    def unlike(self, word: str, place: str) -> str:
        """A value that is not nearly a listed one."""
        for known in self.listed:
            if nearly(word, known, place):
                raise UnreadableError(f"{place}: {word!r} is nearly {known!r}, which is listed")
        return word

    def class_of(self, word: str, place: str) -> str:
        """The class of a value that is listed, or that the fleet has."""
        if word in self.listed:
            return self.listed[word]
        if word not in self.others or self.rest is None:
            raise UnreadableError(f"{place}: {word!r} is not a value of {self.title}")
        return self.rest

    def missing(self, word: str, place: str) -> str:
        """The class of what has no value."""
        if name(word, place) == "*":
            raise UnreadableError(f"{place}: '*' is an alias, not a class")
        if not self.open and word in self.listed:
            return self.listed[word]
        if any(alike(word, other, place) for other in (*(self.listed if self.open else ()), *self.others)):
            raise UnreadableError(f"{place}: the class of a missing value is one that workloads have, or looks like it")
        if not self.open:
            self.unlike(word, place)
        return word  # a class of its own, never that of "*"
