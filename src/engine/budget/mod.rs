//! How long a search may go on, who may stop it, and how it ended.
//!
//! *Work* is counted in elementary steps (an innermost loop iteration each, some nanoseconds), so a work limit cuts a
//! run at the same place on every machine and with any number of threads. Only a wall-clock limit reads the clock.

mod event;
mod limits;
mod memory;
mod options;
mod status;
mod workers;

pub use event::{Event, Phase, Silent, Watch};
pub use limits::useful_threads;
pub use limits::{Budget, Stop};
pub use memory::Memory;
pub(crate) use memory::Question;
pub use options::{Objective, Options, Step};
pub use status::{Proof, Status};
pub use workers::{Lost, Reply, Workers};
