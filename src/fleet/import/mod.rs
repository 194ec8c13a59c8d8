//! Other people's files -> a fleet document.

mod emit;
mod files;
mod kubernetes;
mod manifests;
mod mapping;
mod options;
mod placed;
mod report;
mod requests;
mod tree;

pub use files::{SourceArgument, read_sources};
pub use kubernetes::{Imported, kubernetes};
pub use mapping::Origin;
pub use options::{Choice, KubernetesOptions, MissingRequests, Source};
