//! A plan on one page: HTML that needs nothing else, the same for a notebook, and Markdown for a pull request.
//!
//! What stands in it comes from documents; nothing is planned or priced for it. The facts become sections (`blocks.rs`), and
//! three templates write those down: a page, a part of a notebook, Markdown.

mod answer;
mod blocks;
mod change;
mod clusters;
pub(crate) mod escape;
mod graph;
mod head;
mod prices;
mod rules;

use askama::Template;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::migrate::Migration;
use crate::plan::Plan;
use crate::report::Prices;

pub use answer::AnswerPage;
use blocks::{Block, Section};

/// The script of the page: filters and sorts tables. The page says all that it says without it.
const SCRIPT: &str = include_str!("../../../templates/report.js");
/// What is for every face, and what is for a page of its own.
const STYLE: &str = include_str!("../../../templates/report.css");
const PAGE_STYLE: &str = include_str!("../../../templates/page.css");

/// A plan on one page, with the prices and the migration if there are such documents.
///
/// ```
/// use tenantry::{Fleet, PlanOptions, export::Report};
///
/// let fleet = Fleet::from_yaml("{schema: tenantry/v1, name: shop, tenants: [{name: a, trust: trusted}], \
///     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}], \
///     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
/// let plan = fleet.plan(&PlanOptions::default())?;
/// let report: Report = plan.report(&fleet)?;
/// assert!(report.html()?.starts_with("<!doctype html>"));
/// assert!(report.markdown()?.contains("no plan has fewer"));
/// # Ok::<(), tenantry::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    fleet: Option<&'a Fleet>,
    plan: &'a Plan,
    prices: Option<&'a Prices>,
    migration: Option<&'a Migration>,
}

impl<'a> Report<'a> {
    /// Of a plan of this fleet, which somebody has checked.
    ///
    /// # Errors
    /// [`Error::Usage`] where the plan is one for another fleet.
    pub(crate) fn new(fleet: &'a Fleet, plan: &'a Plan) -> Result<Self> {
        if plan.fleet_digest != fleet.digest() {
            return Err(another("the plan", "this fleet"));
        }
        Ok(Self { fleet: Some(fleet), plan, prices: None, migration: None })
    }

    /// The report of a plan alone: nothing is checked ([`Plan::report`] does), and what takes the fleet (the conflict graph, where a rule stands) is left out.
    #[must_use]
    pub fn of_plan(plan: &'a Plan) -> Self {
        Self { fleet: None, plan, prices: None, migration: None }
    }

    /// With what the rules and limits cost.
    ///
    /// # Errors
    /// [`Error::Usage`] where these are the prices of another fleet, or of another version of it.
    pub fn with_prices(self, prices: &'a Prices) -> Result<Self> {
        alike("the prices", &prices.fleet_digest, self.plan)?;
        Ok(Self { prices: Some(prices), ..self })
    }

    /// With the order of the moves.
    ///
    /// # Errors
    /// [`Error::Usage`] where it is the migration of another fleet, or of another version of it.
    pub fn with_migration(self, migration: &'a Migration) -> Result<Self> {
        alike("the migration", &migration.fleet_digest, self.plan)?;
        Ok(Self { migration: Some(migration), ..self })
    }

    /// A page of its own: no network, nothing beside it, readable without its script. Names are text in it, whatever they hold.
    /// Its size is bounded for any fleet: long lists are cut, and say by how much and where the rest is.
    ///
    /// # Errors
    /// [`Error::Internal`]: never, as far as is known. [`Error::Fleet`] where the policy contradicts itself.
    pub fn html(&self) -> Result<String> {
        let sections = self.sections()?;
        let style = format!("{STYLE}{PAGE_STYLE}");
        let page = Page {
            title: head::title(self.plan),
            headline: head::headline(self.plan),
            sections: &sections,
            policy: format!(
                "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
                digest(&style),
                digest(SCRIPT)
            ),
            style,
            script: SCRIPT,
        };
        written(page.render())
    }

    /// The same as a part of another page, such as a notebook: no script, and nothing that could meet what is there.
    ///
    /// # Errors
    /// As [`html`](Self::html).
    pub fn fragment(&self) -> Result<String> {
        let sections = self.sections()?;
        let headline = head::headline(self.plan);
        written(Fragment { title: head::title(self.plan), headline, sections: &sections, style: STYLE }.render())
    }

    /// The same as Markdown, for a pull request or a wiki.
    ///
    /// # Errors
    /// As [`html`](Self::html).
    pub fn markdown(&self) -> Result<String> {
        let sections = self.sections()?;
        let headline = head::headline(self.plan);
        written(Text { title: head::title(self.plan), headline, sections: &sections }.render())
    }

    /// All of it, in the order in which it is read; what has nothing to say is left out.
    fn sections(&self) -> Result<Vec<Section>> {
        let plan = self.plan;
        let mut sections = vec![
            head::summary(plan),
            head::levels(plan),
            clusters::matrix(plan),
            clusters::utilisation(plan),
            clusters::assignments(plan),
            graph::conflicts(self.fleet, plan)?,
            rules::separations(self.fleet, plan)?,
            rules::waivers(plan),
            prices::prices(self.prices),
            change::moves(plan),
            change::migration(self.migration, plan),
            change::losses(plan),
            rules::not_covered(plan),
            head::documents(plan, self.prices, self.migration),
        ];
        sections.retain(|section| !section.blocks.is_empty());
        Ok(sections)
    }
}

/// Whether a document speaks of the fleet of the plan.
fn alike(what: &str, digest: &str, plan: &Plan) -> Result<()> {
    if digest == plan.fleet_digest { Ok(()) } else { Err(another(what, "the fleet of the plan")) }
}

fn another(what: &str, than: &str) -> Error {
    Error::Usage(format!("{what}: made for another fleet than {than}, or another version of it (the digests differ)"))
}

fn written(text: std::result::Result<String, askama::Error>) -> Result<String> {
    text.map_err(|error| Error::Internal(error.to_string()))
}

/// How a browser knows a style or a script that it may use: SHA-256, in base 64.
fn digest(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in Sha256::digest(text.as_bytes()).chunks(3) {
        let bits = three.iter().fold(0u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= three.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    title: String,
    headline: String,
    sections: &'a [Section],
    policy: String,
    style: String,
    script: &'static str,
}

#[derive(Template)]
#[template(path = "fragment.html")]
struct Fragment<'a> {
    title: String,
    headline: String,
    sections: &'a [Section],
    style: &'static str,
}

#[derive(Template)]
#[template(path = "report.md")]
struct Text<'a> {
    title: String,
    headline: String,
    sections: &'a [Section],
}

#[cfg(test)]
mod tests {
    #[test]
    fn digests_are_in_base_64() {
        assert_eq!(super::digest(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
