"""A dictionary that stays as it is, so that records which hold one can be compared, hashed and shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class FrozenDict(dict[K, V]):
    """A dictionary that cannot be changed, with a hash. Made once, it is equal to any dictionary of the same entries.

    Example:
        >>> requests = FrozenDict(cpu="2")
        >>> requests == {"cpu": "2"}, hash(requests) == hash(FrozenDict(cpu="2"))
        (True, True)
        >>> requests["cpu"] = "3"
        Traceback (most recent call last):
        ...
        TypeError: a record cannot be changed: make a dict of it first
    """

    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    if not TYPE_CHECKING:  # for those a field is a `Mapping`, which has none of these

        def _refuse(self, *_: Any, **__: Any) -> NoReturn:
            raise TypeError("a record cannot be changed: make a dict of it first")

        __setitem__ = __delitem__ = __ior__ = _refuse
        clear = pop = popitem = setdefault = update = _refuse

    def __copy__(self) -> FrozenDict[K, V]:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> FrozenDict[K, V]:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (dict(self),))
