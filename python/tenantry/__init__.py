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
from tenantry._lazy import lazily

TYPE_CHECKING = False  # as it is while it runs: `typing` itself takes its time to load
if TYPE_CHECKING:
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
    from tenantry.blasts import (
        Alone,
        Blast,
        BlastCluster,
        BlastLoss,
        BlastSubject,
        BlastTenant,
        BlastWorkload,
        InReach,
        KeptElsewhere,
        Reach,
    )
    from tenantry.builder import FleetBuilder
    from tenantry.comparisons import ComparedPlan, ComparedValue, Comparison
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
    from tenantry.graphs import FactGraph, TrustGraph
    from tenantry.growth import Broken, Growth, GrowthPart, GrowthPoint, Rise
    from tenantry.levers import (
        ComparedLevel,
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
        WhyNot,
    )
    from tenantry.manifests import ExportTarget, Manifests, PodSecurity, WrittenFile
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
    from tenantry.planning import compare, plan
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
    from tenantry.progress import Progress
    from tenantry.records import LazyRecords, Records, Tabular
    from tenantry.scenarios import PlannedScenario, PlannedScenarios, Scenario, plan_many
    from tenantry.tables import to_tables
else:
    # the same once more: a module is imported when something of it is asked for
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "audits": (
                "Audit AuditedViolation AuditGroup AuditSummary Candidate EndingSoon MendedViolation Placed "
                "PlaceReason Places"
            ),
            "blasts": (
                "Alone Blast BlastCluster BlastLoss BlastSubject BlastTenant BlastWorkload InReach KeptElsewhere Reach"
            ),
            "builder": "FleetBuilder",
            "comparisons": "ComparedPlan ComparedValue Comparison",
            "diffs": "ClusterChange FigureChange PlanDiff SeparationChange TenantChange WaiverChange WorkloadChange",
            "errors": "FleetError InternalError Interrupted NoPlanError PlanError Problem TenantryError UsageError",
            "facts": "Fact Why",
            "fleet": "Fleet",
            "frontiers": "Frontier FrontierFigure FrontierPoint",
            "graphs": "FactGraph TrustGraph",
            "growth": "Broken Growth GrowthPart GrowthPoint Rise",
            "levers": (
                "ComparedLevel LadderStep Lever Needed PricedLever PricedMitigation PricedTenant Prices Relaxed "
                "RelaxedSet Saved Slack WaiverDraft WhyNot"
            ),
            "manifests": "ExportTarget Manifests PodSecurity WrittenFile",
            "migrations": (
                "Migration MigrationBatch MigrationLeft MigrationReason MigrationStep MigrationSummary Replay"
            ),
            "packing": "Packing pack",
            "planning": "compare plan",
            "plans": (
                "Assignment BlastRadius Check Cluster Existing Explanation Leaving Level Loss LossOfRegion "
                "MoveCount Moves NodeUse OtherValue Plan PoolUse Reason ResourceUse Separation Summary "
                "Violation Waiver Warning"
            ),
            "progress": "Progress",
            "records": "LazyRecords Records Tabular",
            "scenarios": "PlannedScenario PlannedScenarios Scenario plan_many",
            "tables": "to_tables",
        },
    )

__all__ = [
    "Alone",
    "Assignment",
    "Audit",
    "AuditGroup",
    "AuditSummary",
    "AuditedViolation",
    "Blast",
    "BlastCluster",
    "BlastLoss",
    "BlastRadius",
    "BlastSubject",
    "BlastTenant",
    "BlastWorkload",
    "Broken",
    "Candidate",
    "Check",
    "Cluster",
    "ClusterChange",
    "ComparedLevel",
    "ComparedPlan",
    "ComparedValue",
    "Comparison",
    "EndingSoon",
    "Existing",
    "Explanation",
    "ExportTarget",
    "Fact",
    "FactGraph",
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
    "InReach",
    "InternalError",
    "Interrupted",
    "KeptElsewhere",
    "LadderStep",
    "LazyRecords",
    "Leaving",
    "Level",
    "Lever",
    "Loss",
    "LossOfRegion",
    "Manifests",
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
    "PlannedScenario",
    "PlannedScenarios",
    "PodSecurity",
    "PoolUse",
    "PricedLever",
    "PricedMitigation",
    "PricedTenant",
    "Prices",
    "Problem",
    "Progress",
    "Reach",
    "Reason",
    "Records",
    "Relaxed",
    "RelaxedSet",
    "Replay",
    "ResourceUse",
    "Rise",
    "Saved",
    "Scenario",
    "Separation",
    "SeparationChange",
    "Slack",
    "Summary",
    "Tabular",
    "TenantChange",
    "TenantryError",
    "TrustGraph",
    "UsageError",
    "Violation",
    "Waiver",
    "WaiverChange",
    "WaiverDraft",
    "Warning",
    "Why",
    "WhyNot",
    "WorkloadChange",
    "WrittenFile",
    "__version__",
    "compare",
    "pack",
    "plan",
    "plan_many",
    "schema",
    "to_tables",
]
