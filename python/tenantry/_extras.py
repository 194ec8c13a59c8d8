"""Packages that are imported only when something asks for them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


def wanted(name: str, for_what: str, install: str | None = None) -> ModuleType:
    """The package of that name.

    Args:
        name: the package.
        for_what: what asks for it.
        install: what `pip install` takes, where that is not the package's name.

    Raises:
        ImportError: it is not there; says what to install. Where it is there and cannot be imported, its own error.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise  # it is there, and something that it needs is not
        message = f"{for_what} needs the package `{name}`: pip install '{install or name}'"
        raise ModuleNotFoundError(message, name=name) from None
