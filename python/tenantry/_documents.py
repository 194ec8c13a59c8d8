"""What all documents that are read back have in common."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any, Self


class Document:
    """A document as the engine wrote it. Immutable; can be pickled and copied."""

    _json: str

    @classmethod
    def _of(cls, document: str) -> Self:
        """Wraps a document that the engine wrote."""
        it = cls.__new__(cls)
        it._json = document
        return it

    @cached_property
    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self._json)
        return document

    @property
    def name(self) -> str:
        """The fleet's name."""
        return str(self._document["name"])

    @property
    def as_of(self) -> str:
        """The day on which waivers and stays were judged."""
        return str(self._document["asOf"])

    def to_json(self) -> str:
        """The document: same input, same bytes."""
        return self._json

    def to_dict(self) -> dict[str, Any]:
        """The document as plain Python values."""
        document: dict[str, Any] = json.loads(self._json)
        return document

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self._json == other._json

    def __hash__(self) -> int:
        return hash(self._json)

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self)._of, (self._json,))
