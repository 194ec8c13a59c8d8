//! Other people's files -> a fleet document.

mod across;
mod admission;
mod clusters;
mod controllers;
mod emit;
mod files;
mod groups;
mod homes;
mod keys;
mod kinds;
mod kubernetes;
mod machines;
mod manifests;
mod mapping;
mod names;
mod namesakes;
mod nodes;
mod occupied;
mod open;
mod operators;
mod options;
mod placed;
mod pods;
mod policy;
mod quantities;
mod reading;
mod report;
mod requests;
mod rows;
mod running;
mod scaling;
mod templates;
mod told;
mod tree;
mod unread;
mod workloads;

pub use files::{FileOptions, Found, SourceArgument, read_sources};
pub use kubernetes::{Draft, Imported, draft, kubernetes};
pub use mapping::Origin;
#[cfg(feature = "cli")]
pub(crate) use mapping::tenant_from;
pub use options::{Choice, Content, KubernetesOptions, MissingRequests, Source};
#[cfg(feature = "cli")]
pub(crate) use tree::MAX_BYTES;
