"""The fleet: what is to be planned."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenantry import _core, kubernetes
from tenantry.errors import InternalError
from tenantry.plans import Explanation
from tenantry.tables import document_from_tables, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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

    @classmethod
    def from_kubernetes(
        cls,
        *paths: str | os.PathLike[str],
        clusters: Mapping[str, str | os.PathLike[str]] | None = None,
        tenant: str | None = None,
        tenant_from: str | None = None,
        trust: str | None = None,
        trust_from: str | None = None,
        attributes: Mapping[str, str | Sequence[str]] | None = None,
        separate: Sequence[str] = (),
        labels: Mapping[str, str] | None = None,
        namespace: str | None = None,
        platform_namespaces: Sequence[str] = (),
        qualify_namespaces: bool = False,
        merge_namespaces: bool = False,
        policy: str | os.PathLike[str] | Mapping[str, Any] | None = None,
        templates: str | os.PathLike[str] | Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        missing_requests: str = "error",
        ignore_kinds: Sequence[str] = (),
        exclude: Sequence[str] = (),
        name: str | None = None,
    ) -> Fleet:
        """Reads Kubernetes manifests and ``kubectl get -o json`` dumps, as ``tenantry import kubernetes`` does.

        What the objects leave open, and what is left out, comes as a Python warning each. An ORIGIN is ``namespace``,
        ``directory``, ``cluster``, ``label:KEY``, ``annotation:KEY``, ``namespace-label:KEY`` or
        ``namespace-annotation:KEY``.

        Args:
            paths: files, or directories of them.
            clusters: dumps of several clusters, by the clusters' names.
            tenant: every workload is this tenant's; or
            tenant_from: an ORIGIN; ``directory:ROOT`` is the first directory below ROOT.
            trust: every workload has this trust level; or
            trust_from: an ORIGIN.
            attributes: attributes to declare, each with an ORIGIN, or several that must agree.
            separate: attributes whose values must not share a cluster.
            labels: free labels to copy, each from an ORIGIN.
            namespace: the namespace of objects that state none.
            platform_namespaces: what runs in these runs in every cluster.
            qualify_namespaces: put the cluster's name before its namespaces.
            merge_namespaces: a namespace that several clusters have is one.
            policy: the fleet's policy, or a file with it; `attributes` and `separate` add to it.
            templates: the cluster templates, or a file with them; none: one without limits.
            missing_requests: ``error``, ``zero``, or such as ``cpu=100m,memory=128Mi``.
            ignore_kinds: kinds to leave out that run pods and cannot be read.
            exclude: what is left out of directories: patterns of ``*``, ``?``, ``[...]`` and ``**``.
            name: the fleet's name.

        Raises:
            OSError: a file cannot be read.
            UsageError: options that contradict one another.
            FleetError: every problem of the objects, with the file and the line.

        Example:
            >>> import pathlib, tempfile, warnings
            >>> import tenantry
            >>> manifest = pathlib.Path(tempfile.mkdtemp(), "web.yaml")
            >>> _ = manifest.write_text(
            ...     "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}, spec: {containers: "
            ...     "[{name: web, image: web, resources: {requests: {cpu: 100m, memory: 64Mi}}}]}}"
            ... )
            >>> with warnings.catch_warnings():
            ...     warnings.simplefilter("ignore")  # no templates are given: one without limits
            ...     fleet = tenantry.Fleet.from_kubernetes(manifest, tenant_from="namespace", trust="trusted")
            >>> fleet.workloads
            ('shop/web',)
        """
        options = {key: value for key, value in locals().items() if key not in {"cls", "paths", "clusters"}}
        core, _ = kubernetes.read(paths, clusters, options, draft=False)
        if core is None:
            raise InternalError("an import that is no draft gave no fleet")
        return cls(core)

    @staticmethod
    def draft_from_kubernetes(
        *paths: str | os.PathLike[str],
        clusters: Mapping[str, str | os.PathLike[str]] | None = None,
        tenant: str | None = None,
        tenant_from: str | None = None,
        trust: str | None = None,
        trust_from: str | None = None,
        attributes: Mapping[str, str | Sequence[str]] | None = None,
        separate: Sequence[str] = (),
        labels: Mapping[str, str] | None = None,
        namespace: str | None = None,
        platform_namespaces: Sequence[str] = (),
        qualify_namespaces: bool = False,
        merge_namespaces: bool = False,
        policy: str | os.PathLike[str] | Mapping[str, Any] | None = None,
        templates: str | os.PathLike[str] | Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        missing_requests: str = "error",
        ignore_kinds: Sequence[str] = (),
        exclude: Sequence[str] = (),
        name: str | None = None,
    ) -> str:
        """The document of `from_kubernetes` in YAML, where not all is known.

        ``TODO`` stands where a tenant, a trust level, a request or a separating attribute is not known; a document with
        such a place is refused wherever a fleet is read. Options, warnings and errors are those of `from_kubernetes`.
        """
        options = {key: value for key, value in locals().items() if key not in {"paths", "clusters"}}
        _, text = kubernetes.read(paths, clusters, options, draft=True)
        return text

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
