//! Other people's files -> a fleet document.

mod admission;
mod controllers;
mod emit;
mod files;
mod groups;
mod keys;
mod kinds;
mod kubernetes;
mod manifests;
mod mapping;
mod names;
mod operators;
mod options;
mod placed;
mod pods;
mod quantities;
mod reading;
mod report;
mod requests;
mod running;
mod scaling;
mod tree;
mod unread;
mod workloads;

pub use files::{FileOptions, Found, SourceArgument, read_sources};
pub use kubernetes::{Imported, kubernetes};
pub use mapping::Origin;
pub use options::{Choice, Content, KubernetesOptions, MissingRequests, Source};
pub(crate) use tree::MAX_BYTES;
