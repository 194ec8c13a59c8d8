"""tenantry plans which workloads share a Kubernetes cluster: the fewest clusters, proved and explained.

Example:
    >>> import tenantry
    >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
    >>> plan = tenantry.plan(fleet)
    >>> plan.status
    'optimal'
    >>> plan.explain("shop/frontend", "payments/ledger").may_share
    False
"""

from __future__ import annotations

from tenantry._core import __version__, schema
from tenantry.audits import (
    Audit,
    AuditedViolation,
    AuditGroup,
    AuditSummary,
    Candidate,
    EndingSoon,
    MendedViolation,
    Placed,
    PlaceReason,
    Places,
)
from tenantry.builder import FleetBuilder
from tenantry.diffs import (
    ClusterChange,
    FigureChange,
    PlanDiff,
    SeparationChange,
    TenantChange,
    WaiverChange,
    WorkloadChange,
)
from tenantry.errors import (
    FleetError,
    InternalError,
    Interrupted,
    NoPlanError,
    PlanError,
    Problem,
    TenantryError,
    UsageError,
)
from tenantry.facts import Fact, Why
from tenantry.fleet import Fleet
from tenantry.frontiers import Frontier, FrontierFigure, FrontierPoint
from tenantry.growth import Broken, Growth, GrowthPart, GrowthPoint, Rise
from tenantry.levers import (
    LadderStep,
    Lever,
    Needed,
    PricedLever,
    PricedMitigation,
    PricedTenant,
    Prices,
    Relaxed,
    RelaxedSet,
    Saved,
    Slack,
    WaiverDraft,
)
from tenantry.migrations import (
    Migration,
    MigrationBatch,
    MigrationLeft,
    MigrationReason,
    MigrationStep,
    MigrationSummary,
    Replay,
)
from tenantry.packing import Packing, pack
from tenantry.planning import plan
from tenantry.plans import (
    Assignment,
    BlastRadius,
    Check,
    Cluster,
    Existing,
    Explanation,
    Leaving,
    Level,
    Loss,
    LossOfRegion,
    MoveCount,
    Moves,
    NodeUse,
    OtherValue,
    Plan,
    PoolUse,
    Reason,
    ResourceUse,
    Separation,
    Summary,
    Violation,
    Waiver,
    Warning,
)
from tenantry.tables import to_tables

__all__ = [
    "Assignment",
    "Audit",
    "AuditGroup",
    "AuditSummary",
    "AuditedViolation",
    "BlastRadius",
    "Broken",
    "Candidate",
    "Check",
    "Cluster",
    "ClusterChange",
    "EndingSoon",
    "Existing",
    "Explanation",
    "Fact",
    "FigureChange",
    "Fleet",
    "FleetBuilder",
    "FleetError",
    "Frontier",
    "FrontierFigure",
    "FrontierPoint",
    "Growth",
    "GrowthPart",
    "GrowthPoint",
    "InternalError",
    "Interrupted",
    "LadderStep",
    "Leaving",
    "Level",
    "Lever",
    "Loss",
    "LossOfRegion",
    "MendedViolation",
    "Migration",
    "MigrationBatch",
    "MigrationLeft",
    "MigrationReason",
    "MigrationStep",
    "MigrationSummary",
    "MoveCount",
    "Moves",
    "Needed",
    "NoPlanError",
    "NodeUse",
    "OtherValue",
    "Packing",
    "PlaceReason",
    "Placed",
    "Places",
    "Plan",
    "PlanDiff",
    "PlanError",
    "PoolUse",
    "PricedLever",
    "PricedMitigation",
    "PricedTenant",
    "Prices",
    "Problem",
    "Reason",
    "Relaxed",
    "RelaxedSet",
    "Replay",
    "ResourceUse",
    "Rise",
    "Saved",
    "Separation",
    "SeparationChange",
    "Slack",
    "Summary",
    "TenantChange",
    "TenantryError",
    "UsageError",
    "Violation",
    "Waiver",
    "WaiverChange",
    "WaiverDraft",
    "Warning",
    "Why",
    "WorkloadChange",
    "__version__",
    "pack",
    "plan",
    "schema",
    "to_tables",
]
