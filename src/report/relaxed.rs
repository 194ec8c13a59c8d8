//! The document of `relax`: what would have to change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document;
use crate::error::Result;
use crate::fleet::{Lever, Lines};
use crate::plan::{Figure, PlanProof, PlanStop, money};

/// The schema of the document.
pub(crate) const RELAXED_SCHEMA: &str = "tenantry-relaxed/v1";

/// The minimal sets of levers without which a fleet needs no more than asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "tenantry relaxed")]
#[non_exhaustive]
pub struct Relaxed {
    /// `tenantry-relaxed/v1`.
    #[schemars(extend("const" = RELAXED_SCHEMA))]
    pub schema: String,
    /// The version of tenantry.
    pub version: String,
    /// The fleet's name; empty where it has none.
    pub name: String,
    /// The digest of the fleet.
    pub fleet_digest: String,
    /// The day on which waivers and stays were judged.
    pub as_of: String,
    /// What is to suffice.
    pub goal: RelaxedGoal,
    /// What the fleet needs as it is.
    pub today: NeededFigure,
    /// What it needs with every lever pulled.
    pub every_lever: NeededFigure,
    /// Levers that were looked at.
    pub levers: u64,
    /// The minimal sets, the lightest first; none where the fleet is within the goal as it is.
    pub sets: Vec<RelaxedSet>,
    /// Whether it is shown that there is no further set. What a set needs is a bound, so this is as good as those are.
    pub complete: bool,
    /// Sets of which the limits did not allow to say whether they suffice.
    pub undecided: Vec<UndecidedSet>,
    /// Plans that were made.
    pub runs: u64,
    /// Which limit cut the call short; null if none did.
    pub stopped: Option<PlanStop>,
}

/// What is to suffice.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum RelaxedGoal {
    /// So many clusters.
    Clusters(u64),
    /// So much cost.
    Cost(f64),
    /// That there is a plan.
    Feasible,
}

impl RelaxedGoal {
    /// So many thousandths of the fleet's unit of money.
    pub(crate) fn cost(thousandths: u64) -> Self {
        Self::Cost(money(thousandths))
    }
}

/// The least that is needed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct NeededFigure {
    /// Of the best plan that was found; null where none was.
    pub value: Option<Figure>,
    /// No plan has less; null where nothing is known, or where no plan exists.
    pub bound: Option<Figure>,
    /// No plan exists.
    pub never: bool,
    /// What backs the bound, or that no plan exists.
    pub proof: PlanProof,
}

/// A minimal set of levers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RelaxedSet {
    /// The levers to be pulled, all of them.
    pub levers: Vec<LeverRow>,
    /// The sum of their weights.
    pub weight: u64,
    /// What the fleet needs then.
    pub reached: NeededFigure,
    /// What backs that with any one of them put back the goal is missed.
    pub minimal: PlanProof,
    /// The smallest exceptions that the plan found would take instead of the whole rules: drafts of waivers, which nobody has
    /// approved and which are not in force until somebody does.
    pub waivers: Vec<WaiverDraft>,
}

/// A lever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct LeverRow {
    /// What names it.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Where it stands in the fleet document; empty: it is built in.
    pub path: String,
    /// Its line, where a document was read.
    pub line: Option<u64>,
    /// What it says.
    pub says: String,
    /// How hard it is to get.
    pub weight: u64,
}

/// The row of a lever.
pub(crate) fn lever_row(lever: &Lever, weight: u64) -> LeverRow {
    LeverRow {
        id: lever.id.clone(),
        kind: lever.kind.word().to_owned(),
        path: lever.path.clone(),
        line: None,
        says: lever.says.clone(),
        weight,
    }
}

/// Adds the lines of levers, in the text that the fleet was read from.
pub(super) fn locate<'a>(levers: impl Iterator<Item = &'a mut LeverRow>, text: &str, json: bool) {
    let lines = Lines::new(text, json);
    for it in levers {
        it.line = lines.line(&it.path).map(|line| line as u64);
    }
}

/// A waiver as it could stand in `policy.waivers`, but for who approves it and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct WaiverDraft {
    /// A proposal for its id.
    pub id: String,
    /// The two sides: selectors as the fleet document takes them.
    pub between: [DraftSide; 2],
    /// The reasons that it would take away.
    pub waives: Vec<String>,
    /// What it is for.
    pub reason: String,
    /// Pairs of workloads that would share a cluster against these reasons.
    pub pairs: u64,
}

/// A side of a draft: one key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum DraftSide {
    /// All workloads of these tenants.
    Tenant(Vec<String>),
    /// These workloads.
    Workload(Vec<String>),
}

/// A set of levers that is undecided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct UndecidedSet {
    /// Their ids.
    pub levers: Vec<String>,
}

impl UndecidedSet {
    pub(crate) fn of(levers: Vec<String>) -> Self {
        Self { levers }
    }
}

impl Relaxed {
    /// Adds the lines of the levers that it names, in the text that the fleet was read from. Complexity: reads the text once more.
    pub fn locate(&mut self, text: &str, json: bool) {
        locate(self.sets.iter_mut().flat_map(|set| &mut set.levers), text, json);
    }

    /// Whether the fleet is within the goal as it is.
    #[must_use]
    pub fn is_within(&self) -> bool {
        let value = self.today.value.map(Figure::value);
        match self.goal {
            // counts are far below 2^53
            #[allow(clippy::cast_precision_loss)]
            RelaxedGoal::Clusters(most) => value.is_some_and(|value| value <= most as f64),
            RelaxedGoal::Cost(most) => value.is_some_and(|value| value <= most),
            RelaxedGoal::Feasible => value.is_some(),
        }
    }

    /// Reads a document. Unknown and repeated keys are errors.
    ///
    /// # Errors
    /// [`Error::PlanDocument`](crate::Error::PlanDocument) with line and column.
    pub fn from_json(text: &str) -> Result<Self> {
        document::read(text, "a document of `relax`", RELAXED_SCHEMA, |it: &Self| &it.schema)
    }

    /// As JSON, keys always in the same order.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal): never, as far as is known.
    pub fn to_json(&self) -> Result<String> {
        document::text(self)
    }
}
