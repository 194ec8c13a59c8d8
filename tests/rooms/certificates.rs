//! Indices and integers: bounds, certificates, limits on values.

#[path = "../certificates.rs"]
mod certificates;
#[path = "../dimacs.rs"]
mod dimacs;
#[path = "../engine_oracle.rs"]
mod engine_oracle;
#[path = "../fills.rs"]
mod fills;
#[path = "../terms.rs"]
mod terms;
#[path = "../under_terms.rs"]
mod under_terms;
#[path = "../workers.rs"]
mod workers;
