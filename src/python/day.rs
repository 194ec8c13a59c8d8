//! Days as Python gives them.

use crate::error::{Error, Result};

/// A day as `YYYY-MM-DD`.
pub(super) fn day(text: Option<&str>) -> Result<Option<jiff::civil::Date>> {
    let parse = |text: &str| text.parse().map_err(|_| Error::Usage(format!("`{text}` is not a day: write YYYY-MM-DD")));
    text.map(parse).transpose()
}
