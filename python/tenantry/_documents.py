"""What all documents that are read back have in common."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any, ClassVar, Self

from tenantry import _core
from tenantry._options import of_type


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


class Answer(Document):
    """A document that is shown as a page, too."""

    _kind: ClassVar[str]
    """What `tenantry.schema` calls it."""

    def html(self) -> str:
        """A page of its own that needs nothing else: all that the text says, with tables."""
        return _core.answer_html(self._kind, self._json, whole=True, depth=2)

    def _repr_html_(self) -> str:
        return _core.answer_html(self._kind, self._json, whole=False, depth=2)


class LocatedAnswer(Answer):
    """An answer that names inputs."""

    def located(self, text: str, *, json: bool = False) -> Self:
        """The same with the lines of everything that it names.

        Args:
            text: what the fleet was read from.
            json: whether that is JSON; else it is YAML.

        Example:
            >>> import pathlib, tenantry
            >>> text = pathlib.Path("examples/acme.yaml").read_text()
            >>> "line" in str(tenantry.Fleet.from_yaml(text).why().located(text))
            True
        """
        of_type(text, str, "`text` is what the fleet was read from", {})
        return self._of(_core.answer_located(self._kind, self._json, text, json))
