//! An audit for people and for what shows findings beside code: text, SARIF, JUnit, annotations of GitHub.

mod github;
mod junit;
mod sarif;
mod source;
mod text;

pub use github::audit_github;
pub use junit::audit_junit;
pub use sarif::audit_sarif;
pub use source::AuditSource;
pub use text::audit_text;
