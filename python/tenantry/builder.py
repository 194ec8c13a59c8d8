"""A fleet step by step, for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenantry.fleet import Fleet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Quantity = str | int | float


class FleetBuilder:
    """Collects a fleet; every method returns the builder, `build` checks it all at once.

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
        self._templates: list[dict[str, Any]] = []

    def as_of(self, day: str) -> FleetBuilder:
        """The day against which waivers are judged, ``YYYY-MM-DD``."""
        self._document["asOf"] = day
        return self

    def attribute(self, name: str, values: str | Sequence[str] | Mapping[str, Any] = "any") -> FleetBuilder:
        """Declares an attribute: ``"any"``, a closed list of values, or a map of classes to their aliases."""
        self._policy.setdefault("attributes", {})[name] = values
        return self

    def levels(self, *levels: Mapping[str, str]) -> FleetBuilder:
        """Replaces the trust levels, lowest first: each ``{"name", "sharing", "accepts"}``."""
        self._policy["levels"] = list(levels)
        return self

    def separate(self, by: str, *, missing: Mapping[str, Any] | None = None) -> FleetBuilder:
        """Workloads of different classes of the attribute `by` never share a cluster."""
        return self._rule("separate", by=by, missing=missing)

    def apart(self, by: str, *, missing: str | None = None) -> FleetBuilder:
        """A technical conflict: different values of the attribute `by` never share a cluster."""
        return self._rule("apart", by=by, missing=missing)

    def distrust(
        self, id: str, *, subject: Mapping[str, Any], neighbour: Mapping[str, Any], reason: str | None = None
    ) -> FleetBuilder:
        """`subject` refuses `neighbour`, each a selector such as ``{"tenant": "payments"}``."""
        return self._rule("distrust", id=id, subject=subject, neighbour=neighbour, reason=reason)

    def together(
        self,
        id: str,
        *,
        members: Sequence[str] | None = None,
        by: str | None = None,
        where: Mapping[str, Any] | None = None,
        reason: str | None = None,
    ) -> FleetBuilder:
        """Workloads that must share one cluster: `members` by name, or ``by="tenant"`` with a selector `where`."""
        return self._rule("together", id=id, members=members, by=by, where=where, reason=reason)

    def waiver(
        self,
        id: str,
        *,
        between: tuple[Mapping[str, Any], Mapping[str, Any]],
        waives: Sequence[str],
        approved_by: str,
        expires: str,
        reason: str,
    ) -> FleetBuilder:
        """An approved, expiring exception to the reasons named in `waives`."""
        return self._rule(
            "waivers",
            id=id,
            between=list(between),
            waives=list(waives),
            approvedBy=approved_by,
            expires=expires,
            reason=reason,
        )

    def tenant(
        self,
        name: str,
        *,
        trust: str | None = None,
        sharing: str | None = None,
        accepts: str | None = None,
        distrusts: Sequence[str] | None = None,
        platform: bool | None = None,
        split_namespaces: bool | None = None,
        labels: Mapping[str, str] | None = None,
        mitigations: Sequence[str] | None = None,
        **attributes: str,
    ) -> FleetBuilder:
        """An owner of workloads. Further keywords are its attributes."""
        self._tenants.append(
            _given(
                name=name,
                trust=trust,
                sharing=sharing,
                accepts=accepts,
                attributes=attributes or None,
                distrusts=distrusts,
                platform=platform,
                splitNamespaces=split_namespaces,
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
        cpu: Quantity | None = None,
        memory: Quantity | None = None,
        requests: Mapping[str, Quantity] | None = None,
        fixed_requests: Mapping[str, Quantity] | None = None,
        namespace: str | None = None,
        trust: str | None = None,
        sharing: str | None = None,
        accepts: str | None = None,
        per_cluster: bool | None = None,
        per_node: bool | None = None,
        pool: str | None = None,
        labels: Mapping[str, str] | None = None,
        mitigations: Sequence[str] | None = None,
        **attributes: str,
    ) -> FleetBuilder:
        """Identical pods: `requests` (of which `cpu` and `memory` are short forms) of one pod, times `replicas`.

        A pair of replicas is ``(min, max)``. `pool` is the dedicated node pool that they run on. Further keywords
        are its attributes.
        """
        bounds = {"min": replicas[0], "max": replicas[1]} if isinstance(replicas, tuple) else replicas
        self._workloads.append(
            _given(
                name=name,
                tenant=tenant,
                namespace=namespace,
                trust=trust,
                sharing=sharing,
                accepts=accepts,
                attributes=attributes or None,
                replicas=bounds,
                requests=_given(cpu=cpu, memory=memory) | dict(requests or {}) or None,
                fixedRequests=fixed_requests,
                perCluster=per_cluster,
                perNode=per_node,
                pool=pool,
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
        headroom: str | float | None = None,
        max_count: int | None = None,
        maximums: Mapping[str, int] | None = None,
        cost: float | Mapping[str, float] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> FleetBuilder:
        """A shape that a cluster can have: `allocatable` (`cpu` and `memory` are short forms) or `node_pools`.

        With `node_packing` ``"sums"`` only the sums of the nodes count, not what fits a single one.
        """
        self._templates.append(
            _given(
                name=name,
                allocatable=_given(cpu=cpu, memory=memory) | dict(allocatable or {}) or None,
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

    def missing_requests(self, *, cpu: Quantity, memory: Quantity) -> FleetBuilder:
        """What a workload takes that states no request (otherwise that is an error)."""
        self._document["defaults"] = {"missingRequests": {"cpu": cpu, "memory": memory}}
        return self

    def objective(self, *levels: str) -> FleetBuilder:
        """The objective's levels: ``"clusters"``, then ``"cost"``."""
        self._document["objective"] = list(levels)
        return self

    def to_dict(self) -> dict[str, Any]:
        """The document so far, unchecked."""
        document = dict(self._document)
        if self._policy:
            document["policy"] = self._policy
        return document | {
            "tenants": self._tenants,
            "workloads": self._workloads,
            "clusterTemplates": self._templates,
        }

    def build(self) -> Fleet:
        """The fleet.

        Raises:
            FleetError: with every problem at once.
        """
        return Fleet.from_dict(self.to_dict())

    def _rule(self, kind: str, **fields: Any) -> FleetBuilder:
        self._policy.setdefault(kind, []).append(_given(**fields))
        return self


def _given(**fields: Any) -> dict[str, Any]:
    """The fields that are not ``None``."""
    return {key: value for key, value in fields.items() if value is not None}
