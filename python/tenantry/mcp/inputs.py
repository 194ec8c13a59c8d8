"""What the arguments of a call name: fleets and plans, under the root or inline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from tenantry import _core
from tenantry._narrow import is_map
from tenantry.fleet import Fleet
from tenantry.mcp.errors import RefusedError
from tenantry.mcp.files import Root
from tenantry.plans import Plan


@dataclass(frozen=True, slots=True)
class Inputs:
    """The arguments of one call, and where its files are."""

    arguments: Mapping[str, Any]
    root: Root
    most: int
    """Bytes of each file and text."""

    def fleet(self) -> Fleet:
        """The fleet of ``fleet`` or ``fleet_text``.

        Raises:
            RefusedError: not one of the two, or the file is refused.
            FleetError: it is not a fleet.
        """
        return self._fleet(*self._given("fleet"))

    def plan_or_fleet(self, name: str) -> Plan | Fleet:
        """The plan, or the fleet that is to be planned, of such an argument or of its text.

        Raises:
            RefusedError: not one of the two, or the file is refused.
            FleetError: it is neither a plan nor a fleet.
            PlanError: it is a plan that cannot be read.
        """
        data, path = self._given(name)
        return Plan.from_json(data.decode()) if _is_plan(data) else self._fleet(data, path)

    def _fleet(self, data: bytes, path: str) -> Fleet:
        ending = PurePath(path).suffix
        json_like = ending not in {".yaml", ".yml"} and data.lstrip().startswith((b"{", b"["))
        if json_like and not path and not _is_json(data):
            json_like = False  # inline, a brace may begin YAML, too
        return Fleet(_core.Fleet.from_bytes(data, ending == ".json" or json_like, self.most))

    def _given(self, name: str) -> tuple[bytes, str]:
        path, text = self.arguments.get(name), self.arguments.get(f"{name}_text")
        if (path is None) == (text is None):
            raise RefusedError("arguments", f"exactly one of `{name}` (a path) and `{name}_text` (the text) is given")
        if path is not None:
            return self.root.read(path, self.most), path
        data = str(text).encode("utf-8", "surrogatepass")
        if len(data) > self.most:
            raise RefusedError("limit", f"`{name}_text` has more than {self.most} bytes, the limit of this server")
        return data, ""


def _is_plan(data: bytes) -> bool:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return is_map(document) and str(document.get("schema", "")).startswith("tenantry-plan/")


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    except RecursionError:
        return True
    return True
