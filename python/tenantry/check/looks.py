"""Which two texts people take for the same: one spelling in two cases or encodings, letters that look alike, a slip.

At least as strict as the program: it compares letters of every script by the skeletons of UTS 39. The standard library
has no table of those, so that texts of letters beyond Latin ones with accents are not judged here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Iterable

from .reading import UndecidedError, UnreadableError

LONGEST = 256  # of texts that may be slips of one another
SAME = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "m": "rn", "`": "'", '"': "''"})


def fold(word: str) -> str:
    """A text in compatibility form, without case and white space."""
    wide = (mark for mark in unicodedata.normalize("NFKC", word) if not mark.isspace())
    return "".join(low.lower() for mark in wide for low in mark.upper())


def base(word: str) -> str | None:
    """What the text looks like without its accents; None where that takes a table."""
    apart = unicodedata.normalize("NFKD", word)
    bare = "".join(mark for mark in apart if not unicodedata.combining(mark) and not mark.isspace())
    return bare.lower().translate(SAME) if bare.isascii() else None


def alike(one: str, other: str) -> bool:
    """Whether the two look the same on paper."""
    if fold(one) == fold(other):
        return True
    mine, theirs = base(one), base(other)
    if mine is None or theirs is None or (mine == theirs and not (one.isascii() and other.isascii())):
        raise UndecidedError(f"whether {one!r} and {other!r} look the same takes tables that are not here")
    return mine == theirs


def near(one: str, other: str) -> bool:
    """Whether one may be the other with a slip: alike, or an edit for every four characters away."""
    folded, its = fold(one), fold(other)
    longest = max(len(folded), len(its))
    most = max(1, longest // 4)
    if 3 <= longest <= LONGEST and abs(len(folded) - len(its)) <= most and distance(folded, its) <= most:
        return True
    if alike(one, other):
        return True
    mine, theirs = base(one) or "", base(other) or ""  # known to both, or `alike` had raised
    return 3 <= longest <= LONGEST and not (one.isascii() and other.isascii()) and distance(mine, theirs) <= most


def distance(one: str, other: str) -> int:
    """Edits from one text to another: insertions, deletions, changes, swaps of neighbours that are not edited again."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for a, mark in enumerate(one, 1):
        earlier, before, row = before, row, [a]
        for b, its in enumerate(other, 1):
            best = min(before[b] + 1, row[b - 1] + 1, before[b - 1] + (mark != its))
            if a > 1 and b > 1 and mark == other[b - 2] and one[a - 2] == its:
                best = min(best, earlier[b - 2] + 1)
            row.append(best)
    return row[-1]


def distinct(words: Iterable[tuple[str, Hashable]], place: str) -> None:
    """Words of different owners do not look the same. Letters of ASCII that resemble one another are told apart.

    Raises UnreadableError where two do, UndecidedError where that takes tables.
    """
    folded: dict[str, tuple[str, Hashable]] = {}
    seen: dict[str | None, tuple[str, Hashable]] = {}
    strange: str | None = None
    for word, owner in words:
        twin, its = folded.setdefault(fold(word), (word, owner))
        if its != owner:
            raise UnreadableError(f"{place}: {word!r} and {twin!r} look the same")
        look = base(word)
        twin, its = seen.setdefault(look, (word, owner))
        strange = word if look is None else strange
        both = word.isascii() and twin.isascii()
        if (its != owner and not both) or (strange is not None and len(seen) > 1):
            raise UndecidedError(f"{place}: whether {word!r} and {twin!r} look the same takes tables that are not here")
