"""Names and texts: what they may look like, and which are so nearly alike that one may be a slip of the other."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from .reading import UnreadableError

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
IDENTIFIER = re.compile(r"[A-Za-z0-9._-]{1,63}")
RESOURCE = re.compile(r"[A-Za-z0-9._/-]{1,253}")
# blank or without a mark of their own, though Unicode counts them among letters, marks and symbols
BLANK = re.compile(r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
# Latin letters that are no letter of ASCII with a mark above or below: what they look like (UTS 39), a stroke aside;
# those that look like no other stand for themselves
JOINED = {"Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe"}
STRUCK = {"Ø": "O", "ø": "o", "Đ": "D", "đ": "d", "Ð": "D", "Ħ": "H", "ħ": "h", "Ł": "L", "ł": "l", "Ŧ": "T", "ŧ": "t"}
LATIN = {**JOINED, **STRUCK, "\u0131": "i", "ŋ": "n", "þ": "p", **{own: own for own in "ßẞðÞŊ"}}
ALIKE = str.maketrans({"m": "rn", "1": "l", "I": "l", "|": "l", "0": "o", "O": "o", "`": "'", '"': "''", **LATIN})
LONGEST_NAME, LONGEST_KEY, LONGEST_TEXT = 253, 317, 1000
LONGEST_NEAR, LONGEST_NEAREST = 256, 128  # of texts that may be slips of one another


def plain(word: str) -> bool:
    """Whether all of a text is ASCII that can be seen, or space."""
    return word.isascii() and word.isprintable()


def name(word: str, place: str, *, slash: bool = True) -> str:
    """The name of a tenant, a class and alike: it can be seen, and it begins and ends."""
    hidden = not plain(word) and any(
        unicodedata.category(mark) in ("Cc", "Cf", "Cn", "Co", "Zl", "Zp", "Zs") or BLANK.match(mark)
        for mark in word
        if mark != " "
    )
    if not 1 <= len(word) <= LONGEST_NAME or hidden or word != word.strip():
        raise UnreadableError(f"{place}: {word!r} is no name: 1 to {LONGEST_NAME} characters that can be seen")
    if not slash and "/" in word:
        raise UnreadableError(f"{place}: {word!r}: a name here has no slash")
    return word


def identifier(word: str, place: str) -> str:
    """The name of an attribute, a level or a rule."""
    if not IDENTIFIER.fullmatch(word):
        raise UnreadableError(f"{place}: {word!r} is no name: letters, digits, '.', '_' and '-', at most 63")
    return word


def free(word: str, place: str, most: int = LONGEST_TEXT) -> str:
    """Free text."""
    controls = () if plain(word) else (mark for mark in word if unicodedata.category(mark) == "Cc")
    if len(word) > most or any(mark not in "\n\t" for mark in controls):
        raise UnreadableError(f"{place}: a text of at most {most} characters, none of them for control, is needed")
    return word


def labels(owner: dict[str, Any], place: str) -> None:
    """Labels and mitigations."""
    for key, word in owner.get("labels", {}).items():
        free(key, f"{place}.labels", LONGEST_KEY)
        free(word, f"{place}.labels")
    for word in owner.get("mitigations", []):
        free(word, f"{place}.mitigations")


def distinct(entries: Iterable[str], place: str) -> Iterator[str]:
    """The same entries; raises at one that stands there twice."""
    seen: set[str] = set()
    for entry in entries:
        if entry in seen:
            raise UnreadableError(f"{place}: {entry!r} stands there twice")
        seen.add(entry)
        yield entry


def fold(word: str) -> str:
    """A text in compatibility form, without case and white space."""
    wide = unicodedata.normalize("NFKC", word)
    bare = "".join(mark.lower().upper().lower() for mark in wide if not mark.isspace())
    return unicodedata.normalize("NFKC", bare)


def looks(word: str, place: str) -> set[str]:
    """What a text looks like, without the marks on its letters, read in small letters and as it stands.

    Letters of other scripts may look like any: to tell takes tables which are not in the standard library.
    """
    bare = [mark for mark in unicodedata.normalize("NFKD", word) if unicodedata.category(mark) != "Mn"]
    if not all(mark.isascii() or mark in LATIN for mark in bare):
        raise UnreadableError(f"{place}: {word!r}: letters beyond Latin ones are not told apart here")
    text = "".join(bare)
    return {fold(text).translate(ALIKE), fold(text.translate(ALIKE))}


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


def alike(word: str, known: str, place: str) -> bool:
    """Whether two texts look the same on paper."""
    return fold(word) == fold(known) or not looks(word, place).isdisjoint(looks(known, place))


def twins(words: Iterable[str], place: str) -> Iterator[tuple[str, str]]:
    """Pairs of different texts that look the same; letters of ASCII that resemble one another are told apart."""
    entries = list(words)
    plain = all(word.isascii() for word in entries)
    seen: dict[str, str] = {}
    for word in entries:
        for look in {fold(word)} if plain else {fold(word), *looks(word, place)}:
            other = seen.setdefault(look, word)
            if other != word:
                yield word, other


def nearly(word: str, known: str, place: str) -> bool:
    """Whether a value may be a slip of another: it looks the same, or is an edit for every four marks away."""
    folded, its = fold(word), fold(known)
    longest = max(len(word), len(known), len(folded), len(its))
    if alike(word, known, place):
        return True
    if not 3 <= longest <= LONGEST_NEAR:
        return False
    bare = [(folded, its), (min(looks(word, place)), min(looks(known, place)))]
    return any(distance(*pair) <= max(1, longest // 4) for pair in bare)


def meant(word: str, known: Iterable[str]) -> bool:
    """Whether a name that is not known is near one that is: two edits, or a third of its length."""
    if len(word.encode()) > LONGEST_NEAREST:
        return False
    allowed = max(2, len(word) // 3)
    for other in known:
        if other == word or len(other.encode()) > LONGEST_NEAREST or abs(len(other) - len(word)) > allowed:
            continue
        edits = 0 if fold(other) == fold(word) else distance(word, other)
        if edits <= allowed and edits < max(len(word), len(other)):
            return True
    return False


def is_day(value: Any) -> bool:
    """Whether it is a day as YYYY-MM-DD."""
    try:
        return isinstance(value, str) and str(date.fromisoformat(value)) == value
    except ValueError:
        return False


def day(value: Any, place: str) -> str:
    """YYYY-MM-DD, which compares as a string."""
    if not is_day(value):
        raise UnreadableError(f"{place}: a day is written YYYY-MM-DD")
    return str(value)
