"""The fleet: what is to be planned."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tenantry import _core
from tenantry._narrow import is_map
from tenantry._options import amount, as_day, called, checked, limits, of_type, whole
from tenantry._running import running
from tenantry.errors import FleetError, InternalError, Problem, UsageError
from tenantry.graphs import MOST_EDGES, trust_graph
from tenantry.tables import Columns, in_the_table
from tenantry.tables import called as as_called
from tenantry.values import simpler

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence
    from concurrent.futures import Executor
    from decimal import Decimal
    from typing import Unpack

    from tenantry._mapping import ColumnNames, Units
    from tenantry.audits import Audit, Places
    from tenantry.blasts import Blast
    from tenantry.builder import FleetBuilder
    from tenantry.facts import Why
    from tenantry.frontiers import Frontier
    from tenantry.graphs import GraphBy, TrustGraph
    from tenantry.growth import Growth
    from tenantry.kubernetes import KubernetesOptions
    from tenantry.levers import Lever, Prices, Relaxed, WhyNot
    from tenantry.migrations import Migration, Replay
    from tenantry.plans import Check, Explanation, Plan
    from tenantry.progress import Interrupt, Tells
    from tenantry.tables import Table

MAX_BYTES = 1 << 30
"""Bytes of a text that are read where nothing else is said."""


class Fleet:
    """A valid fleet: policy, tenants, workloads, templates, existing clusters. Immutable; can be pickled and copied.

    Make one with `load`, `from_yaml`, `from_json`, `from_dict`, `from_tables` or `builder`. Each raises
    `FleetError` with every problem at once.
    """

    def __init__(self, core: _core.Fleet) -> None:
        """Wraps the engine's fleet; use one of the class methods."""
        if not isinstance(core, _core.Fleet):
            raise TypeError(
                f"Fleet() takes no {type(core).__name__}: use Fleet.load(path), Fleet.from_yaml(text), "
                "Fleet.from_json(text), Fleet.from_dict(document), Fleet.from_tables(...) or Fleet.builder()"
            )
        self._core = core

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES) -> Fleet:
        """Reads a ``tenantry/v1`` document from a file, YAML or JSON (by its name, else by its first character).

        Args:
            path: the file.
            max_bytes: a longer file is refused; by default one of more than 1 GiB.

        Raises:
            OSError: the file cannot be read.
            FleetError: it is not a fleet.

        Example:
            >>> import tenantry
            >>> len(tenantry.Fleet.load("examples/shop.yaml"))
            12
        """
        file = Path(path)
        data = file.read_bytes()
        json_like = file.suffix not in {".yaml", ".yml"} and data.lstrip().startswith((b"{", b"["))
        return cls(_core.Fleet.from_bytes(data, file.suffix == ".json" or json_like, _bytes(max_bytes)))

    @classmethod
    def from_yaml(cls, text: str, *, max_bytes: int = MAX_BYTES) -> Fleet:
        """Reads a YAML document.

        Args:
            text: the document, not the name of a file.
            max_bytes: a longer text is refused; by default one of more than 1 GiB.

        Raises:
            FleetError: it is not a fleet.

        Example:
            >>> import tenantry
            >>> tenantry.Fleet.from_yaml("{schema: tenantry/v1, name: none, tenants: [], workloads: []}").name
            'none'
        """
        return cls(_core.Fleet.from_yaml(_text(text, "from_yaml() takes the text"), _bytes(max_bytes)))

    @classmethod
    def from_json(cls, text: str, *, max_bytes: int = MAX_BYTES) -> Fleet:
        """Reads a JSON document.

        Args:
            text: the document, not the name of a file.
            max_bytes: a longer text is refused; by default one of more than 1 GiB.

        Raises:
            FleetError: it is not a fleet.

        Example:
            >>> import tenantry
            >>> tenantry.Fleet.from_json('{"schema": "tenantry/v1", "tenants": [], "workloads": []}').workloads
            ()
        """
        return cls(_core.Fleet.from_json(_text(text, "from_json() takes the text"), _bytes(max_bytes)))

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Fleet:
        """Reads a document given as Python values; numpy scalars, decimals, days and sets of strings are understood.

        ``None``, NaN, NA and NaT are errors, as ``null`` is in a text: leave the key out where nothing is meant.

        A float of up to twelve digits is read as it is written. One of more is a result of arithmetic, such as
        ``0.1 * 3``, and is read as the decimal with the fewest places within a billionth of it: 0.3. Of a numpy
        ``float32`` seven digits are read.

        Raises:
            FleetError: it is not a fleet, or a value has no place in a document.
            TypeError: it is no dict, or is nested too deep.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.from_dict(
            ...     {
            ...         "schema": "tenantry/v1",
            ...         "tenants": [{"name": "shop", "trust": "trusted"}],
            ...         "workloads": [{"name": "web", "tenant": "shop", "requests": {"cpu": 0.1 * 3, "memory": "1Gi"}}],
            ...         "clusterTemplates": [{"name": "small", "allocatable": {"cpu": 8, "memory": "32Gi"}}],
            ...     }
            ... )
            >>> fleet.to_dict()["workloads"][0]["requests"]["cpu"]
            0.3
        """
        return cls._from_values(document, [])

    @classmethod
    def _from_values(cls, document: Any, tables: list[Columns]) -> Fleet:
        if not is_map(document):
            raise TypeError(f"from_dict() takes a dict, not {called(document)}")
        return cls(_core.Fleet.from_values(dict(document), [table.given for table in tables], simpler))

    @classmethod
    def from_tables(
        cls,
        workloads: Table,
        tenants: Table,
        policy: Mapping[str, Any] | None = None,
        templates: Table | None = None,
        *,
        regions: Table | None = None,
        existing: Table | None = None,
        columns: ColumnNames | Table | None = None,  # a table is none: but tables can be given as one unpacked dict
        units: Units | Table | None = None,
        **rest: Any,
    ) -> Fleet:
        """Reads a fleet from tables beside the policy.

        A table is a list of dicts, a DataFrame of pandas, polars or narwhals, a pyarrow table, a DuckDB relation, or
        whatever else hands its data over through the Arrow PyCapsule interface; the same data gives the same fleet,
        whoever holds it. Or it is a file: ``.csv`` (UTF-8, a header, commas), whose cells mean what their column takes,
        numbers as in a frame, and where an empty one is missing and a list is written as in JSON; or ``.parquet``,
        which pyarrow or polars reads. Files of up to 1 GiB and 2,000,000 rows are read. Columns are the document's
        keys; nested ones are written with a dot: ``requests.cpu``, ``attributes.environment``, ``replicas.max``,
        ``allocatable.memory``, ``labels.team``; or a column holds structs or maps. A cell that is NaN, NaT, NA or
        ``None`` is a key that is not there; in `policy` and in `rest` they are errors. Numbers are read as `from_dict`
        reads them, whole floats as whole numbers; of columns of single precision seven digits are read. Decimals never
        become floats. Equal numbers give equal fleets: 2, 2.0 and the decimal 2.00 are one.

        Args:
            workloads: one row a workload.
            tenants: one row a tenant.
            policy: the document's ``policy``.
            templates: one row a cluster template.
            regions: one row a region; none: nothing is known of regions.
            existing: one row a cluster that there is.
            columns: for columns that are called otherwise the key that they bring: ``{"cpu_cores": "requests.cpu"}``;
                ``None`` leaves a column out. They are those of `workloads`; those of another table stand under its
                name: ``{"templates": {"cores": "allocatable.cpu"}}``.
            units: the units of numbers, by resource: ``{"cpu": "cores", "memory": "GiB"}``; without it they are cores
                and bytes. Of ``cpu`` there are ``cores`` and ``millicores``, of others ``bytes``, ``kB`` to ``EB``,
                ``KiB`` to ``EiB`` and ``count``. A text with a unit of its own, ``"500m"``, keeps it. They are those of
                `workloads`; those of another table stand under its name.
            rest: other top-level keys of the document: ``name``, ``asOf`` (or ``as_of``), ``defaults``, ``objective``,
                ``limits``.

        Raises:
            FleetError: it is not a fleet. Its problems have ``table``, ``row`` and ``column_name``. Or `columns` or
                `units` speak of what is not there, or two columns bring one key.
            TypeError: one of them is no table, or a row is nested too deep or has more than 1000 keys.
            UsageError: `columns` or `units` are not what they should be; or Arrow data or a file is broken, or a file
                too large.
            OSError: a file cannot be read.
            ImportError: a Parquet file, and neither pyarrow nor polars is installed.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.from_tables(
            ...     workloads=[{"name": "web", "tenant": "shop", "requests.cpu": "1", "requests.memory": "1Gi"}],
            ...     tenants=[{"name": "shop", "trust": "trusted"}],
            ...     templates=[{"name": "small", "allocatable.cpu": "8", "allocatable.memory": "32Gi"}],
            ... )
            >>> len(tenantry.plan(fleet).clusters)
            1
            >>> fleet = tenantry.Fleet.from_tables(
            ...     workloads=[{"app": "web", "tenant": "shop", "cores": 0.5, "gib": 2, "note": "not for the plan"}],
            ...     tenants=[{"name": "shop", "trust": "trusted"}],
            ...     templates=[{"name": "small", "allocatable.cpu": "8", "allocatable.memory": "32Gi"}],
            ...     columns={"app": "name", "cores": "requests.cpu", "gib": "requests.memory", "note": None},
            ...     units={"memory": "GiB"},
            ... )
            >>> fleet.to_dict()["workloads"][0]["requests"]
            {'cpu': 0.5, 'memory': '2Gi'}
        """
        document: dict[str, Any] = {"schema": "tenantry/v1", **rest}
        if "as_of" in document:
            if "asOf" in document:
                raise TypeError("`as_of` and `asOf` are the same: give one of the two")
            document["asOf"] = document.pop("as_of")
        if policy is not None:
            document["policy"] = policy
        tables = [Columns("tenants", tenants), Columns("workloads", workloads)]
        if templates is not None:
            tables.append(Columns("clusterTemplates", templates))
        if regions is not None:
            tables.append(Columns("regions", regions))
        if existing is not None:
            tables.append(Columns("existingClusters", existing))
        as_called(tables, columns, units)
        try:
            return cls._from_values(document, tables)
        except FleetError as error:
            raise in_the_table(error, tables) from None

    @classmethod
    def from_kubernetes(
        cls,
        *paths: str | os.PathLike[str],
        clusters: Mapping[str, str | os.PathLike[str]] | None = None,
        **options: Unpack[KubernetesOptions],
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
            platform_namespaces: what runs in these runs in every cluster; a DaemonSet on every node, where the
                templates say which nodes there are.
            except_namespaces: what runs in these is not imported; in a running cluster it is ``occupied``.
            qualify_namespaces: put the cluster's name before its namespaces.
            merge_namespaces: a namespace that several clusters have is one.
            same_across: namespaces in which what several clusters run alike is one workload with a copy in each.
            policy: the fleet's policy, or a file with it; `attributes` and `separate` add to it.
            templates: the cluster templates, or a file with them; none: one without limits.
            missing_requests: ``error``, ``zero``, or such as ``cpu=100m,memory=128Mi``.
            pool_max: the most nodes of a pool of a running cluster, by ``POOL`` or ``CLUSTER/POOL``.
            regions: the regions of running clusters, by name; else what their nodes say.
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
        from tenantry import kubernetes

        core, _ = kubernetes.read(paths, clusters, options, draft=False)
        if core is None:
            raise InternalError("an import that is no draft gave no fleet")
        return cls(core)

    @staticmethod
    def draft_from_kubernetes(
        *paths: str | os.PathLike[str],
        clusters: Mapping[str, str | os.PathLike[str]] | None = None,
        **options: Unpack[KubernetesOptions],
    ) -> str:
        """The document of `from_kubernetes` in YAML, where not all is known.

        ``TODO`` stands where a tenant, a trust level, a request, a separating attribute or what a cluster offers is not
        known; a document with such a place is refused wherever a fleet is read. Options, warnings and errors are those
        of `from_kubernetes`.

        Example:
            >>> import pathlib, tempfile, warnings
            >>> import tenantry
            >>> manifest = pathlib.Path(tempfile.mkdtemp(), "web.yaml")
            >>> _ = manifest.write_text(
            ...     "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}, "
            ...     "spec: {containers: [{name: web, image: web}]}}"
            ... )
            >>> with warnings.catch_warnings():
            ...     warnings.simplefilter("ignore")
            ...     text = tenantry.Fleet.draft_from_kubernetes(manifest, tenant="shop", trust_from="label:trust")
            >>> "trust: TODO" in text
            True
        """
        from tenantry import kubernetes

        _, text = kubernetes.read(paths, clusters, options, draft=True)
        return text

    @staticmethod
    def builder(name: str = "") -> FleetBuilder:
        """A fleet step by step; see `FleetBuilder`.

        Example:
            >>> import tenantry
            >>> tenantry.Fleet.builder("shop").tenant("shop", trust="trusted").build().tenants
            ('shop',)
        """
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
    def existing(self) -> tuple[str, ...]:
        """The names of the existing clusters, sorted."""
        return tuple(self._core.existing)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the reader of a plan should know of this input."""
        return tuple(self._core.warnings)

    def explain(self, a: str, b: str, *, as_of: str | datetime.date | None = None) -> Explanation:
        """Why two workloads may or may not share a cluster. Nothing is solved.

        Args:
            a: a workload: ``tenant/name``, ``tenant/namespace/name``, or ``name`` where that is unique.
            b: the other.
            as_of: the day against which waivers are judged, ``YYYY-MM-DD``; default: the fleet's, else today (UTC).

        Raises:
            UsageError: unknown workload or not a date.
            FleetError: two workloads that must be together are separated.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> fleet.explain("shop/frontend", "payments/ledger").verdict
            'separated'
        """
        from tenantry.plans import Explanation

        of_type(a, str, "explain() takes the name of a workload")
        of_type(b, str, "explain() takes the name of a workload")
        return Explanation._from_json(*self._core.explain(a, b, as_day(as_of)))

    def trust_graph(
        self,
        by: GraphBy = "class",
        *,
        max_edges: int = MOST_EDGES,
        as_of: str | datetime.date | None = None,
    ) -> TrustGraph:
        """Who may not share a cluster with whom, and why, as a graph. Nothing is solved.

        Workloads between which the policy cannot tell any difference are one trust class; the engine keeps the graph
        between these, and it has few edges where the fleet has millions of pairs. Not in it: what is together or must
        stand in some region or cluster, which `explain` tells of a pair.

        Args:
            by: what the nodes are: ``class``, ``tenant`` or ``workload``. Of tenants an edge says how many pairs of
                their workloads are separated.
            max_edges: a graph with more is refused before it is made.
            as_of: the day against which waivers are judged, ``YYYY-MM-DD``; default: the fleet's, else today (UTC).

        Raises:
            UsageError: there are more edges, `by` is none of these, or not a day.
            FleetError: there are more trust classes than can be planned.

        Example:
            >>> import tenantry
            >>> graph = tenantry.Fleet.load("examples/acme.yaml").trust_graph("tenant")
            >>> edge = next(row for row in graph.edges if (row["first"], row["second"]) == ("analytics", "payments"))
            >>> edge["pairs"], edge["of"], edge["reasons"]
            (1, 1, ('separate:environment', 'distrust:pci-scope', 'distrusts'))
            >>> graph.to_networkx().number_of_nodes() == len(graph)
            True
        """
        return trust_graph(self, by, max_edges, as_of)

    def check(self, plan: Plan, *, as_of: str | datetime.date | None = None) -> Check:
        """Checks a plan, from wherever, against this fleet, by a reading of the rules that the solver has no part in.

        Waivers are judged on the day `as_of`, or else on the fleet's, or today (UTC), whatever day the plan names. The
        lower bound is not checked here: that takes the certificate (``tenantry.check.check_plan``).

        Raises:
            FleetError: two workloads that must be together are separated.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> check = fleet.check(tenantry.plan(fleet))
            >>> check.legal, check.violations
            (True, ())
        """
        from tenantry.plans import Check, Plan, Violation

        of_type(plan, Plan, "check() takes a Plan", {str: "Plan.from_json(text)"})
        document, day = plan.to_json(), as_day(as_of)
        found, remarks, places = _core.check_plan(self._core, document, day)
        violations = tuple(Violation(code, message) for code, message in found)
        check = Check(violations, tuple(remarks), places)
        vars(check)["_of"] = (self, document, day)
        return check

    def audit(
        self,
        *,
        as_of: str | datetime.date | None = None,
        baseline: Audit | str | None = None,
        within: int = 90,
    ) -> Audit:
        """Audits what runs today (``existingClusters``, ``runsIn``) against the rules. Nothing is planned.

        Args:
            as_of: the day against which waivers and stays are judged; default: the fleet's, else today (UTC).
            baseline: an earlier audit, or the text of `Audit.baseline_json`: violations that it knows do not count.
            within: waivers and stays that end within so many days are listed.

        Raises:
            UsageError: no workload runs anywhere: there is nothing to audit.
            PlanError: `baseline` is none.

        Example:
            >>> import tenantry
            >>> fleet = (
            ...     tenantry.Fleet.builder()
            ...     .tenant("bank", trust="trusted")
            ...     .tenant("guest", trust="untrusted")
            ...     .workload("ledger", tenant="bank", cpu=1, memory="1Gi", runs_in="east")
            ...     .workload("demo", tenant="guest", cpu=1, memory="1Gi", runs_in="east")
            ...     .existing("east", cpu=8, memory="32Gi")
            ...     .build()
            ... )
            >>> audit = fleet.audit()
            >>> audit.failures(), audit.groups[0].cluster, audit.groups[0].rule
            (4, 'east', 'level')
            >>> fleet.audit(baseline=audit).failures()
            0
        """
        from tenantry.audits import Audit

        of_type(within, int, "`within` is a number of days")
        if isinstance(baseline, Audit):
            baseline = baseline.baseline_json()
        elif baseline is not None:
            of_type(baseline, str, "`baseline` is an Audit or the text of a baseline")
        return Audit._of(_core.audit(self._core, as_day(as_of), baseline, whole(within, "`within`", 16)))

    def place(
        self,
        *workloads: str,
        together: bool = False,
        further: Mapping[str, Any] | str | None = None,
        as_of: str | datetime.date | None = None,
    ) -> Places:
        """Where workloads may go now with nobody moved, and every reason why not elsewhere. Nothing is planned.

        Args:
            workloads: each ``tenant/name``, ``tenant/namespace/name``, or ``name`` where that is unique.
            together: all of them in one cluster.
            further: a document (or its YAML) of further ``workloads`` and ``tenants``; without `workloads` all of them
                are asked for.
            as_of: the day against which waivers and stays are judged; default: the fleet's, else today (UTC).

        Raises:
            UsageError: unknown workload, or none.
            FleetError: `further` is wrong.

        Example:
            >>> import tenantry
            >>> fleet = (
            ...     tenantry.Fleet.builder()
            ...     .tenant("bank", trust="trusted")
            ...     .tenant("guest", trust="untrusted")
            ...     .workload("ledger", tenant="bank", cpu=1, memory="1Gi", runs_in="east")
            ...     .workload("demo", tenant="guest", cpu=1, memory="1Gi", runs_in=[])
            ...     .existing("east", cpu=8, memory="32Gi")
            ...     .existing("west", cpu=8, memory="32Gi")
            ...     .build()
            ... )
            >>> demo = fleet.place("guest/demo").asked[0]
            >>> [(it.name, it.fits, [why.rule for why in it.reasons]) for it in demo.candidates]
            [('east', False, ['level', 'sharing']), ('west', True, [])]
        """
        from tenantry.audits import Places

        for name in workloads:
            of_type(name, str, "place() takes the names of workloads")
        text = json.dumps(further) if isinstance(further, Mapping) else further
        if text is not None:
            of_type(text, str, "`further` is a document or its text")
        names = list(workloads)
        return Places._of(*_core.place(self._core, names, together, text, isinstance(further, Mapping), as_day(as_of)))

    def grow(
        self,
        *,
        by: str | None = None,
        up_to: float | str = 5,
        of: Literal["replicas", "requests"] = "replicas",
        add: Fleet | None = None,
        rises: int = 5,
        time_limit: float | None = None,
        work_limit: int | None = None,
        seed: int = 0,
        threads: int | None = None,
        as_of: str | datetime.date | None = None,
        progress: Tells = None,
        interrupt: Interrupt = "raise",
        executor: Executor | None = None,
    ) -> Growth:
        """How far the fleet can grow: at which factors more clusters are needed, and what breaks there.

        Each number of clusters has a plan behind it up to ``lasts_to``, and more are proved to be needed from
        ``needed_from`` on; what lies between is open. Factors go in steps of 0.01.

        Args:
            by: ``tenant``, each tenant by itself; ``attribute:NAME``, each class of it; default: everything at once.
            up_to: the greatest factor, with two decimals at most.
            of: what grows of a workload: its replicas, rounded up, or what its pods request.
            add: a fleet whose workloads and tenants are added first; what else it states must be as in this one.
            rises: so many rises of the number of clusters are looked for; with `by` the first.
            time_limit: wall-clock seconds for all of it.
            work_limit: elementary steps of all runs together.
            seed: of every random choice.
            threads: default: one a core, which is also the most that are used. Never changes the answer.
            as_of: the day against which waivers and stays are judged; default: the fleet's, else today (UTC).
            progress: is told what happens, as with `tenantry.plan`; ``True`` shows a bar.
            interrupt: ``"raise"``: Ctrl-C raises `Interrupted`; ``"return"``: it returns what is known so far.
            executor: where parts of the search may go, as with `tenantry.plan`. The answer is the same.

        Raises:
            UsageError: no such attribute, or no such factor.
            FleetError: two workloads that must be together are separated, or `add` contradicts.
            Interrupted: Ctrl-C; what is known so far is in its ``partial``.

        Example:
            >>> import tenantry
            >>> fleet = (
            ...     tenantry.Fleet.builder()
            ...     .tenant("shop", trust="trusted")
            ...     .workload("web", tenant="shop", replicas=4, cpu=1, memory="1Gi")
            ...     .template("t", cpu=10, memory="64Gi")
            ...     .build()
            ... )
            >>> rise = fleet.grow(up_to=4).parts[0].rises[0]
            >>> rise.start, rise.lasts_to, rise.after.lower_bound, rise.breaks[0].name
            (1, 2.5, None, 'shop/web')
        """
        from tenantry.growth import Growth

        began = time.monotonic()
        options = checked(time_limit=time_limit, work_limit=work_limit, seed=seed, threads=threads)
        if add is not None:
            of_type(add, Fleet, "`add` is a Fleet", {str: "Fleet.load(path)"})
        if by is not None:
            of_type(by, str, "`by` is `tenant` or `attribute:NAME`")
        if isinstance(up_to, bool) or not isinstance(up_to, int | float | str):
            raise UsageError(f"`up_to` is a factor, not {up_to!r}")
        with running(options, progress, interrupt, executor) as run:
            document, text, interrupted = _core.grow(
                self._core,
                **run.options,
                by=by,
                up_to=str(up_to),
                of=of_type(of, str, "`of` is `replicas` or `requests`"),
                add=None if add is None else add._core,
                rises=whole(rises, "`rises`", 16),
                began=began,
                as_of=as_day(as_of),
            )
        return run.ended(Growth._with(document, text), interrupted)

    def frontier(
        self,
        *,
        time_limit: float | None = None,
        work_limit: int | None = None,
        seed: int = 0,
        threads: int | None = None,
        as_of: str | datetime.date | None = None,
        progress: Tells = None,
        interrupt: Interrupt = "raise",
        executor: Executor | None = None,
    ) -> Frontier:
        """What fewer clusters take: the fewest moves and the least cost with at most so many of them.

        One answer for each number of clusters, from the fewest to today's, or to that of the fleet's own plan.

        Args:
            time_limit: wall-clock seconds for all of it.
            work_limit: elementary steps of all runs together.
            seed: of every random choice.
            threads: default: one a core, which is also the most that are used. Never changes the answer.
            as_of: the day against which waivers and stays are judged; default: the fleet's, else today (UTC).
            progress: is told what happens, as with `tenantry.plan`; ``True`` shows a bar.
            interrupt: ``"raise"``: Ctrl-C raises `Interrupted`; ``"return"``: it returns what is known so far.
            executor: where parts of the search may go, as with `tenantry.plan`. The answer is the same.

        Raises:
            UsageError: there are no existing clusters.
            FleetError: two workloads that must be together are separated, or wishes contradict.
            Interrupted: Ctrl-C; what is known so far is in its ``partial``.

        Example:
            >>> import tenantry
            >>> fleet = (
            ...     tenantry.Fleet.builder()
            ...     .tenant("shop", trust="trusted")
            ...     .workload("web", tenant="shop", cpu=4, memory="1Gi", runs_in="east")
            ...     .workload("api", tenant="shop", cpu=4, memory="1Gi", runs_in="west")
            ...     .existing("east", cpu=10, memory="64Gi")
            ...     .existing("west", cpu=10, memory="64Gi")
            ...     .build()
            ... )
            >>> [(point.clusters, point.moves.value) for point in fleet.frontier().points]
            [(1, 1), (2, 0)]
        """
        from tenantry.frontiers import Frontier

        began = time.monotonic()
        options = checked(time_limit=time_limit, work_limit=work_limit, seed=seed, threads=threads)
        with running(options, progress, interrupt, executor) as run:
            document, interrupted = _core.frontier(self._core, **run.options, began=began, as_of=as_day(as_of))
        return run.ended(Frontier._of(document), interrupted)

    def blast(
        self,
        subject: str | None = None,
        *,
        plan: Plan | None = None,
        today: bool = False,
        time_limit: float | None = None,
        work_limit: int | None = None,
        seed: int = 0,
        threads: int | None = None,
        as_of: str | datetime.date | None = None,
        progress: Tells = None,
        interrupt: Interrupt = "raise",
    ) -> Blast:
        """What a compromised workload reaches in a plan of this fleet, and what the loss of a cluster or region takes.

        With ``today`` the same of the fleet as it runs, and of ``plan`` beside it (`Blast.planned`): nothing is planned
        but what it takes that ``subject`` stands alone in that plan.

        Args:
            subject: a tenant, or a workload by ``tenant/name``, ``tenant/namespace/name``, or ``name`` where that is
                unique: whom it reaches by name, and what it takes that it stands alone, which is planned.
            plan: a plan of this fleet; default: it is planned, or with ``today`` not looked at.
            today: look at where workloads run (``runsIn``).
            time_limit: wall-clock seconds for all of it.
            work_limit: elementary steps of all runs together.
            seed: of every random choice.
            threads: default: one a core, which is also the most that are used. Never changes the answer.
            as_of: the day against which waivers are judged; default: the fleet's, else today (UTC). A plan has its own.
            progress: is told what happens, as with `tenantry.plan`; ``True`` shows a bar.
            interrupt: ``"raise"``: Ctrl-C raises `Interrupted`; ``"return"``: it returns what is known so far.

        Raises:
            FleetError: two workloads that must be together are separated.
            UsageError: nobody is called so, the plan is one of another version of the fleet, or nobody runs
                anywhere today.
            Interrupted: Ctrl-C; what is known so far is in its ``partial``.

        Example:
            >>> import tenantry
            >>> subject = tenantry.Fleet.load("examples/acme.yaml").blast("shop/frontend").subject
            >>> subject.reach.workloads, subject.alone.today.clusters.value, subject.alone.alone.clusters.value
            (2, 7, 8)
        """
        from tenantry.blasts import Blast
        from tenantry.plans import Plan

        began = time.monotonic()
        options = checked(time_limit=time_limit, work_limit=work_limit, seed=seed, threads=threads)
        name = None if subject is None else of_type(subject, str, "a subject is named")
        of_type(today, bool, "`today` is True or False")
        if plan is not None:
            of_type(plan, Plan, "`plan` is a Plan", {str: "Plan.from_json(text)"})
            if as_of is not None:
                raise UsageError("`as_of` goes with a fleet that is planned: a plan has its own day")
        with running(options, progress, interrupt) as run:
            document, interrupted = _core.blast(
                self._core,
                **run.options,
                plan=None if plan is None else plan.to_json(),
                today=today,
                subject=name,
                began=began,
                as_of=as_day(as_of),
            )
        return run.ended(Blast._of(document), interrupted)

    def levers(self, *, classes: bool = False) -> tuple[Lever, ...]:
        """Every input that separates, limits or ties, by kind and then in document order.

        Args:
            classes: the pairs of classes of separations, too.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> [lever.id for lever in fleet.levers() if lever.kind == "distrust"]
            ['distrust:pci-scope', 'distrust:signing-alone']
        """
        from tenantry.levers import Lever

        rows = _core.levers(self._core, bool(classes))
        return tuple(Lever(id, kind, path, says) for id, kind, path, says in rows)

    def without(self, *levers: str | Lever) -> Fleet:
        """The fleet with these levers pulled: what they name is left out. A question, not a change of this fleet.

        Raises:
            UsageError: there is no such lever; with the nearest.
            FleetError: what is left is no fleet.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> [len(tenantry.plan(it).clusters) for it in (fleet, fleet.without("separate:environment"))]
            [7, 6]
        """
        from tenantry.levers import Lever

        ids = [lever.id if isinstance(lever, Lever) else of_type(lever, str, "a lever is named") for lever in levers]
        return Fleet(_core.without(self._core, ids))

    def with_(self, limits: Mapping[str, int | float | str | Decimal | None]) -> Fleet:
        """The fleet with limits at other values, tighter or looser. A question, not a change of this fleet.

        Args:
            limits: each by its id: ``maxCount:TEMPLATE``, ``maxClusters:REGION``, ``headroom:TEMPLATE``, and
                ``maximum:TEMPLATE=WHAT`` where ``WHAT`` is ``preset``, ``nodes``, ``pods``, ``namespaces`` or
                ``tenants``; an existing cluster may stand for the template. ``None``: no limit. It does not matter
                whether there is one today.

        Raises:
            UsageError: there is no such limit, or the value is none.
            FleetError: what comes out is no fleet.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> tenantry.plan(fleet.with_({"maxCount:standard": 6})).status
            'infeasible'
        """
        if not isinstance(limits, Mapping) or not all(isinstance(name, str) for name in limits):
            raise UsageError(f'limits are a map, such as {{"maxCount:standard": 3}}, not {limits!r}')
        given = [(name, "none" if value is None else amount(value, name)) for name, value in limits.items()]
        return Fleet(_core.with_limits(self._core, given))

    def relax(
        self,
        *,
        clusters: int | None = None,
        cost: float | str | Decimal | None = None,
        feasible: bool = False,
        levers: str | Iterable[str] | None = None,
        also: str | Iterable[str] = (),
        keep: str | Iterable[str] = (),
        weights: Mapping[str, int] | None = None,
        sets: int = 10,
        time_limit: float | None = None,
        work_limit: int | None = None,
        seed: int = 0,
        threads: int | None = None,
        as_of: str | datetime.date | None = None,
        progress: Tells = None,
        interrupt: Interrupt = "raise",
        executor: Executor | None = None,
    ) -> Relaxed:
        """What would have to change: every minimal set of levers without which the fleet needs no more than asked.

        Exactly one of `clusters`, `cost` and `feasible` says what is to suffice. Of each set a plan without it was
        found, and it is proved that with any one of its levers put back there is none.

        Args:
            clusters: so many are to suffice.
            cost: so much is to suffice.
            feasible: there is to be a plan.
            levers: only levers of these kinds (`Lever.kind`); default: all but pairs of classes.
            also: further ones by id: pairs of classes, headroom with a share.
            keep: not these.
            weights: how hard a lever is to get, by id; 1 where it is not said.
            sets: so many at most, the lightest first.
            time_limit: wall-clock seconds for all of it.
            work_limit: elementary steps of all runs together.
            seed: of every random choice.
            threads: default: one a core, which is also the most that are used. Never changes the answer.
            as_of: the day against which waivers and stays are judged; default: the fleet's, else today (UTC).
            progress: is told what happens, as with `tenantry.plan`; ``True`` shows a bar.
            interrupt: ``"raise"``: Ctrl-C raises `Interrupted`; ``"return"``: it returns what is known so far.
            executor: where parts of the search may go, as with `tenantry.plan`. The answer is the same.

        Raises:
            UsageError: there is no such lever, or not one goal.
            Interrupted: Ctrl-C; what is known so far is in its ``partial``.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> relaxed = fleet.relax(clusters=6)
            >>> [[lever.id for lever in it.levers] for it in relaxed.sets if len(it.levers) == 1]
            [['separate:environment'], ['distrust:pci-scope'], ['distrust:signing-alone']]
        """
        from tenantry.levers import Relaxed, choice

        began = time.monotonic()
        asked = [("clusters", clusters)] * (clusters is not None) + [("cost", cost)] * (cost is not None)
        if len(asked) + bool(feasible) != 1:
            raise UsageError("one of `clusters`, `cost` and `feasible` says what is to suffice")
        goal, most = next(iter(limits(dict(asked))), ("feasible", ""))
        options = checked(time_limit=time_limit, work_limit=work_limit, seed=seed, threads=threads)
        with running(options, progress, interrupt, executor) as run:
            document, interrupted = _core.relax(
                self._core,
                **run.options,
                goal=goal,
                most=most or None,
                choice=choice(levers, also, keep, weights),
                sets=max(whole(sets, "`sets`"), 1),
                began=began,
                as_of=as_day(as_of),
            )
        return run.ended(Relaxed._of(document), interrupted)

    def why_not(
        self,
        who: str | None = None,
        *,
        together_with: str | None = None,
        in_cluster: str | None = None,
        clusters: int | None = None,
        levers: str | Iterable[str] | None = None,
        also: str | Iterable[str] = (),
        keep: str | Iterable[str] = (),
        weights: Mapping[str, int] | None = None,
        time_limit: float | None = None,
        work_limit: int | None = None,
        seed: int = 0,
        threads: int | None = None,
        as_of: str | datetime.date | None = None,
        progress: Tells = None,
        interrupt: Interrupt = "raise",
        executor: Executor | None = None,
    ) -> WhyNot:
        """Whether something can be done: at no cost, at a cost, or not; and then what stands against it.

        Exactly one of `together_with`, `in_cluster` and `clusters` says what. It becomes a constraint, and the fleet is
        planned with it; where no plan keeps it, the lightest minimal set of levers without which there is one is named.

        Args:
            who: a workload, or ``tenant=NAME`` or ``namespace=NAME``: all its workloads.
            together_with: all of them in one cluster with these, named in the same way.
            in_cluster: all of them in this existing cluster; of copies one.
            clusters: so many at most.
            levers: only levers of these kinds (`Lever.kind`); default: all but pairs of classes.
            also: further ones by id: pairs of classes, headroom with a share.
            keep: not these.
            weights: how hard a lever is to get, by id; 1 where it is not said.
            time_limit: wall-clock seconds for all of it.
            work_limit: elementary steps of all runs together.
            seed: of every random choice.
            threads: default: one a core, which is also the most that are used. Never changes the answer.
            as_of: the day against which waivers and stays are judged; default: the fleet's, else today (UTC).
            progress: is told what happens, as with `tenantry.plan`; ``True`` shows a bar.
            interrupt: ``"raise"``: Ctrl-C raises `Interrupted`; ``"return"``: it returns what is known so far.
            executor: where parts of the search may go, as with `tenantry.plan`. The answer is the same.

        Raises:
            UsageError: there is no such workload, cluster or lever, or not one question.
            Interrupted: Ctrl-C; what is known so far is in its ``partial``.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
            >>> why_not = fleet.why_not("shop/frontend", together_with="payments/ledger")
            >>> (why_not.answer, [lever.id for lever in why_not.against.levers])
            ('impossible', ['distrust:pci-scope'])
        """
        from tenantry.levers import WhyNot, choice

        began = time.monotonic()
        if sum(it is not None for it in (together_with, in_cluster, clusters)) != 1:
            raise UsageError("one of `together_with`, `in_cluster` and `clusters` says what is asked for")
        if (who is None) != (clusters is not None):
            raise UsageError("`who` is asked about with `together_with` and `in_cluster`, and not with `clusters`")
        for word, what in ((who, "`who`"), (together_with, "`together_with`"), (in_cluster, "`in_cluster`")):
            if word is not None:
                of_type(word, str, f"{what} is a name", {})
        options = checked(time_limit=time_limit, work_limit=work_limit, seed=seed, threads=threads)
        with running(options, progress, interrupt, executor) as run:
            document, interrupted = _core.why_not(
                self._core,
                **run.options,
                who=who or "",
                together=together_with,
                cluster=in_cluster,
                most=0 if clusters is None else whole(clusters, "`clusters`"),
                choice=choice(levers, also, keep, weights),
                began=began,
                as_of=as_day(as_of),
            )
        return run.ended(WhyNot._of(document), interrupted)

    def prices(
        self,
        *,
        by: Literal["clusters", "cost"] = "clusters",
        levers: str | Iterable[str] | None = None,
        also: str | Iterable[str] = (),
        keep: str | Iterable[str] = (),
        ladder: str | Iterable[str] = (),
        tenants: bool = False,
        time_limit: float | None = None,
        work_limit: int | None = None,
        seed: int = 0,
        threads: int | None = None,
        as_of: str | datetime.date | None = None,
        progress: Tells = None,
        interrupt: Interrupt = "raise",
        executor: Executor | None = None,
    ) -> Prices:
        """What each rule and each limit costs: clusters (or money) without it, and with it alone.

        Rules overlap: what several separate costs nothing until the last of them is gone. So both are said, and a
        ladder: the rules of trust added one at a time.

        Args:
            by: what is counted.
            levers: only levers of these kinds (`Lever.kind`); default: all but pairs of classes.
            also: further ones by id: pairs of classes, headroom with a share.
            keep: not these.
            ladder: rules of trust in the order in which they are added; the others come after these.
            tenants: each tenant, too: what is needed without its workloads.
            time_limit: wall-clock seconds for all of it.
            work_limit: elementary steps of all runs together.
            seed: of every random choice.
            threads: default: one a core, which is also the most that are used. Never changes the answer.
            as_of: the day against which waivers and stays are judged; default: the fleet's, else today (UTC).
            progress: is told what happens, as with `tenantry.plan`; ``True`` shows a bar.
            interrupt: ``"raise"``: Ctrl-C raises `Interrupted`; ``"return"``: it returns what is known so far.
            executor: where parts of the search may go, as with `tenantry.plan`. The answer is the same.

        Raises:
            UsageError: there is no such lever, or a price is not known.
            Interrupted: Ctrl-C; what is known so far is in its ``partial``.

        Example:
            >>> import tenantry
            >>> prices = tenantry.Fleet.load("examples/acme.yaml").prices()
            >>> (prices.today.value, prices.without_rules.value, prices.premium.least)
            (7, 2, 5)
            >>> {row.lever.id: row.saves.least for row in prices.levers if row.saves.least}
            {'separate:environment': 1, 'distrust:pci-scope': 1, 'distrust:signing-alone': 1}
        """
        from tenantry.levers import Prices, choice, words

        began = time.monotonic()
        if by not in ("clusters", "cost"):
            raise UsageError(f'`by` is "clusters" or "cost", not {by!r}')
        options = checked(time_limit=time_limit, work_limit=work_limit, seed=seed, threads=threads)
        with running(options, progress, interrupt, executor) as run:
            document, interrupted = _core.prices(
                self._core,
                **run.options,
                cost=by == "cost",
                choice=choice(levers, also, keep, None),
                ladder=words(ladder, "`ladder`"),
                tenants=bool(tenants),
                began=began,
                as_of=as_day(as_of),
            )
        return run.ended(Prices._of(document), interrupted)

    def why(
        self,
        *,
        time_limit: float | None = None,
        work_limit: int | None = None,
        seed: int = 0,
        threads: int | None = None,
        as_of: str | datetime.date | None = None,
        objective: Sequence[str] | None = None,
        limits: Mapping[str, int | float | str] | None = None,
    ) -> Why:
        """Plans the fleet and says why there cannot be fewer clusters, or why there is no plan. See `Plan.why`.

        Args:
            time_limit: wall-clock seconds of the planning.
            work_limit: elementary steps of the planning.
            seed: of every random choice.
            threads: default: one a core, which is also the most that are used. Never changes the answer.
            as_of: the day against which waivers and stays are judged; default: the fleet's, else today (UTC).
            objective: what is made small instead of the fleet's objective, as `tenantry.plan` takes it.
            limits: the highest values that a plan may have, as `tenantry.plan` takes them.

        Raises:
            FleetError: two workloads that must be together are separated.
            UsageError: a limit is no number, or the like.
            Interrupted: Ctrl-C while planning; the best plan so far is in its ``partial``.

        Example:
            >>> import tenantry
            >>> print(tenantry.Fleet.load("examples/growth/fleet.yaml").why().text(depth=1))
            Why market takes at least 2 clusters (certified), as of 2026-11-23
            <BLANKLINE>
            2 clusters: 2 workloads of which no two may share a cluster
            <BLANKLINE>
            Nothing of it is a search: every number follows from the fleet by the arithmetic shown.
            <BLANKLINE>
        """
        from tenantry.planning import plan  # it takes fleets: a circle at import time

        made = plan(
            self,
            time_limit=time_limit,
            work_limit=work_limit,
            seed=seed,
            threads=threads,
            as_of=as_of,
            objective=objective,
            limits=limits,
        )
        return made.why(time_limit=time_limit, work_limit=work_limit, threads=threads)

    def migration(
        self,
        plan: Plan,
        *,
        max_in_flight: int | None = None,
        first: int | None = None,
        allow_downtime: bool = False,
        extra_clusters: int = 0,
        extra_template: str | None = None,
        until: str | datetime.date | None = None,
        as_of: str | datetime.date | None = None,
        time_limit: float | None = None,
        work_limit: int | None = None,
        progress: Tells = None,
        interrupt: Interrupt = "raise",
    ) -> Migration:
        """Orders the moves from what runs today to a plan, so that every state on the way keeps the rules.

        "No safe order exists" is an answer (``status``), and said apart from "none was found".

        Args:
            plan: where everybody shall be.
            max_in_flight: moves in a batch at most; workloads that must share a cluster are one.
            first: only the first so many batches.
            allow_downtime: workloads that say ``downtime: allowed`` may stop before they start.
            extra_clusters: so many further clusters may be used for the time of the migration.
            extra_template: their template, where the fleet has several.
            until: sharing that only a waiver allows must last until this day.
            as_of: the day against which waivers and stays are judged; default: the fleet's, else today (UTC).
            time_limit: seconds, from the call on.
            work_limit: elementary steps.
            progress: is told what happens, as with `tenantry.plan`; ``True`` shows a bar.
            interrupt: ``"raise"``: Ctrl-C raises `Interrupted`; ``"return"``: it returns what is known so far.

        Raises:
            UsageError: the plan is not legal or was made for another version of the fleet, nothing runs today, or an
                option is out of range.
            Interrupted: Ctrl-C; ``partial`` is what was found.

        Example:
            >>> import tenantry
            >>> fleet = (
            ...     tenantry.Fleet.builder()
            ...     .tenant("bank", trust="trusted")
            ...     .tenant("guest", trust="untrusted")
            ...     .workload("ledger", tenant="bank", cpu=1, memory="1Gi", runs_in="east")
            ...     .workload("demo", tenant="guest", cpu=1, memory="1Gi", runs_in="east")
            ...     .existing("east", cpu=8, memory="32Gi")
            ...     .existing("west", cpu=8, memory="32Gi")
            ...     .build()
            ... )
            >>> plan = tenantry.plan(fleet)
            >>> migration = fleet.migration(plan)
            >>> migration.leads_there, migration.numbers.moved
            (True, 1)
        """
        from tenantry.migrations import Migration
        from tenantry.plans import Plan

        began = time.monotonic()
        of_type(plan, Plan, "migration() takes a Plan", {str: "Plan.from_json(text)"})
        limits = checked(time_limit=time_limit, work_limit=work_limit, seed=0, threads=None)
        with running(limits, progress, interrupt) as run:
            document, interrupted = _core.migrate(
                self._core,
                plan.to_json(),
                began=began,
                time_limit=run.options["time_limit"],
                work_limit=run.options["work_limit"],
                hears=run.options["hears"],
                as_of=as_day(as_of),
                until=as_day(until),
                max_in_flight=None if max_in_flight is None else whole(max_in_flight, "`max_in_flight`"),
                first=None if first is None else whole(first, "`first`"),
                allow_downtime=of_type(allow_downtime, bool, "`allow_downtime` is True or False"),
                extra_clusters=whole(extra_clusters, "`extra_clusters`"),
                extra_template=extra_template,
            )
        return run.ended(Migration._of(document), interrupted)

    def replay(self, plan: Plan, migration: Migration, *, as_of: str | datetime.date | None = None) -> Replay:
        """Goes through a migration again, by code that the search for it has no part in.

        Raises:
            UsageError: the plan is not legal or was made for another version of the fleet.

        Example:
            >>> import tenantry
            >>> fleet = (
            ...     tenantry.Fleet.builder()
            ...     .tenant("bank", trust="trusted")
            ...     .tenant("guest", trust="untrusted")
            ...     .workload("ledger", tenant="bank", cpu=1, memory="1Gi", runs_in="east")
            ...     .workload("demo", tenant="guest", cpu=1, memory="1Gi", runs_in="east")
            ...     .existing("east", cpu=8, memory="32Gi")
            ...     .existing("west", cpu=8, memory="32Gi")
            ...     .build()
            ... )
            >>> plan = tenantry.plan(fleet)
            >>> migration = fleet.migration(plan)
            >>> fleet.replay(plan, migration).arrives
            True
        """
        from tenantry.migrations import Migration, Replay
        from tenantry.plans import Plan

        of_type(plan, Plan, "replay() takes a Plan", {str: "Plan.from_json(text)"})
        of_type(migration, Migration, "replay() takes a Migration", {str: "Migration.from_json(text)"})
        wrong, undecided, arrives = _core.replay_migration(
            self._core, plan.to_json(), migration.to_json(), as_day(as_of)
        )
        return Replay(tuple(wrong), tuple(undecided), arrives)

    def to_dict(self) -> dict[str, Any]:
        """The document as plain Python values; `from_dict` gives the same fleet back.

        A number that a float would not give back digit for digit is a text.

        Example:
            >>> import tenantry
            >>> tenantry.Fleet.load("examples/shop.yaml").to_dict()["tenants"]
            [{'name': 'shop', 'trust': 'trusted', 'labels': {'owner': 'team-shop'}}]
        """
        document: dict[str, Any] = json.loads(self._core.to_json(), parse_float=_float_or_text)
        return document

    def to_json(self) -> str:
        """The document as JSON.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/shop.yaml")
            >>> tenantry.Fleet.from_json(fleet.to_json()) == fleet
            True
        """
        return self._core.to_json()

    def to_yaml(self) -> str:
        """The document as YAML.

        Example:
            >>> import tenantry
            >>> fleet = tenantry.Fleet.load("examples/shop.yaml")
            >>> print(fleet.to_yaml().splitlines()[0])
            schema: tenantry/v1
        """
        return self._core.to_yaml()

    def __len__(self) -> int:
        """Number of workloads."""
        return len(self._core)

    def __repr__(self) -> str:
        return f"<tenantry.Fleet {self.name!r}: {len(self.tenants)} tenants, {len(self)} workloads>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fleet) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_again, (self.to_json(),))

    def __copy__(self) -> Fleet:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Fleet:
        return self


def _again(text: str) -> Fleet:
    """A fleet from the text that it was pickled as, of whatever length."""
    return Fleet(_core.Fleet.from_json(text, None))


def _text(given: Any, says: str) -> str:
    text = of_type(given, str, says)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        line, column = text.count("\n", 0, error.start) + 1, error.start - text.rfind("\n", 0, error.start)
        says = f"half of a surrogate pair is no character: {text[error.start]!r}"
        raise FleetError((Problem("bad-character", "", says, line=line, column=column),)) from None
    return text


def _bytes(limit: Any) -> int:
    return whole(limit, "`max_bytes`", 63)


def _float_or_text(text: str) -> float | str:
    number = float(text)
    return number if _core.decimal(number) == text else text
