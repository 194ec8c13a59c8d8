//! The document of `prices`: what each rule and each limit costs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::relaxed::{LeverRow, NeededFigure, locate};
use crate::document;
use crate::error::Result;
use crate::plan::{Figure, PlanStop};

/// The schema of the document.
pub(crate) const PRICES_SCHEMA: &str = "tenantry-prices/v1";

/// What the rules and the limits of a fleet cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "tenantry prices")]
#[non_exhaustive]
pub struct Prices {
    /// `tenantry-prices/v1`.
    #[schemars(extend("const" = PRICES_SCHEMA))]
    pub schema: String,
    /// The version of tenantry.
    pub version: String,
    /// The fleet's name; empty where it has none.
    pub name: String,
    /// The digest of the fleet.
    pub fleet_digest: String,
    /// The day on which waivers and stays were judged.
    pub as_of: String,
    /// What is counted.
    pub aim: PricesAim,
    /// What the fleet needs as it is.
    pub today: NeededFigure,
    /// What it needs without the rules of trust that were looked at: levels, separations, distrust.
    pub without_rules: NeededFigure,
    /// What those take together: the isolation premium, where all of them were looked at.
    pub premium: Saved,
    /// Each lever, by kind and then in document order.
    pub levers: Vec<PricedLever>,
    /// The rules of trust added one at a time. The first step has none of them, the last is the fleet as it is.
    pub ladder: Vec<LadderStep>,
    /// Each tenant that has workloads, where they were asked for.
    pub tenants: Vec<PricedTenant>,
    /// What if: each mitigation that workloads state, if it counted. It never does in a plan.
    pub mitigations: Vec<PricedMitigation>,
    /// Plans that were made.
    pub runs: u64,
    /// Which limit cut the call short; null if none did.
    pub stopped: Option<PlanStop>,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PricesAim {
    /// Clusters.
    Clusters,
    /// What they cost together.
    Cost,
}

/// How much less is needed: `least` and `most` are equal where it is known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Saved {
    /// So much at least.
    pub least: Figure,
    /// So much at most; null where nothing is known, or where no plan exists on one side.
    pub most: Option<Figure>,
}

impl Saved {
    /// How much, where that is known.
    #[must_use]
    pub fn exactly(&self) -> Option<Figure> {
        self.most.filter(|most| *most == self.least)
    }
}

/// What one lever costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PricedLever {
    /// Which.
    pub lever: LeverRow,
    /// What the fleet needs without it.
    pub without: NeededFigure,
    /// How much less that is.
    pub saves: Saved,
    /// What the fleet needs with it and no other rule of trust that was looked at; null where it is none.
    pub alone: Option<NeededFigure>,
    /// Pairs of workloads that nothing else separates; null where it is no rule that separates, or the limits came first.
    pub pairs_alone: Option<u64>,
    /// How far the limit can tighten with no more needed; null where it is none with a number.
    pub slack: Option<Slack>,
}

/// How far a limit can tighten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Slack {
    /// The limit as it is.
    pub now: String,
    /// The tightest with which no more is needed.
    pub tightest: String,
    /// The next tighter one, with which more is needed; null where there is none, or it is not known.
    pub next: Option<String>,
    /// With the next tighter one no plan exists.
    pub never: bool,
    /// Whether that is known; else the limit may go further than `tightest`.
    pub exact: bool,
}

/// A step of the ladder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct LadderStep {
    /// The rule that is added; null for the first step.
    pub lever: Option<String>,
    /// What the fleet needs then.
    pub needed: NeededFigure,
}

/// What a tenant costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PricedTenant {
    /// Its name.
    pub tenant: String,
    /// Its workloads.
    pub workloads: u64,
    /// What the fleet needs without them.
    pub without: NeededFigure,
    /// How much less that is.
    pub saves: Saved,
}

/// What a mitigation would save if it counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PricedMitigation {
    /// Its name.
    pub name: String,
    /// Workloads that have it.
    pub workloads: u64,
    /// What the fleet would need.
    pub needed: NeededFigure,
    /// How much less that is.
    pub saves: Saved,
}

impl Prices {
    /// Adds the lines of the levers that it names, in the text that the fleet was read from. Complexity: reads the text once more.
    pub fn locate(&mut self, text: &str, json: bool) {
        locate(self.levers.iter_mut().map(|it| &mut it.lever), text, json);
    }

    /// Reads a document. Unknown and repeated keys are errors.
    ///
    /// # Errors
    /// [`Error::PlanDocument`](crate::Error::PlanDocument) with line and column.
    pub fn from_json(text: &str) -> Result<Self> {
        document::read(text, "a document of `prices`", PRICES_SCHEMA, |it: &Self| &it.schema)
    }

    /// As JSON, keys always in the same order.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal): never, as far as is known.
    pub fn to_json(&self) -> Result<String> {
        document::text(self)
    }
}
