//! The engine of [tenantry](https://docs.rs/tenantry) by itself: vector bin packing with conflicts, several bin types and proofs.
//! It knows nothing of Kubernetes, names or documents. Most users want `tenantry::engine`, which is this crate.
//!
//! A [`Problem`] is indices and whole numbers; [`pack`] finds the fewest bins (and then the least cost) and checks the
//! certificate that proves them. `docs/method.md` walks through the method.
//!
//! ```
//! use tenantry::engine::{Objective, Options, Problem, Proof, Silent, Status, pack};
//!
//! // five teams in a ring, each of which shares with nobody next to it: two bins do not do
//! let mut builder = Problem::builder(1);
//! builder.bin(&[10]);
//! builder.classes(5);
//! for class in 0..5 {
//!     builder.conflict(class, (class + 1) % 5).item(&[2], 1, class);
//! }
//! let problem = builder.build()?;
//! let (answer, proof) = pack(&problem, &[Objective::Clusters], &Options::default(), &Silent)?;
//! assert_eq!((answer.status, answer.levels[0].bound, proof), (Status::Optimal, 3, Proof::Certified));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// what `tenantry` makes plans with; users have the names below
#[doc(hidden)]
pub mod budget;
#[doc(hidden)]
pub mod certify;
#[doc(hidden)]
pub mod exact;
#[doc(hidden)]
pub mod pack;
#[doc(hidden)]
pub mod problem;
#[doc(hidden)]
pub mod solve;
#[doc(hidden)]
pub mod strict;

mod bound;
mod heuristic;
mod pricing;

pub use crate::budget::{
    Budget, Event, Lost, Memory, Objective, Options, Phase, Proof, Reply, Silent, Status, Step, Stop, Watch, Workers,
};
pub use crate::certify::{
    CaseNode, CasePrices, Certificate, Claim, Component, Count, FluidClass, FluidUnion, Level, Node, Own, Prices,
    Savings, Verdict, check, file as certificate,
};
pub use crate::pack::{PackError, pack};
pub use crate::problem::{
    BinSet, BinType, BitMatrix, Charge, Infraction, ItemType, Limit, MAX_TOTAL, Most, Pattern, Problem, ProblemBuilder,
    ProblemError, Solution, Terms, generate, random,
};
pub use crate::solve::{Answer, Bounded, Unsupported, solve, work_on};

/// What this crate's own tests and benchmarks compare the engine with. No promise holds for it.
#[doc(hidden)]
pub mod internals {
    #[cfg(feature = "milp")]
    pub use crate::exact::milp;
    pub use crate::exact::{Closed, Goal, close_gap, enumerate, master};
    pub use crate::problem::reduce;
}
