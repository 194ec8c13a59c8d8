"""The manifests that carry a plan out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tenantry import _core
from tenantry.frozen import FrozenDict

if TYPE_CHECKING:
    from tenantry.fleet import Fleet

ExportTarget: TypeAlias = Literal["kubernetes", "argocd", "flux", "karmada", "ocm", "clusterapi"]
PodSecurity: TypeAlias = Literal["privileged", "baseline", "restricted"]


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file of an export, and what became of it."""

    path: str
    """Its path in the folder, ``/`` between the parts."""
    change: Literal["new", "changed", "same", "removed"]
    """``removed``: an earlier export wrote it, and this one does not."""


@dataclass(frozen=True, slots=True)
class Manifests:
    """Files that carry a plan out, made by `Plan.export`."""

    target: ExportTarget
    files: Mapping[str, str]
    """The text of each file by its path, ``/`` between the parts."""
    notes: tuple[str, ...]
    """What is assumed, left out or still to be done, one sentence each."""
    _made: _core.MadeManifests = field(repr=False, compare=False)
    _of: tuple[str, Fleet, str] = field(repr=False, compare=False)
    """The plan, its fleet and the options: what they are made of again, elsewhere."""

    @classmethod
    def _make(cls, plan: str, fleet: Fleet, target: ExportTarget, options: str) -> Manifests:
        made = _core.manifests(plan, fleet._core, target, options)
        return cls(target, FrozenDict(made.files()), tuple(made.notes()), made, (plan, fleet, options))

    def __reduce__(self) -> tuple[Any, ...]:
        plan, fleet, options = self._of
        return (Manifests._make, (plan, fleet, self.target, options))

    def write(self, folder: str | os.PathLike[str], *, dry_run: bool = False) -> tuple[WrittenFile, ...]:
        """Writes them into a folder, all of them or none; `dry_run` only says what would become of each.

        What is in the folder and was not written by an export for the same target is never touched, and neither is what
        was changed by hand since; what an earlier export wrote and this one does not is removed. The same files once
        more change no byte. ``.tenantry/`` in the folder records what was written.

        Example:
            >>> import tempfile, tenantry
            >>> plan = tenantry.plan(tenantry.Fleet.load("examples/shop.yaml"))
            >>> manifests = plan.export("kubernetes")
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     first = {file.change for file in manifests.write(folder)}
            ...     second = {file.change for file in manifests.write(folder)}
            >>> first, second
            ({'new'}, {'same'})

        Raises:
            UsageError: files stand in the way, all of which it names.
            OSError: the folder cannot be written; it is as it was.
        """
        written = self._made.write(os.fspath(folder), dry_run)
        return tuple(WrittenFile(path, change) for path, change in written)  # type: ignore[arg-type]
