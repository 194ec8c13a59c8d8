"""The fleet: what is to be planned."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenantry import _core
from tenantry.plans import Explanation
from tenantry.tables import document_from_tables, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenantry.builder import FleetBuilder
    from tenantry.tables import Table


class Fleet:
    """A valid fleet: policy, tenants, workloads and cluster templates. Immutable; can be pickled and copied.

    Make one with `load`, `from_yaml`, `from_json`, `from_dict`, `from_tables` or `builder`. Each raises
    `FleetError` with every problem at once.
    """

    def __init__(self, core: _core.Fleet) -> None:
        """Wraps the engine's fleet; use one of the class methods."""
        self._core = core

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Fleet:
        """Reads a ``tenantry/v1`` document from a file, YAML or JSON (by its name, else by its first character).

        Raises:
            OSError: the file cannot be read.
            FleetError: it is not a fleet.
        """
        file = Path(path)
        data = file.read_bytes()
        json_like = file.suffix not in {".yaml", ".yml"} and data.lstrip().startswith((b"{", b"["))
        return cls(_core.Fleet.from_bytes(data, file.suffix == ".json" or json_like))

    @classmethod
    def from_yaml(cls, text: str) -> Fleet:
        """Reads a YAML document.

        Raises:
            FleetError: it is not a fleet.
        """
        return cls(_core.Fleet.from_yaml(text))

    @classmethod
    def from_json(cls, text: str) -> Fleet:
        """Reads a JSON document.

        Raises:
            FleetError: it is not a fleet.
        """
        return cls(_core.Fleet.from_json(text))

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Fleet:
        """Reads a document given as plain Python values, numpy scalars included.

        Raises:
            FleetError: it is not a fleet.
            TypeError: a value has no JSON form.
        """
        return cls(_core.Fleet.from_json(json.dumps(plain(document), allow_nan=False)))

    @classmethod
    def from_tables(
        cls,
        workloads: Table,
        tenants: Table,
        policy: Mapping[str, Any] | None = None,
        templates: Table | None = None,
        **rest: Any,
    ) -> Fleet:
        """Reads a fleet from three tables beside the policy.

        A table is a list of dicts or any DataFrame (pandas, polars) that has ``to_dict`` or ``to_dicts``; NaN, NaT, NA
        and ``None`` are missing. Columns are the document's keys; nested ones are written with a dot: ``requests.cpu``,
        ``attributes.environment``, ``replicas.max``, ``allocatable.memory``.

        Args:
            workloads: one row a workload.
            tenants: one row a tenant.
            policy: the document's ``policy``.
            templates: one row a cluster template.
            rest: other top-level keys: ``name``, ``asOf`` (or ``as_of``), ``defaults``, ``objective``.

        Raises:
            FleetError: it is not a fleet.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.from_tables(
            ...     workloads=[{"name": "web", "tenant": "shop", "requests.cpu": "1", "requests.memory": "1Gi"}],
            ...     tenants=[{"name": "shop", "trust": "trusted"}],
            ...     templates=[{"name": "small", "allocatable.cpu": "8", "allocatable.memory": "32Gi"}],
            ... )
            >>> len(tenantry.plan(fleet).clusters)
            1
        """
        return cls.from_dict(document_from_tables(workloads, tenants, policy, templates, rest))

    @staticmethod
    def builder(name: str = "") -> FleetBuilder:
        """A fleet step by step; see `FleetBuilder`."""
        from tenantry.builder import FleetBuilder  # it builds fleets: a circle at import time

        return FleetBuilder(name)

    @property
    def name(self) -> str:
        """Its name; empty where none is given."""
        return self._core.name

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical document: the same for the YAML and the JSON form."""
        return self._core.digest

    @property
    def workloads(self) -> tuple[str, ...]:
        """The identities of the workloads, by tenant, namespace and name."""
        return tuple(self._core.workloads)

    @property
    def tenants(self) -> tuple[str, ...]:
        """The names of the tenants, sorted."""
        return tuple(self._core.tenants)

    @property
    def templates(self) -> tuple[str, ...]:
        """The names of the cluster templates, sorted."""
        return tuple(self._core.templates)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the reader of a plan should know of this input."""
        return tuple(self._core.warnings)

    def explain(self, a: str, b: str, *, as_of: str | None = None) -> Explanation:
        """Why two workloads may or may not share a cluster. Nothing is solved.

        Args:
            a: a workload: ``tenant/name``, ``tenant/namespace/name``, or ``name`` where that is unique.
            b: the other.
            as_of: the day against which waivers are judged, ``YYYY-MM-DD``; default: the fleet's, else today (UTC).

        Raises:
            UsageError: unknown workload or not a date.
            FleetError: two workloads that must be together are separated.
        """
        return Explanation._from_json(*self._core.explain(a, b, as_of))

    def to_dict(self) -> dict[str, Any]:
        """The document as plain Python values; `from_dict` gives the same fleet back."""
        document: dict[str, Any] = json.loads(self._core.to_json())
        return document

    def to_json(self) -> str:
        """The document as JSON."""
        return self._core.to_json()

    def to_yaml(self) -> str:
        """The document as YAML."""
        return self._core.to_yaml()

    def __len__(self) -> int:
        """Number of workloads."""
        return len(self._core.workloads)

    def __repr__(self) -> str:
        return f"<tenantry.Fleet {self.name!r}: {len(self.tenants)} tenants, {len(self)} workloads>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fleet) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Fleet.from_json, (self.to_json(),))

    def __copy__(self) -> Fleet:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Fleet:
        return self
