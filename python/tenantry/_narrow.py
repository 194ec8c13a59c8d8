"""What a value is that may be anything; what it holds has a type then, too, which `isinstance` alone does not say."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AnySet
from typing import Any, TypeGuard


def is_map(value: object) -> TypeGuard[Mapping[Any, Any]]:
    """Whether it is a mapping."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether it is a list."""
    return isinstance(value, list)


def is_set(value: object) -> TypeGuard[AnySet[Any]]:
    """Whether it is a set."""
    return isinstance(value, AnySet)


def is_sequence(value: object, *but: type) -> TypeGuard[Sequence[Any]]:
    """Whether it is a sequence, and none of these kinds."""
    return isinstance(value, Sequence) and not isinstance(value, but)


def is_iterable(value: object, *but: type) -> TypeGuard[Iterable[Any]]:
    """Whether it can be gone through, and is none of these kinds."""
    return isinstance(value, Iterable) and not isinstance(value, but)


def is_whole_text(text: str) -> bool:
    """Whether a text has characters alone: Python's may have halves of surrogate pairs."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_path(value: object) -> TypeGuard[str | os.PathLike[str]]:
    """Whether it names a file."""
    return isinstance(value, str | os.PathLike)
