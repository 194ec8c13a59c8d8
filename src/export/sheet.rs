//! What an answer for people is written on: a text, or a page. An answer is said once, for both.

use std::borrow::Cow;
use std::fmt::{Result, Write};

use crate::text::{escaped, line, wrapped};

/// So many characters are in a line of running text.
const LINE: usize = 100;

/// Lines, indented by what they belong under, and tables. A line without an indent after an empty one begins a section.
pub(super) trait Sheet: Write {
    /// A table.
    fn rows(&mut self, rows: &Rows) -> Result;

    /// A sentence of any length.
    fn running(&mut self, text: &str, indent: &str) -> Result;
}

/// Rows of cells, each of the same number of them.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    pub indent: &'a str,
    pub cells: Vec<&'a [String]>,
    /// Columns that are aligned to the right.
    pub right: &'a [bool],
    /// The first row says what the columns are.
    pub headed: bool,
}

/// A table whose first row says what its columns are; `right` says which are aligned to the right.
pub(super) fn table<const N: usize>(
    out: &mut impl Sheet,
    indent: &str,
    rows: &[[String; N]],
    right: &[bool; N],
) -> Result {
    out.rows(&Rows { indent, cells: rows.iter().map(<[String; N]>::as_slice).collect(), right, headed: true })
}

/// The same without such a row.
pub(super) fn columns<const N: usize>(
    out: &mut impl Sheet,
    indent: &str,
    rows: &[[String; N]],
    right: &[bool; N],
) -> Result {
    out.rows(&Rows { indent, cells: rows.iter().map(<[String; N]>::as_slice).collect(), right, headed: false })
}

/// Plain text: columns as wide as they need to be.
impl Sheet for String {
    fn rows(&mut self, it: &Rows) -> Result {
        let rows: Vec<Vec<Cow<str>>> =
            it.cells.iter().map(|row| row.iter().map(|cell| escaped(cell)).collect()).collect();
        let mut widths = vec![0; it.right.len()];
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        for row in &rows {
            let mut text = it.indent.to_owned();
            for (column, cell) in row.iter().enumerate() {
                let width = widths[column];
                let gap = if column == 0 { "" } else { "  " };
                if it.right[column] {
                    write!(text, "{gap}{cell:>width$}")?;
                } else {
                    write!(text, "{gap}{cell:<width$}")?;
                }
            }
            line(self, format_args!("{}", text.trim_end()))?;
        }
        Ok(())
    }

    /// All lines but the first are set in further.
    fn running(&mut self, text: &str, indent: &str) -> Result {
        let lines = wrapped(text, LINE, indent, &format!("{indent}  "));
        lines.iter().try_for_each(|text| line(self, format_args!("{text}")))
    }
}
