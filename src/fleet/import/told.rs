//! The document as a file, with what was assumed at its head.

use std::fmt::Write as _;

use serde_json::Value;

use crate::fleet::Warning;

/// The document in YAML; its head says what the objects did not.
pub(super) fn yaml(document: &Value, warnings: &[Warning]) -> String {
    let mut out = String::from("# Made by `tenantry import kubernetes`");
    out.push_str(if warnings.is_empty() { "; nothing was assumed.\n" } else { ". Left out, or assumed:\n" });
    for Warning { code, message } in warnings {
        let mut lines = message.lines();
        // writing to a string cannot fail
        let _ = writeln!(out, "# - {} [{code}]", visible(lines.next().unwrap_or_default()));
        for line in lines {
            let _ = writeln!(out, "#   {}", visible(line));
        }
    }
    out.push_str(&crate::fleet::write::value(document));
    out
}

/// Nothing that ends a comment or hides in it.
fn visible(line: &str) -> String {
    line.chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') { '\u{fffd}' } else { c })
        .collect()
}
