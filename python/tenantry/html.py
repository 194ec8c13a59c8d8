"""Text of the input, made harmless for what shows it."""

from __future__ import annotations

import unicodedata

_HIDDEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}


def visible(text: str, harmless: str = "", shown: str = "") -> str:
    """Text with codes for marks that hide or turn what is read, but for the `harmless`, and for those to be `shown`."""

    def told(mark: str) -> str:
        plain = mark in harmless or (mark not in shown and unicodedata.category(mark) not in _HIDDEN)
        return mark if plain else f"\\u{{{ord(mark):x}}}"

    clear = text.isascii() and text.isprintable() and not any(mark in text for mark in shown)
    return text if clear else "".join(map(told, text))
