//! Plans, audits, places and growth for machines and for people: JSON, text, CSV, what shows findings, and the manifests that carry a
//! plan out. Plain text without colours; nothing here prints.

mod batch;
mod blast;
mod clusters;
mod comparison;
mod csv;
mod diff;
mod findings;
mod frontier;
mod growth;
mod json;
mod levels;
mod losses;
mod manifests;
mod migration;
mod moves;
mod page;
mod places;
mod prices;
mod relaxed;
mod sheet;
mod text;
mod view;
mod why;
mod why_not;
mod words;

pub use batch::batch_text;
pub use blast::blast_text;
pub use comparison::comparison_text;
pub use csv::csv;
pub use diff::diff_text;
pub use findings::{AuditSource, Findings, Grade, audit_github, audit_junit, audit_sarif, audit_text};
pub use frontier::frontier_text;
pub use growth::growth_text;
pub use json::{json, write_json};
pub use manifests::{ExportOptions, ExportTarget, FileChange, Manifests, PodSecurity, PodSecurityOf, WrittenFile};
pub use migration::migration_text;
pub use page::{AnswerPage, Report};
pub use places::places_text;
pub use prices::prices_text;
pub use relaxed::relaxed_text;
pub use text::{text, text_of};
pub use view::View;
pub use why::why_text;
pub use why_not::why_not_text;
