"""Files under one folder, and no others."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePath
from typing import Any

from tenantry.html import visible
from tenantry.mcp.errors import RefusedError


class Root:
    """The folder whose files can be read."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        """Takes a folder that is there.

        Raises:
            RefusedError: it is not, or is none.
        """
        try:
            self.folder: Path = Path(folder).resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            raise RefusedError("file", f"the root {visible(str(folder))} is not there") from None
        if not self.folder.is_dir():
            raise RefusedError("file", f"the root {visible(str(folder))} is no folder")

    def read(self, path: str, most: int) -> bytes:
        """A regular file, whole.

        The path is followed to its end first, and then opened from the root down without following anything: what is
        changed in between is refused, not read.

        Raises:
            RefusedError: the path leads out of the root, or to no regular file, or there are more bytes than `most`.
        """
        shown = visible(path)
        given = PurePath(path)
        if given.is_absolute() or given.drive or ".." in given.parts or "\0" in path or "\\" in path:
            raise RefusedError("file", f"{shown}: a path is relative to the root, and has no `..` and no backslash")
        try:
            real = (self.folder / given).resolve()  # not strictly: whether there is something outside is not said
        except (OSError, RuntimeError, ValueError):
            raise RefusedError("file", f"{shown}: this path cannot be followed") from None
        if not real.is_relative_to(self.folder):
            raise RefusedError("file", f"{shown}: it leads out of the root")
        try:
            with os.fdopen(self._open(real), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise RefusedError("file", f"{shown}: this is no regular file")
                data = file.read(most + 1)
        except OSError as error:
            raise RefusedError("file", f"{shown}: it cannot be read: {error.strerror}") from None
        if len(data) > most:
            raise RefusedError("limit", f"{shown}: it has more than {most} bytes, the limit of this server")
        return data

    def _open(self, real: Path) -> int:
        flags: int = os.O_RDONLY
        for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
            flags |= getattr(os, name, 0)
        if os.open not in os.supports_dir_fd:
            return os.open(real, flags)
        parts: Any = real.relative_to(self.folder).parts
        if not parts:
            return os.open(self.folder, flags)
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for part in parts[:-1]:
                inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
                os.close(folder)
                folder = inner
            return os.open(parts[-1], flags, dir_fd=folder)
        finally:
            os.close(folder)
