//! Answers as pages: what their texts say, with headings, and tables for tables.

use std::fmt::Write;

use askama::Template;

use super::blocks::{Cell, Head, Table};
use super::{PAGE_STYLE, STYLE, digest, written};
use crate::error::Result;
use crate::export::sheet::{Rows, Sheet};
use crate::export::{blast, comparison, diff, frontier, growth, prices, relaxed, why, why_not};
use crate::report::{Blast, Comparison, Frontier, Growth, PlanDiff, Prices, Relaxed, Why, WhyNot};

/// What is for answers alone.
const ANSWER_STYLE: &str = include_str!("../../../templates/answer.css");
/// Nothing is set in further.
const DEEPEST: usize = 5;

/// An answer to be shown as HTML: everything that its text says.
///
/// ```
/// use tenantry::{Fleet, export::AnswerPage};
///
/// let fleet = Fleet::from_yaml("{schema: tenantry/v1, name: shop, tenants: [{name: a, trust: trusted}], \
///     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}], \
///     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
/// let prices = fleet.prices(&Default::default())?;
/// assert!(AnswerPage::Prices(&prices).html()?.starts_with("<!doctype html>"));
/// # Ok::<(), tenantry::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum AnswerPage<'a> {
    /// Why, and how much of it, as [`why_text`](crate::export::why_text) takes it.
    Why(&'a Why, u8),
    /// Why not.
    WhyNot(&'a WhyNot),
    /// What would have to change.
    Relaxed(&'a Relaxed),
    /// What rules and limits cost.
    Prices(&'a Prices),
    /// Plans side by side.
    Comparison(&'a Comparison),
    /// What differs between two plans.
    Diff(&'a PlanDiff),
    /// What a compromised workload reaches.
    Blast(&'a Blast),
    /// What fewer clusters take.
    Frontier(&'a Frontier),
    /// How far the fleet can grow.
    Growth(&'a Growth),
}

impl AnswerPage<'_> {
    /// A page of its own: no network, no script, nothing beside it. Names are text in it, whatever they hold.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal): never, as far as is known.
    pub fn html(&self) -> Result<String> {
        let (title, blocks) = self.blocks();
        let style = format!("{STYLE}{PAGE_STYLE}{ANSWER_STYLE}");
        let policy =
            format!("default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'", digest(&style));
        written(Page { title, blocks, policy, style }.render())
    }

    /// The same as a part of another page, such as a notebook.
    ///
    /// # Errors
    /// As [`html`](Self::html).
    pub fn fragment(&self) -> Result<String> {
        let (title, blocks) = self.blocks();
        written(Fragment { title, blocks, style: format!("{STYLE}{ANSWER_STYLE}") }.render())
    }

    fn blocks(&self) -> (String, Vec<Block>) {
        let mut out = Parts::default();
        // writing to it cannot fail
        let _ = match self {
            Self::Why(it, depth) => why::written(&mut out, it, *depth),
            Self::WhyNot(it) => why_not::written(&mut out, it),
            Self::Relaxed(it) => relaxed::written(&mut out, it),
            Self::Prices(it) => prices::written(&mut out, it),
            Self::Comparison(it) => comparison::written(&mut out, it),
            Self::Diff(it) => diff::written(&mut out, it),
            Self::Blast(it) => blast::written(&mut out, it),
            Self::Frontier(it) => frontier::written(&mut out, it),
            Self::Growth(it) => growth::written(&mut out, it),
        };
        out.blocks()
    }
}

#[derive(Debug)]
enum Block {
    Heading(String),
    /// A line, and how far it is set in.
    Line(usize, String),
    /// A table, how far it is set in, and whether its columns have names.
    Table(usize, Table, bool),
}

/// An answer as it is written down.
#[derive(Debug, Default)]
struct Parts {
    parts: Vec<Part>,
    /// A line that has not ended.
    open: String,
}

#[derive(Debug)]
enum Part {
    Gap,
    Line(usize, String),
    Table(usize, Table, bool),
}

impl Write for Parts {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let mut lines = text.split('\n');
        self.open.push_str(lines.next().unwrap_or_default());
        for next in lines {
            let line = std::mem::replace(&mut self.open, next.to_owned());
            self.parts.push(match line.trim_start_matches(' ') {
                "" => Part::Gap,
                text => Part::Line(depth(&line), text.to_owned()),
            });
        }
        Ok(())
    }
}

impl Sheet for Parts {
    fn rows(&mut self, it: &Rows) -> std::fmt::Result {
        // a text leaves room for columns that say nothing; a page does not
        let said: Vec<usize> =
            (0..it.right.len()).filter(|&column| it.cells.iter().any(|row| !row[column].is_empty())).collect();
        let (heads, rows) = if it.headed { it.cells.split_at(it.cells.len().min(1)) } else { (&[][..], &it.cells[..]) };
        if rows.is_empty() {
            return Ok(());
        }
        let head = |&column: &usize| Head {
            text: heads.first().map_or_else(String::new, |row| row[column].clone()),
            figures: it.right[column],
        };
        let mut table = Table::new("", &[]);
        table.heads = said.iter().map(head).collect();
        for row in rows {
            table.row(said.iter().map(|&column| Cell::from(row[column].as_str())));
        }
        self.parts.push(Part::Table(depth(it.indent), table, it.headed));
        Ok(())
    }

    fn running(&mut self, text: &str, indent: &str) -> std::fmt::Result {
        crate::text::line(self, format_args!("{indent}{text}"))
    }
}

impl Parts {
    /// The title, and what follows it. A line that begins a section and has something under it is a heading.
    fn blocks(self) -> (String, Vec<Block>) {
        let mut parts = self.parts.into_iter().peekable();
        let title = match parts.next() {
            Some(Part::Line(_, text)) => text,
            _ => String::new(), // every answer has one
        };
        let (mut blocks, mut begins, mut last) = (Vec::new(), false, title.clone());
        while let Some(part) = parts.next() {
            match part {
                Part::Gap => begins = true,
                Part::Line(depth, text) => {
                    last.clone_from(&text);
                    let over = !matches!(parts.peek(), None | Some(Part::Gap | Part::Line(0, _)));
                    blocks.push(if begins && depth == 0 && over {
                        Block::Heading(text)
                    } else {
                        Block::Line(depth, text)
                    });
                    begins = false;
                }
                Part::Table(depth, mut table, headed) => {
                    // what it is called to those who do not see what it stands under
                    table.caption.clone_from(&last);
                    blocks.push(Block::Table(depth, table, headed));
                    begins = false;
                }
            }
        }
        (title, blocks)
    }
}

fn depth(line: &str) -> usize {
    ((line.len() - line.trim_start_matches(' ').len()) / 2).min(DEEPEST)
}

#[derive(Template)]
#[template(path = "answer.html")]
struct Page {
    title: String,
    blocks: Vec<Block>,
    policy: String,
    style: String,
}

#[derive(Template)]
#[template(path = "answer_fragment.html")]
struct Fragment {
    title: String,
    blocks: Vec<Block>,
    style: String,
}
