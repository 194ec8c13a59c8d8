"""A fleet step by step, for notebooks."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

from tenantry.errors import UsageError
from tenantry.fleet import Fleet

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence

Quantity: TypeAlias = str | int | float | Decimal


class LeftOut(Enum):
    """Says that a keyword is left out, where ``None`` would be a value."""

    LEFT_OUT = "left out"

    def __repr__(self) -> str:
        """As a default in a signature, which `help` shows."""
        return "..."


LEFT_OUT = LeftOut.LEFT_OUT
"""The default of what decides who may share: ``None``, which may come from a look-up that failed, is an error there."""


class FleetBuilder:
    """Collects a fleet; every method returns the builder, `build` checks it all at once.

    ``None`` is the same as leaving a keyword out, but for those that decide who may share (trust, sharing, accepts,
    distrusts, attributes and the rules) or who stays where (runs_in,
    pin, stay, stateful, mode, keep): there it is an error, as it is in `Fleet.from_dict`.

    Example:
        >>> import tenantry
        >>> fleet = (
        ...     tenantry.Fleet.builder("acme")
        ...     .attribute("environment", {"production": ["prod"], "non-production": ["dev", "test"]})
        ...     .separate("environment")
        ...     .tenant("shop", trust="trusted")
        ...     .workload("frontend", tenant="shop", replicas=3, cpu="100m", memory="64Mi", environment="prod")
        ...     .workload("preview", tenant="shop", cpu="100m", memory="64Mi", environment="dev")
        ...     .template("standard", cpu=16, memory="64Gi")
        ...     .build()
        ... )
        >>> len(tenantry.plan(fleet).clusters)
        2
    """

    def __init__(self, name: str = "") -> None:
        """Starts an empty fleet."""
        self._document: dict[str, Any] = {"schema": "tenantry/v1"}
        if name:
            self._document["name"] = name
        self._policy: dict[str, Any] = {}
        self._tenants: list[dict[str, Any]] = []
        self._workloads: list[dict[str, Any]] = []
        self._regions: list[dict[str, Any]] = []
        self._templates: list[dict[str, Any]] = []
        self._existing: list[dict[str, Any]] = []

    def as_of(self, day: str | datetime.date) -> FleetBuilder:
        """The day against which waivers are judged, ``YYYY-MM-DD``.

        Example:
            >>> import tenantry
            >>> tenantry.Fleet.builder().as_of("2026-11-23").to_dict()["asOf"]
            '2026-11-23'
        """
        self._document["asOf"] = day
        return self

    def attribute(self, name: str, values: str | Sequence[str] | Mapping[str, Any] = "any") -> FleetBuilder:
        """Declares an attribute: ``"any"``, a closed list of values, or a map of classes to their aliases.

        Example:
            >>> import tenantry
            >>> builder = tenantry.Fleet.builder().attribute("customer").attribute("region", ["eu", "us"])
            >>> builder = builder.attribute("environment", {"production": ["prod", "live"], "other": ["dev"]})
        """
        declared = self._policy.setdefault("attributes", {})
        if name in declared and declared[name] != values:
            raise UsageError(f"the attribute {name!r} is declared twice, as {declared[name]!r} and as {values!r}")
        declared[name] = values
        return self

    def levels(self, *levels: Mapping[str, str]) -> FleetBuilder:
        """Replaces the trust levels, lowest first: ``{"name", "sharing", "accepts"}`` each, perhaps a ``"reason"``.

        Example:
            >>> import tenantry
            >>> builder = tenantry.Fleet.builder().levels(
            ...     {"name": "wild", "sharing": "workload", "accepts": "wild"},
            ...     {"name": "tame", "sharing": "level", "accepts": "tame"},
            ... )
        """
        self._policy["levels"] = list(levels)
        return self

    def separate(
        self, by: str, *, missing: Mapping[str, Any] | LeftOut = LEFT_OUT, reason: str | None = None
    ) -> FleetBuilder:
        """Workloads of different classes of the attribute `by` never share a cluster.

        Args:
            by: a declared attribute.
            missing: the class of those without a value, and whose they may be: ``{"class": "internal", "tenants":
                ["shop"]}``; by default no value is an error.
            reason: why, in words for people.

        Example:
            >>> import tenantry
            >>> builder = tenantry.Fleet.builder().attribute("environment", ["prod", "dev"]).separate("environment")
        """
        return self._rule("separate", {"by": by, "missing": missing}, reason=reason)

    def apart(
        self,
        by: str,
        *,
        missing: str | LeftOut = LEFT_OUT,
        id: str | LeftOut = LEFT_OUT,
        members: Sequence[str] | LeftOut = LEFT_OUT,
        reason: str | None = None,
    ) -> FleetBuilder:
        """A technical conflict: different values of the attribute `by` never share a cluster.

        With an `id` and `members`, `by` is ``"cluster"`` or ``"region"``: no two of these workloads are in one.

        Args:
            by: a declared attribute; or ``"cluster"`` or ``"region"``.
            missing: ``"any"``: those without a value go with every one; by default no value is an error.
            id: what the rule between members is called.
            members: workloads, each ``tenant/name``.
            reason: why, in words for people.

        Example:
            >>> import tenantry
            >>> builder = tenantry.Fleet.builder().attribute("version").apart("version", missing="any")
            >>> builder = builder.apart("region", id="ledgers", members=["bank/active", "bank/passive"])
        """
        return self._rule("apart", {"by": by, "missing": missing, "id": id, "members": members}, reason=reason)

    def distrust(
        self, id: str, *, subject: Mapping[str, Any], neighbour: Mapping[str, Any], reason: str | None = None
    ) -> FleetBuilder:
        """`subject` refuses `neighbour`, each a selector such as ``{"tenant": "payments"}``.

        Args:
            id: what the rule is called: explanations say ``distrust:id``.
            subject: who refuses.
            neighbour: who is refused.
            reason: why, in words for people.

        Example:
            >>> import tenantry
            >>> builder = tenantry.Fleet.builder().distrust(
            ...     "vault", subject={"tenant": "bank"}, neighbour={"trust": "untrusted"}, reason="keys in memory"
            ... )
        """
        return self._rule("distrust", {"id": id, "subject": subject, "neighbour": neighbour}, reason=reason)

    def together(
        self,
        id: str,
        *,
        members: Sequence[str] | LeftOut = LEFT_OUT,
        by: str | LeftOut = LEFT_OUT,
        where: Mapping[str, Any] | LeftOut = LEFT_OUT,
        in_: str | LeftOut = LEFT_OUT,
        reason: str | None = None,
    ) -> FleetBuilder:
        """Workloads that must share one cluster: `members` by name, or ``by="tenant"`` with a selector `where`.

        Args:
            id: what the group is called.
            members: workloads, each ``tenant/name``; or
            by: ``"tenant"``: a group for each tenant, of its workloads that match
            where: a selector.
            in_: ``"region"``: all that they have stands in one region, and no cluster need be shared.
            reason: why, in words for people.

        Example:
            >>> import tenantry
            >>> builder = tenantry.Fleet.builder().together("pair", members=["shop/web", "shop/cache"])
        """
        rule = {"id": id, "members": members, "by": by, "where": where, "in": in_}
        return self._rule("together", rule, reason=reason)

    def waiver(
        self,
        id: str,
        *,
        between: tuple[Mapping[str, Any], Mapping[str, Any]],
        waives: Sequence[str],
        approved_by: str,
        expires: str | datetime.date,
        reason: str,
    ) -> FleetBuilder:
        """An approved, expiring exception to separations.

        Args:
            id: what it is called.
            between: two selectors; each must match some workload.
            waives: the reasons that it takes away, such as ``"distrust:vault"``.
            approved_by: who answers for it.
            expires: the last day on which it holds.
            reason: why, in words for people.

        Example:
            >>> import tenantry
            >>> builder = tenantry.Fleet.builder().waiver(
            ...     "migration",
            ...     between=({"tenant": "bank"}, {"tenant": "ops"}),
            ...     waives=["distrust:vault"],
            ...     approved_by="ciso",
            ...     expires="2027-01-01",
            ...     reason="until the move is done",
            ... )
        """
        rule = {"id": id, "between": between, "waives": waives, "approvedBy": approved_by, "expires": expires}
        return self._rule("waivers", {**rule, "reason": reason})

    def tenant(
        self,
        name: str,
        *,
        trust: str | LeftOut = LEFT_OUT,
        sharing: str | LeftOut = LEFT_OUT,
        accepts: str | LeftOut = LEFT_OUT,
        distrusts: Sequence[str] | LeftOut = LEFT_OUT,
        regions: str | Sequence[str] | LeftOut = LEFT_OUT,
        jurisdictions: str | Sequence[str] | LeftOut = LEFT_OUT,
        needs: str | Sequence[str] | LeftOut = LEFT_OUT,
        platform: bool | None = None,
        split_namespaces: bool | None = None,
        pin: str | Sequence[str] | LeftOut = LEFT_OUT,
        stay: str | Mapping[str, Any] | LeftOut = LEFT_OUT,
        overhead: Mapping[str, Quantity] | None = None,
        labels: Mapping[str, str] | None = None,
        mitigations: Sequence[str] | None = None,
        **attributes: str,
    ) -> FleetBuilder:
        """An owner of workloads, where they may be and what they need. Further keywords are its attributes.

        Args:
            name: no other tenant is called so.
            trust: its trust level; without one each of its workloads states it.
            sharing: ``"level"``, ``"tenant"`` or ``"workload"``, narrower than its level's.
            accepts: the lowest level of neighbours, higher than its level's.
            distrusts: tenants that it refuses.
            regions: where it may be; by default nothing is said.
            jurisdictions: in regions of one of these.
            needs: words that its clusters must provide.
            platform: it may own workloads that run in every cluster.
            split_namespaces: the workloads of a namespace need not share a cluster.
            pin: the existing cluster in which each of its workloads must be.
            stay: ``"cluster"``, ``"region"`` or ``"none"``; ``{"for": "cluster", "until": day}`` up to a day.
            overhead: what it takes once in every cluster where it has a workload: ``cpu``, ``memory``, ``pods``.
            labels: free texts, copied to the outputs.
            mitigations: recorded and reported, such as ``"gvisor"``; they change nothing.
            attributes: values of declared attributes, for all its workloads.

        Example:
            >>> import tenantry
            >>> builder = tenantry.Fleet.builder().tenant("bank", trust="trusted", distrusts=["shop"], region="eu")
        """
        self._tenants.append(
            _given(
                {
                    "name": name,
                    "trust": trust,
                    "sharing": sharing,
                    "accepts": accepts,
                    "distrusts": distrusts,
                    "regions": regions,
                    "jurisdictions": jurisdictions,
                    "needs": needs,
                    "pin": pin,
                    "stay": stay,
                },
                attributes=attributes or None,
                platform=platform,
                splitNamespaces=split_namespaces,
                overhead=overhead,
                labels=labels,
                mitigations=mitigations,
            )
        )
        return self

    def workload(
        self,
        name: str,
        *,
        tenant: str,
        replicas: int | tuple[int, int] | None = None,
        copies: int | Mapping[str, Any] | LeftOut = LEFT_OUT,
        split: bool | Mapping[str, int] | LeftOut = LEFT_OUT,
        cpu: Quantity | None = None,
        memory: Quantity | None = None,
        requests: Mapping[str, Quantity] | None = None,
        fixed_requests: Mapping[str, Quantity] | None = None,
        namespace: str | None = None,
        trust: str | LeftOut = LEFT_OUT,
        sharing: str | LeftOut = LEFT_OUT,
        accepts: str | LeftOut = LEFT_OUT,
        regions: str | Sequence[str] | LeftOut = LEFT_OUT,
        jurisdictions: str | Sequence[str] | LeftOut = LEFT_OUT,
        needs: str | Sequence[str] | LeftOut = LEFT_OUT,
        per_cluster: bool | None = None,
        per_node: bool | None = None,
        pool: str | None = None,
        runs_in: str | Sequence[str] | Mapping[str, int] | LeftOut = LEFT_OUT,
        pin: str | Sequence[str] | LeftOut = LEFT_OUT,
        stay: str | Mapping[str, Any] | LeftOut = LEFT_OUT,
        stateful: bool | LeftOut = LEFT_OUT,
        move_cost: int | None = None,
        downtime: str | None = None,
        labels: Mapping[str, str] | None = None,
        mitigations: Sequence[str] | None = None,
        **attributes: str,
    ) -> FleetBuilder:
        """Identical pods: `requests` (of which `cpu` and `memory` are short forms) of one pod, times `replicas`.

        Args:
            name: no other of its tenant's namespace is called so.
            tenant: whose it is.
            replicas: pods of each copy, or ``(min, max)``: planned for the most; 1 where nothing is said.
            copies: in how many clusters it is: a number, ``{"count", "spread", "survive"}`` or ``{"each": "region"}``.
            split: its replicas may lie in several clusters.
            cpu: of one pod: cores, or a text such as ``"100m"``.
            memory: of one pod: bytes, or a text such as ``"64Mi"``.
            requests: of one pod, by resource.
            fixed_requests: what it takes once, whatever its replicas.
            namespace: by default ``tenant-name``.
            trust: lower than its tenant's.
            sharing: narrower than its tenant's.
            accepts: higher than its tenant's.
            regions: where it may be, within its tenant's.
            jurisdictions: in regions of one of these.
            needs: words that its cluster must provide, beside its tenant's.
            per_cluster: of a platform tenant: it runs in every cluster.
            per_node: of a platform tenant: it runs on every node.
            pool: the dedicated node pool that it runs on.
            runs_in: the existing cluster where it runs (``[]``: nowhere yet), or those of its copies, or of a split how
                many replicas in each.
            pin: the existing cluster in which it must be, or of copies several.
            stay: as of a tenant.
            stateful: it keeps state where it runs, and stays there unless it says another `stay`.
            move_cost: what a move of it counts; 1 where nothing is said.
            downtime: ``"allowed"``: it may stop before it starts elsewhere.
            labels: free texts, copied to the outputs.
            mitigations: recorded and reported; they change nothing.
            attributes: values of attributes that its tenant leaves open.

        Example:
            >>> import tenantry
            >>> builder = tenantry.Fleet.builder()
            >>> builder = builder.workload("web", tenant="shop", replicas=(1, 3), cpu="100m", memory="64Mi")
        """
        bounds = {"min": replicas[0], "max": replicas[1]} if isinstance(replicas, tuple) else replicas
        self._workloads.append(
            _given(
                {
                    "name": name,
                    "tenant": tenant,
                    "trust": trust,
                    "sharing": sharing,
                    "accepts": accepts,
                    "copies": copies,
                    "split": split,
                    "regions": regions,
                    "jurisdictions": jurisdictions,
                    "needs": needs,
                    "runsIn": runs_in,
                    "pin": pin,
                    "stay": stay,
                    "stateful": stateful,
                },
                namespace=namespace,
                attributes=attributes or None,
                replicas=bounds,
                requests=_amounts(name, requests, cpu=cpu, memory=memory),
                fixedRequests=fixed_requests,
                perCluster=per_cluster,
                perNode=per_node,
                pool=pool,
                moveCost=move_cost,
                downtime=downtime,
                labels=labels,
                mitigations=mitigations,
            )
        )
        return self

    def template(
        self,
        name: str,
        *,
        cpu: Quantity | None = None,
        memory: Quantity | None = None,
        allocatable: Mapping[str, Quantity] | None = None,
        node_pools: Sequence[Mapping[str, Any]] | None = None,
        node_packing: str | None = None,
        headroom: Quantity | None = None,
        max_count: int | None = None,
        maximums: Mapping[str, int | str] | None = None,
        cost: Quantity | Mapping[str, Quantity] | None = None,
        regions: str | Sequence[str] | LeftOut = LEFT_OUT,
        jurisdictions: str | Sequence[str] | LeftOut = LEFT_OUT,
        admits: Mapping[str, Any] | LeftOut = LEFT_OUT,
        provides: str | Sequence[str] | LeftOut = LEFT_OUT,
        labels: Mapping[str, str] | None = None,
    ) -> FleetBuilder:
        """A shape that a cluster can have: `allocatable` (`cpu` and `memory` are short forms) or `node_pools`.

        Args:
            name: no other template is called so.
            cpu: of the cluster: cores, or a text such as ``"16"``.
            memory: of the cluster: bytes, or a text such as ``"64Gi"``.
            allocatable: of the cluster, by resource; what is not named is 0, but for pods.
            node_pools: instead: ``{"name", "allocatable", "max"}`` each, the amounts of one node.
            node_packing: ``"sums"``: only the sums of the nodes count, not what fits a single one.
            headroom: what stays free of each resource: ``0.2`` or ``"20%"``.
            max_count: the most clusters of this template.
            maximums: ``nodes``, ``pods``, ``namespaces``, ``tenants`` of a cluster; a ``preset`` among them
                (``"upstream"``, ``"eks"``, ``"aks"``, ``"gke"``) gives documented limits.
            cost: of a cluster, in whatever money and time; or ``{"cluster", "perNode"}``.
            regions: where its clusters can stand.
            jurisdictions: in regions of one of these.
            admits: a selector: only workloads that match may be in its clusters.
            provides: words for what its clusters have, which workloads may need.
            labels: free texts, copied to the outputs.

        Example:
            >>> import tenantry
            >>> builder = tenantry.Fleet.builder().template("standard", cpu=16, memory="64Gi", headroom="20%", cost=99)
        """
        self._templates.append(
            _given(
                {"name": name, "regions": regions, "jurisdictions": jurisdictions}
                | {"admits": admits, "provides": provides},
                allocatable=_amounts(name, allocatable, cpu=cpu, memory=memory),
                nodePools=node_pools,
                nodePacking=node_packing,
                headroom=headroom,
                maxCount=max_count,
                maximums=maximums,
                cost=cost,
                labels=labels,
            )
        )
        return self

    def existing(
        self,
        name: str,
        *,
        template: str | None = None,
        region: str | LeftOut = LEFT_OUT,
        admits: Mapping[str, Any] | LeftOut = LEFT_OUT,
        provides: str | Sequence[str] | LeftOut = LEFT_OUT,
        mode: str | LeftOut = LEFT_OUT,
        keep: bool | LeftOut = LEFT_OUT,
        occupied: Mapping[str, Quantity] | LeftOut = LEFT_OUT,
        cpu: Quantity | None = None,
        memory: Quantity | None = None,
        allocatable: Mapping[str, Quantity] | None = None,
        node_pools: Sequence[Mapping[str, Any]] | None = None,
        node_packing: str | None = None,
        headroom: Quantity | None = None,
        maximums: Mapping[str, int] | None = None,
        cost: Quantity | Mapping[str, Quantity] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> FleetBuilder:
        """A cluster that there is: of a `template`, with a shape of its own, or both (its own keys win).

        Args:
            name: no other cluster is called so.
            template: its shape, where it has none of its own.
            region: where it stands.
            admits: as of a template.
            provides: as of a template.
            mode: ``"open"``, ``"cordon"`` (nobody comes) or ``"drain"`` (all who are there leave).
            keep: it is in every plan, even if it is empty.
            occupied: what others take there who are not in the fleet, by resource.
            cpu: as of a template, and so are all that follow.
            memory: bytes, or a text such as ``"64Gi"``.
            allocatable: by resource.
            node_pools: instead of it.
            node_packing: ``"sums"``, or by nodes.
            headroom: what stays free.
            maximums: what bounds it further.
            cost: of the cluster.
            labels: beside the template's, one by one.

        Example:
            >>> import tenantry
            >>> builder = tenantry.Fleet.builder().existing("prod-1", cpu=16, memory="64Gi", keep=True)
        """
        self._existing.append(
            _given(
                {"name": name, "mode": mode, "keep": keep, "occupied": occupied}
                | {"region": region, "admits": admits, "provides": provides},
                template=template,
                allocatable=_amounts(name, allocatable, cpu=cpu, memory=memory),
                nodePools=node_pools,
                nodePacking=node_packing,
                headroom=headroom,
                maximums=maximums,
                cost=cost,
                labels=labels,
            )
        )
        return self

    def runs_nowhere_yet(self) -> FleetBuilder:
        """Workloads that do not say where they run run nowhere yet (else, with existing clusters, that is an error).

        Example:
            >>> import tenantry
            >>> tenantry.Fleet.builder().runs_nowhere_yet().to_dict()["defaults"]
            {'runsIn': []}
        """
        self._document.setdefault("defaults", {})["runsIn"] = []
        return self

    def missing_requests(self, *, cpu: Quantity, memory: Quantity) -> FleetBuilder:
        """What a workload takes that states no request (otherwise that is an error).

        Example:
            >>> import tenantry
            >>> builder = tenantry.Fleet.builder().missing_requests(cpu="100m", memory="128Mi")
        """
        self._document.setdefault("defaults", {})["missingRequests"] = {"cpu": cpu, "memory": memory}
        return self

    def region(
        self,
        name: str,
        *,
        jurisdictions: str | Sequence[str] | LeftOut = LEFT_OUT,
        max_clusters: int | None = None,
        cost_factor: Quantity | None = None,
    ) -> FleetBuilder:
        """A region in which clusters can stand.

        Args:
            name: no other region is called so.
            jurisdictions: where it is as far as law goes.
            max_clusters: the most clusters there.
            cost_factor: times all that a cluster costs there.

        Example:
            >>> import tenantry
            >>> builder = tenantry.Fleet.builder().region("eu-west-1", jurisdictions="eu").region("us-east-1")
        """
        fields = {"name": name, "jurisdictions": jurisdictions}
        self._regions.append(_given(fields, maxClusters=max_clusters, costFactor=cost_factor))
        return self

    def all_regions(self) -> FleetBuilder:
        """Tenants and templates that state neither regions nor jurisdictions may be in every region.

        Example:
            >>> import tenantry
            >>> tenantry.Fleet.builder().all_regions().to_dict()["defaults"]
            {'regions': 'all'}
        """
        self._document.setdefault("defaults", {})["regions"] = "all"
        return self

    def objective(self, *levels: str) -> FleetBuilder:
        """The objective's levels, most important first: clusters, cost, moves, exposure, balance.

        Example:
            >>> import tenantry
            >>> builder = tenantry.Fleet.builder().objective("clusters", "cost")
        """
        self._document["objective"] = list(levels)
        return self

    def limits(
        self, *, clusters: int | None = None, cost: Quantity | None = None, moves: int | None = None
    ) -> FleetBuilder:
        """The highest values that a plan may have, whether they are in the objective or not.

        Args:
            clusters: so many clusters at most.
            cost: in the money of the templates.
            moves: the sum of the move costs, where clusters exist.

        Example:
            >>> import tenantry
            >>> tenantry.Fleet.builder().limits(clusters=3).to_dict()["limits"]
            {'clusters': 3}
        """
        self._document["limits"] = _given({}, clusters=clusters, cost=cost, moves=moves)
        return self

    def to_dict(self) -> dict[str, Any]:
        """The document so far, unchecked.

        Example:
            >>> import tenantry
            >>> tenantry.Fleet.builder().tenant("shop", trust="trusted").to_dict()["tenants"]
            [{'name': 'shop', 'trust': 'trusted'}]
        """
        return deepcopy(self._so_far())

    def build(self) -> Fleet:
        """The fleet.

        Raises:
            FleetError: with every problem at once.

        Example:
            >>> import tenantry
            >>> tenantry.Fleet.builder("acme").build().name
            'acme'
        """
        return Fleet.from_dict(self._so_far())

    def _so_far(self) -> dict[str, Any]:
        document = dict(self._document)
        if self._policy:
            document["policy"] = self._policy
        return (
            document
            | {
                "tenants": self._tenants,
                "workloads": self._workloads,
                "clusterTemplates": self._templates,
            }
            | ({"regions": self._regions} if self._regions else {})
            | ({"existingClusters": self._existing} if self._existing else {})
        )

    def _rule(self, kind: str, fields: Mapping[str, Any], reason: str | None = None) -> FleetBuilder:
        self._policy.setdefault(kind, []).append(_given(fields, reason=reason))
        return self


def _given(deciding: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """The fields that are not left out. Of those that decide who may share, ``None`` is kept: it is an error."""
    given = {key: value for key, value in deciding.items() if value is not LEFT_OUT}
    return given | {key: value for key, value in fields.items() if value is not None}


def _amounts(name: str, amounts: Mapping[str, Quantity] | None, **short: Quantity | None) -> dict[str, Any] | None:
    given = _given({}, **short)
    twice = sorted(given.keys() & (amounts or {}).keys())
    if twice:
        raise UsageError(f"{name!r}: {twice[0]} is given twice, as a keyword and in the map")
    return given | dict(amounts or {}) or None
