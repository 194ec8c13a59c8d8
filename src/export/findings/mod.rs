//! An audit, a check and a difference for people and for what shows findings beside code: text, SARIF, JUnit, annotations of GitHub.

mod github;
mod junit;
mod list;
mod sarif;
mod source;
mod text;

pub use github::audit_github;
pub use junit::audit_junit;
pub use list::{Findings, Grade};
pub use sarif::audit_sarif;
pub use source::AuditSource;
pub use text::audit_text;
