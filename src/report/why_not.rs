//! The document of `why-not`: whether something that was asked for can be done, what it costs, and what stands against it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::relaxed::{NeededFigure, RelaxedSet, locate};
use crate::document;
use crate::error::Result;
use crate::plan::{Figure, LevelObjective, PlanProof, PlanStop};

/// The schema of the document.
pub(crate) const WHY_NOT_SCHEMA: &str = "tenantry-why-not/v1";

/// Why not? What a plan that keeps the wish takes, or what stands against there being one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "tenantry why-not")]
#[non_exhaustive]
pub struct WhyNot {
    /// `tenantry-why-not/v1`.
    #[schemars(extend("const" = WHY_NOT_SCHEMA))]
    pub schema: String,
    /// The version of tenantry.
    pub version: String,
    /// The fleet's name; empty where it has none.
    pub name: String,
    /// The digest of the fleet.
    pub fleet_digest: String,
    /// The day on which waivers and stays were judged.
    pub as_of: String,
    /// What was asked for.
    pub question: AskedFor,
    /// The short answer.
    pub answer: WhyNotAnswer,
    /// What backs it.
    pub proof: PlanProof,
    /// The levels of the objective, the most important first: as it is, and with what was asked for. Empty where no plan was found with it.
    pub levels: Vec<ComparedLevel>,
    /// Why it cannot be, in words, as a plan of the fleet with the wish says it.
    pub reasons: Vec<String>,
    /// The lightest minimal set of levers without which it can be; null where it can be as it is, where none suffices, and where the
    /// limits came first.
    pub against: Option<RelaxedSet>,
    /// Where nothing suffices: that it is shown.
    pub hopeless: bool,
    /// What the fleet with the wish needs with every lever pulled; null where that was not asked.
    pub every_lever: Option<NeededFigure>,
    /// Levers that were looked at.
    pub levers: u64,
    /// Plans that were made.
    pub runs: u64,
    /// Which limit cut the call short; null if none did.
    pub stopped: Option<PlanStop>,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub enum AskedFor {
    /// All of these workloads in one cluster.
    Together {
        /// The words for the one side.
        who: String,
        /// Those for the other.
        with: String,
        /// The workloads of both.
        workloads: Vec<String>,
    },
    /// All of these workloads in an existing cluster.
    In {
        /// The words for them.
        who: String,
        /// The cluster.
        cluster: String,
        /// The workloads.
        workloads: Vec<String>,
    },
    /// So many clusters at most.
    Clusters {
        /// How many.
        most: u64,
    },
}

/// The short answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WhyNotAnswer {
    /// The plan as it is has it already.
    Already,
    /// It can be done at no cost: a plan with it is as good as the best without.
    Free,
    /// It can be done, and costs something.
    Costs,
    /// It can be done; what it costs the limits did not allow to say.
    Possible,
    /// No plan has it.
    Impossible,
    /// The limits did not allow to say.
    Open,
}

/// A level of the objective, as it is and with a wish.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ComparedLevel {
    /// What is made small.
    pub objective: LevelObjective,
    /// As it is: the value of the best plan that was found; null where none was.
    pub value: Option<Figure>,
    /// As it is: no plan has less; null where nothing is known.
    pub bound: Option<Figure>,
    /// The value with the wish.
    pub wished: Option<Figure>,
    /// With the wish no plan has less.
    pub wished_bound: Option<Figure>,
}

impl WhyNot {
    /// Adds the lines of the levers that it names, in the text that the fleet was read from. Complexity: reads the text once more.
    pub fn locate(&mut self, text: &str, json: bool) {
        locate(self.against.iter_mut().flat_map(|set| &mut set.levers), text, json);
    }

    /// Whether it can be done.
    #[must_use]
    pub fn can_be(&self) -> bool {
        !matches!(self.answer, WhyNotAnswer::Impossible | WhyNotAnswer::Open)
    }

    /// Reads a document. Unknown and repeated keys are errors.
    ///
    /// # Errors
    /// [`Error::PlanDocument`](crate::Error::PlanDocument) with line and column.
    pub fn from_json(text: &str) -> Result<Self> {
        document::read(text, "a document of `why-not`", WHY_NOT_SCHEMA, |it: &Self| &it.schema)
    }

    /// As JSON, keys always in the same order.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal): never, as far as is known.
    pub fn to_json(&self) -> Result<String> {
        document::text(self)
    }
}
