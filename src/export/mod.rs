//! A plan for machines and for people: JSON, text, CSV. Plain text without colours; nothing here prints.

mod clusters;
mod csv;
mod json;
mod text;
mod view;

pub use csv::csv;
pub use json::{json, write_json};
pub use text::{text, text_of};
pub use view::View;
