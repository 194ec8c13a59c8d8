//! What runs today, out of manifests.

#[path = "../importing/mod.rs"]
mod importing;

#[path = "../import.rs"]
mod import;
#[path = "../import_fleet.rs"]
mod import_fleet;
#[path = "../import_kinds.rs"]
mod import_kinds;
#[path = "../import_nodes.rs"]
mod import_nodes;
#[path = "../import_pods.rs"]
mod import_pods;
#[path = "../import_running.rs"]
mod import_running;
#[path = "../import_sources.rs"]
mod import_sources;
