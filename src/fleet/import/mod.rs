//! Other people's files -> a fleet document.

mod emit;
mod files;
mod kubernetes;
mod manifests;
mod mapping;
mod options;
mod placed;
mod reading;
mod report;
mod requests;
mod tree;

pub use files::{FileOptions, Found, SourceArgument, read_sources};
pub use kubernetes::{Imported, kubernetes};
pub use mapping::Origin;
pub use options::{Choice, Content, KubernetesOptions, MissingRequests, Source};
pub(crate) use tree::MAX_BYTES;
