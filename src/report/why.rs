//! The document of `why`: the bound, or that no plan exists, as an argument: facts, and what they follow from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document;
use crate::error::Result;
use crate::fleet::{LevelObjective, Lines};
use crate::plan::{PlanProof, PlanStatus, PlanStop};

/// The schema of the document.
pub(crate) const WHY_SCHEMA: &str = "tenantry-why/v1";

/// Why every plan has so many clusters, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "tenantry why")]
#[non_exhaustive]
pub struct Why {
    /// `tenantry-why/v1`.
    #[schemars(extend("const" = WHY_SCHEMA))]
    pub schema: String,
    /// The version of tenantry.
    pub version: String,
    /// The fleet's name; empty where it has none.
    pub name: String,
    /// The digest of the fleet.
    pub fleet_digest: String,
    /// The day on which waivers and stays were judged.
    pub as_of: String,
    /// How the planning ended.
    pub status: PlanStatus,
    /// Clusters of the plan; null where there is none.
    pub clusters: Option<u64>,
    /// The fewest clusters that any plan can have; null where no plan exists, or nothing is known.
    pub bound: Option<u64>,
    /// What backs the bound, or that no plan exists.
    pub proof: PlanProof,
    /// The levels that come before the clusters: the bound is of plans that are as good in these.
    pub among: Vec<LevelObjective>,
    /// Of a bound the argument; of a fleet without a plan each reason by itself. Empty where nothing is known.
    pub facts: Vec<Fact>,
    /// What is no argument but a search, a sentence each; empty: everything follows from the fleet by the arithmetic that is shown.
    pub searched: Vec<String>,
    /// Which limit cut the planning short; null if none did.
    pub stopped: Option<PlanStop>,
}

/// A statement with its number, and what it follows from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Fact {
    /// At least so much is needed, by the arithmetic of what it follows from; null for a reason without such a number.
    pub least: Option<u64>,
    /// Of what.
    pub unit: FactUnit,
    /// What backs it.
    pub proof: PlanProof,
    /// What it follows from.
    pub because: Because,
}

/// What a fact counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum FactUnit {
    /// Clusters.
    Clusters,
    /// What clusters are worth together, at the prices of a fact above.
    Worth,
}

/// What a fact follows from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub enum Because {
    /// There is something to place.
    One {
        /// Whom.
        who: Vec<FactGroup>,
    },
    /// So many sets of workloads, of which none shares with anybody outside it, need one cluster each.
    Each {
        /// How many.
        sets: u64,
        /// Who is in them.
        who: Vec<FactGroup>,
    },
    /// Sets of workloads, of which none shares with anybody outside it: what they need adds up.
    Sum {
        /// A fact a set, the largest first.
        parts: Vec<Fact>,
        /// What keeps the sets apart: pairs of units of different sets, each at the first rule that separates it. Empty where there
        /// are too many to be counted.
        apart: Vec<FactRule>,
    },
    /// Units of which no two may share a cluster: one a copy.
    Refuse {
        /// The units.
        members: Vec<FactMember>,
        /// Every pair of copies, each at the first rule that separates it.
        rules: Vec<FactRule>,
        /// The pairs one by one where they are few, with every rule that separates each; else empty.
        pairs: Vec<FactPair>,
    },
    /// Copies, no two of which stand in one cluster.
    Copies {
        /// Whose.
        member: FactMember,
    },
    /// A resource runs out: the load, divided by what a cluster holds at most, rounded up.
    RunsOut {
        /// The resource.
        resource: String,
        /// The dedicated node pool that it is of, where it is of one.
        pool: Option<String>,
        /// Who requests how much, the most first.
        who: Vec<FactLoad>,
        /// What is requested: cpu in thousandths, everything else in units.
        load: u64,
        /// The largest cluster that is open to any of them, and how much it holds.
        largest: FactPlace,
        /// What tenants take once in a cluster is part of the load.
        once: bool,
    },
    /// Weights such that no legal cluster weighs more than it holds: all weights added up, divided by `each`, rounded up.
    Weights {
        /// Who weighs how much, the most first; whoever weighs nothing is left out.
        who: Vec<FactWeight>,
        /// All weights added up.
        total: u64,
        /// No legal cluster there weighs more than this.
        holds: Vec<FactPlace>,
        /// What counts as one weighs: a cluster or, at prices, a worth of one.
        each: u64,
    },
    /// Kept clusters count, whatever they hold.
    Kept {
        /// The clusters.
        clusters: Vec<FactPlace>,
    },
    /// A cluster counts what it is worth at prices: what the sets below are worth, more or less what is added and taken off, divided
    /// by the scale, rounded up.
    Priced {
        /// The sets, which share with nobody outside.
        parts: Vec<Fact>,
        /// What clusters add that are in every plan: kept ones, and those to which somebody is bound.
        added: Vec<FactCredit>,
        /// What limits on the number of clusters take off.
        taken: Vec<FactCredit>,
        /// What a cluster counts before prices; 0 where no plan exists: then what is left only has to be more than nothing.
        scale: u64,
    },
    /// More clusters are needed than there may be.
    TooFew {
        /// What needs them.
        needs: Box<Fact>,
        /// How many there may be.
        allowed: u64,
        /// By what.
        limits: Vec<FactPlace>,
        /// Kept clusters that are closed to them and count for a limit, too.
        elsewhere: u64,
    },
    /// More is requested than all clusters together hold that there may be.
    NoRoom {
        /// The resource.
        resource: String,
        /// The dedicated node pool that it is of, where it is of one.
        pool: Option<String>,
        /// Who requests how much, the most first.
        who: Vec<FactLoad>,
        /// What is requested.
        load: u64,
        /// What each kind of cluster holds, and how many there may be.
        rooms: Vec<FactRoom>,
        /// What they hold together.
        room: u64,
    },
    /// Said in words by the plan.
    Stated {
        /// The words.
        text: String,
    },
    /// No argument but a search.
    Searched {
        /// Among whom.
        who: Vec<FactGroup>,
        /// What was searched.
        text: String,
    },
}

/// Workloads of one tenant that the rules cannot tell apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct FactGroup {
    /// The tenant.
    pub tenant: String,
    /// Their trust level.
    pub level: String,
    /// Their classes under each separation of the policy, as `environment=production`.
    pub classes: Vec<String>,
    /// How many units: workloads, or workloads that are together; one a copy, of a split one a replica.
    pub units: u64,
    /// The workloads of these units: of those that are together the others, too, whosever they are.
    pub workloads: Vec<String>,
    /// Where the tenant stands in the fleet document.
    pub path: String,
    /// Its line, where a document was read.
    pub line: Option<u64>,
}

/// What a group requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct FactLoad {
    /// The group.
    pub group: FactGroup,
    /// All its units together.
    pub load: u64,
}

/// What units of a group weigh.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct FactWeight {
    /// The group.
    pub group: FactGroup,
    /// Each of its units.
    pub weight: u64,
    /// All of them together.
    pub total: u64,
}

/// A unit that refuses others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct FactMember {
    /// Its workloads: one, or those that are together.
    pub workloads: Vec<String>,
    /// How many of its copies count.
    pub copies: u64,
    /// The tenant of the first.
    pub tenant: String,
    /// Its trust level.
    pub level: String,
    /// Where the first stands in the fleet document.
    pub path: String,
    /// Its line, where a document was read.
    pub line: Option<u64>,
}

/// A rule, and how much it separates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct FactRule {
    /// The reason id, as a waiver would name it; `copies`: copies of one workload; `place`: no place is open to both, none has
    /// room for both, or they are copies of one.
    pub rule: String,
    /// What it says.
    pub says: String,
    /// Where it stands in the fleet document; empty: it is built in, or stands at the tenants and workloads.
    pub path: String,
    /// Its line, where a document was read.
    pub line: Option<u64>,
    /// Pairs.
    pub pairs: u64,
}

/// Two units that may not share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct FactPair {
    /// The first workload of the one.
    pub first: String,
    /// The first workload of the other.
    pub second: String,
    /// Every rule that separates them.
    pub rules: Vec<String>,
}

/// A cluster, or clusters of a template, and a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct FactPlace {
    /// What it is called: a template or an existing cluster, with its regions where these matter; a limit by its key; or empty: any
    /// cluster.
    pub name: String,
    /// The number.
    pub number: u64,
    /// Where it stands in the fleet document; empty for any cluster.
    pub path: String,
    /// Its line, where a document was read.
    pub line: Option<u64>,
}

/// So many clusters, each of so much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct FactRoom {
    /// The place, with how many clusters there may be.
    pub place: FactPlace,
    /// What each holds.
    pub holds: u64,
}

/// What a limit, or a cluster that is in every plan, is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct FactCredit {
    /// The limit or the cluster, with the number of clusters.
    pub place: FactPlace,
    /// What each is worth.
    pub each: u64,
}

impl Why {
    /// Adds the lines of everything that the facts name, in the text that the fleet was read from. Complexity: reads the text once more.
    pub fn locate(&mut self, text: &str, json: bool) {
        let lines = Lines::new(text, json);
        let mut places = Vec::new();
        for fact in &mut self.facts {
            fact.places(&mut places);
        }
        for (path, line) in places {
            *line = lines.line(path).map(|line| line as u64);
        }
    }

    /// Reads a document. Unknown and repeated keys are errors.
    ///
    /// # Errors
    /// [`Error::PlanDocument`](crate::Error::PlanDocument) with line and column.
    pub fn from_json(text: &str) -> Result<Self> {
        document::read(text, "a document of `why`", WHY_SCHEMA, |it: &Self| &it.schema)
    }

    /// As JSON, keys always in the same order.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal): never, as far as is known.
    pub fn to_json(&self) -> Result<String> {
        document::text(self)
    }
}

/// Paths, each with the line that is to be found.
type Places<'a> = Vec<(&'a str, &'a mut Option<u64>)>;

impl Fact {
    fn places<'a>(&'a mut self, found: &mut Places<'a>) {
        fn of_group<'a>(it: &'a mut FactGroup, found: &mut Places<'a>) {
            found.push((&it.path, &mut it.line));
        }
        fn of_place<'a>(it: &'a mut FactPlace, found: &mut Places<'a>) {
            found.push((&it.path, &mut it.line));
        }
        fn of_rules<'a>(rules: &'a mut [FactRule], found: &mut Places<'a>) {
            found.extend(rules.iter_mut().map(|it| (it.path.as_str(), &mut it.line)));
        }
        match &mut self.because {
            Because::One { who } | Because::Each { who, .. } | Because::Searched { who, .. } => {
                who.iter_mut().for_each(|it| of_group(it, found));
            }
            Because::Sum { parts, apart } => {
                parts.iter_mut().for_each(|part| part.places(found));
                of_rules(apart, found);
            }
            Because::Refuse { members, rules, .. } => {
                found.extend(members.iter_mut().map(|it| (it.path.as_str(), &mut it.line)));
                of_rules(rules, found);
            }
            Because::Copies { member } => found.push((&member.path, &mut member.line)),
            Because::RunsOut { who, largest, .. } => {
                who.iter_mut().for_each(|it| of_group(&mut it.group, found));
                of_place(largest, found);
            }
            Because::Weights { who, holds, .. } => {
                who.iter_mut().for_each(|it| of_group(&mut it.group, found));
                holds.iter_mut().for_each(|it| of_place(it, found));
            }
            Because::Kept { clusters } => clusters.iter_mut().for_each(|it| of_place(it, found)),
            Because::Priced { parts, added, taken, .. } => {
                parts.iter_mut().for_each(|part| part.places(found));
                added.iter_mut().chain(taken).for_each(|it| of_place(&mut it.place, found));
            }
            Because::TooFew { needs, limits, .. } => {
                needs.places(found);
                limits.iter_mut().for_each(|it| of_place(it, found));
            }
            Because::NoRoom { who, rooms, .. } => {
                who.iter_mut().for_each(|it| of_group(&mut it.group, found));
                rooms.iter_mut().for_each(|it| of_place(&mut it.place, found));
            }
            Because::Stated { .. } => {}
        }
    }
}
