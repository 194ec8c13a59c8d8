//! A plan for machines and for people: JSON, text, CSV. Plain text without colours; nothing here prints.

mod csv;
mod json;
mod text;

pub use csv::csv;
pub use json::json;
pub use text::text;
