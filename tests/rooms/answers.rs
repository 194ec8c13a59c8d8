//! What people ask about a plan.

#[path = "../naive/mod.rs"]
mod naive;
#[path = "../partitions/mod.rs"]
mod partitions;
#[path = "../pulling/mod.rs"]
mod pulling;

#[path = "../examples.rs"]
mod examples;
#[path = "../report.rs"]
mod report;
#[path = "../why.rs"]
mod why;
#[path = "../why_not.rs"]
mod why_not;
