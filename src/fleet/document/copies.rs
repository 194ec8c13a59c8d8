//! In how many clusters a workload is, as it is written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::OneOrMany;
use crate::compact::Text;

/// `copies`: so many, or where and with what left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum CopiesDocument {
    /// So many, each in a cluster of its own.
    Exactly(u64),
    /// `{count, spread, survive}`, or `{each}`.
    Parts(CopiesPartsDocument),
}

/// `{count, spread, survive}`, or `{each: region}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CopiesPartsDocument {
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// `region`: one copy in every region that it may be in. It stands alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["region"]))]
    pub each: Option<Text>,
    /// How far apart they are; in different clusters where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spread: Option<SpreadDocument>,
    /// What may be gone with all `replicas` left; all copies but one where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub survive: Option<SurviveDocument>,
}

/// How far apart copies are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum SpreadDocument {
    /// `cluster`: in different ones; `region`: in different ones.
    Word(#[schemars(extend("enum" = ["cluster", "region"]))] Text),
    /// At most so many in a region.
    PerRegion(PerRegionDocument),
}

/// `{perRegion: n}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PerRegionDocument {
    /// Copies in a region, at most.
    pub per_region: u64,
}

/// What may be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum SurviveDocument {
    /// So many copies.
    Copies(u64),
    /// All that stand in so many regions.
    Regions(SurviveRegionsDocument),
}

/// `{regions: r}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SurviveRegionsDocument {
    /// How many regions.
    pub regions: u64,
}

/// `split`: whether, or over how many clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum SplitDocument {
    /// `true`: over any number of clusters; `false` is the same as leaving it out.
    Anywhere(bool),
    /// Over at most so many.
    Clusters(SplitClustersDocument),
}

/// `{clusters: n}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitClustersDocument {
    /// At most so many.
    pub clusters: u64,
}

/// Where a workload runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum RunsInDocument {
    /// In this existing cluster; of copies: in each of these.
    Clusters(OneOrMany),
    /// Of a split: so many replicas in each existing cluster.
    Replicas(BTreeMap<String, u64>),
}

impl CopiesDocument {
    /// So many copies.
    #[must_use]
    pub fn count(count: u64) -> Self {
        Self::Exactly(count)
    }

    /// One in every region that the workload may be in.
    #[must_use]
    pub fn each_region() -> Self {
        Self::Parts(CopiesPartsDocument { each: Some("region".into()), ..CopiesPartsDocument::default() })
    }

    /// In different clusters (`cluster`) or regions (`region`).
    #[must_use]
    pub fn spread(self, over: impl Into<Text>) -> Self {
        let mut parts = self.parts();
        parts.spread = Some(SpreadDocument::Word(over.into()));
        Self::Parts(parts)
    }

    /// At most so many in a region.
    #[must_use]
    pub fn per_region(self, most: u64) -> Self {
        let mut parts = self.parts();
        parts.spread = Some(SpreadDocument::PerRegion(PerRegionDocument { per_region: most }));
        Self::Parts(parts)
    }

    /// All `replicas` are left when so many copies are gone.
    #[must_use]
    pub fn survive(self, copies: u64) -> Self {
        let mut parts = self.parts();
        parts.survive = Some(SurviveDocument::Copies(copies));
        Self::Parts(parts)
    }

    /// All `replicas` are left when so many regions are gone.
    #[must_use]
    pub fn survive_regions(self, regions: u64) -> Self {
        let mut parts = self.parts();
        parts.survive = Some(SurviveDocument::Regions(SurviveRegionsDocument { regions }));
        Self::Parts(parts)
    }

    fn parts(self) -> CopiesPartsDocument {
        match self {
            Self::Exactly(count) => CopiesPartsDocument { count: Some(count), ..CopiesPartsDocument::default() },
            Self::Parts(parts) => parts,
        }
    }
}

impl RunsInDocument {
    /// In no cluster yet.
    #[must_use]
    pub fn nowhere() -> Self {
        Self::Clusters(OneOrMany::Many(Vec::new()))
    }
}

impl<T: Into<OneOrMany>> From<T> for RunsInDocument {
    fn from(clusters: T) -> Self {
        Self::Clusters(clusters.into())
    }
}
