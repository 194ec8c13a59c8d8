"""Names of a package that are imported when somebody asks for them."""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def lazily(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The ``__getattr__`` and the ``__dir__`` of a package that has the modules and what they make.

    Args:
        package: its name.
        homes: of each module the names that are the package's, with spaces between them.
    """
    home_of = {name: home for home, names in homes.items() for name in names.split()}
    space = vars(sys.modules[package])

    def get(name: str) -> object:
        if name in home_of:
            # kept: each is asked for once
            return space.setdefault(name, getattr(import_module(f"{package}.{home_of[name]}"), name))
        if name in homes:
            return import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package])

    def names() -> list[str]:
        told = (name for name in space if name.startswith("__") or f"{package}.{name}" in sys.modules)
        return sorted({*space["__all__"], *told})

    return get, names
