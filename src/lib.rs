//! tenantry plans which workloads share a Kubernetes cluster: the fewest clusters such that nobody shares one with
//! somebody they do not trust, with a proof that there cannot be fewer and the reasons of every separation.
//!
//! # The flow
//!
//! 1. [`fleet`]: a document (YAML or JSON) becomes a [`Fleet`]: tenants, workloads, policy, cluster templates, everything
//!    inherited, checked and counted in whole numbers. All errors at once.
//! 2. The policy becomes a conflict graph over trust classes; every edge keeps its reasons.
//! 3. Names become indices: a [`engine::Problem`], vector bin packing with conflicts.
//! 4. [`engine::solve`]: lower bounds, heuristics, exhaustive search, column generation, branch and price: an answer with an
//!    integer witness of its bound. It knows nothing of Kubernetes and can be
//!    used on its own: [`engine`].
//! 5. [`engine::check`]: the witness is checked by code that shares nothing with the solver.
//! 6. Indices become names again: a placement, judged from the fleet alone by a second reading of the rules.
//! 7. [`Plan`]: the document, its figures added up again, with the reasons why there cannot be fewer clusters.
//! 8. [`export`]: the plan as JSON, text or CSV.
//!
//! [`Fleet::plan`] goes all of it, [`plan()`] with progress and cancelling, and [`plan_with_proof`] keeps the
//! [`certificate`]. [`Fleet::explain`] says why two workloads are apart, [`Fleet::check`] what is wrong with a plan.
//!
//! # Example
//!
//! ```
//! use tenantry::{Fleet, PlanOptions};
//!
//! let fleet = Fleet::from_yaml(r#"
//! schema: tenantry/v1
//! name: shop
//! asOf: "2026-11-23"
//! policy:
//!   attributes:
//!     environment: {production: [prod], non-production: [dev, test]}
//!   separate:
//!     - {by: environment}
//! tenants:
//!   - {name: shop, trust: trusted}
//! workloads:
//!   - {name: frontend, tenant: shop, attributes: {environment: prod}, requests: {cpu: 100m, memory: 64Mi}}
//!   - {name: recommendations, tenant: shop, attributes: {environment: prod}, requests: {cpu: 100m, memory: 220Mi}}
//!   - {name: loadgenerator, tenant: shop, attributes: {environment: test}, requests: {cpu: 300m, memory: 256Mi}}
//! clusterTemplates:
//!   - {name: standard, allocatable: {cpu: "16", memory: 64Gi}, headroom: 20%}
//! "#)?;
//!
//! let plan = fleet.plan(&PlanOptions::default())?;
//! assert_eq!(plan.summary.clusters, Some(2));
//! assert_eq!(plan.summary.gap, Some(0)); // nobody can do with fewer
//!
//! let why = fleet.explain("shop/frontend", "shop/loadgenerator")?;
//! assert_eq!(why.reasons[0].rule, "separate:environment");
//! println!("{why}{}", tenantry::export::text(&plan));
//! # Ok::<(), tenantry::Error>(())
//! ```
//!
//! # Features
//!
//! All are pure Rust but `highs`. `fleet` is the default: fleets, plans and all that is said of them. Without it there is
//! [`engine`] alone, with a third of the dependencies and less than a third of the time to build. `cli` adds the program, `python` the extension
//! module, `highs` a second engine for linear programmes that the tests compare with: a plan is the same with and without it.

#[cfg(feature = "fleet")]
pub mod evidence;
#[cfg(feature = "fleet")]
pub mod export;
#[cfg(feature = "fleet")]
pub mod fleet;
#[cfg(feature = "fleet")]
pub mod migrate;
#[cfg(feature = "fleet")]
pub mod plan;
#[cfg(feature = "fleet")]
pub mod report;

#[cfg(feature = "fleet")]
mod abreast;
#[cfg(feature = "fleet")]
mod compact;
#[cfg(feature = "fleet")]
mod date;
#[cfg(feature = "fleet")]
mod decode;
#[cfg(feature = "fleet")]
mod document;
#[cfg(feature = "fleet")]
mod encode;
#[cfg(feature = "fleet")]
mod error;
#[cfg(feature = "fleet")]
mod explain;
#[cfg(feature = "fleet")]
mod pipeline;
#[cfg(feature = "fleet")]
mod placement;
#[cfg(feature = "fleet")]
mod quantity;
#[cfg(feature = "fleet")]
mod strict;
#[cfg(feature = "fleet")]
mod text;
#[cfg(feature = "fleet")]
mod trust;

#[cfg(feature = "fleet")]
use tenantry_engine::{budget, certify, exact, pack, problem, solve};

#[doc(inline)]
pub use tenantry_engine as engine;

/// What this crate's own tests compare with. No promise holds for it.
#[cfg(feature = "fleet")]
#[doc(hidden)]
pub mod internals {
    pub use crate::pipeline::{migrated, replayed};
    pub use crate::placement::{Cluster, NodeContent, Placement, Share, legal, names, today};
    pub use crate::text::is_hidden;
}

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "python")]
mod python;

#[cfg(feature = "fleet")]
pub use compact::{Text, TextMap};
#[cfg(feature = "fleet")]
pub use date::Date;
#[cfg(feature = "fleet")]
pub use error::{Error, FleetError, InputProblem, Result};
#[cfg(feature = "fleet")]
pub use explain::{ExplainedReason, Explanation, Verdict};
#[cfg(feature = "fleet")]
pub use fleet::{Fleet, FleetBuilder};
#[cfg(feature = "fleet")]
pub use migrate::Migration;
#[cfg(feature = "fleet")]
pub use pipeline::certificate;
#[cfg(feature = "fleet")]
pub use pipeline::{
    AuditOptions, BlastOptions, Checked, CompareOptions, Contender, FrontierOptions, GrowBy, GrowOptions, LeverChoice,
    MigrateOptions, PlanOptions, Planned, PricesOptions, Question, RelaxGoal, RelaxOptions, Ruling, WhyNotOptions,
    audit, blast, check, compare, explain, frontier, grow, migrate, place, plan, plan_with_proof, prices, relax,
    replay, why, why_not, why_of,
};
#[cfg(feature = "fleet")]
pub use placement::{Violation, ViolationCode};
#[cfg(feature = "fleet")]
pub use plan::Plan;
