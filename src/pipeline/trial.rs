//! Runs beside the one that plans: are there clusters with tenants apart, or of a smaller share, that keep the values before?
//!
//! Both make a problem of integers like any other: one more rule, or less that is usable; and the values before are limits. The
//! least share is sought by halves, between what counting says and what is known.

use super::FEWEST;
use super::again::{Quiet, again};
use super::nodes::on_nodes;
use crate::budget::{Options, Watch};
use crate::encode::{encode, encode_charged};
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Held, LevelObjective, ValueLimits};
use crate::pack::Clock;
use crate::placement::{Holding, fine_value, least_balance, most_clusters};
use crate::solve::solve;
use crate::trust::{Scope, TrustGraph};

/// Shares that are tried, at most: as many halves as millionths have.
const TRIES: u32 = 20;
/// The whole of what is usable, in millionths.
const WHOLE: u64 = 1_000_000;
/// Of the time left, one part in so many is for one try.
const PART: u32 = 8;

/// What is looked for, and with what.
pub(super) struct Trial<'t> {
    pub fleet: &'t Fleet,
    pub graph: &'t TrustGraph,
    /// The values before, at most.
    pub most: ValueLimits,
    pub clock: &'t Clock,
    pub options: &'t Options,
    pub watch: &'t dyn Watch,
}

/// Clusters, and what they keep.
pub(super) struct Kept {
    pub kept: Held,
    pub holdings: Vec<Holding>,
}

impl Trial<'_> {
    /// Clusters that keep this; `None`: none were found.
    fn clusters(&self, kept: Held) -> Result<Option<Vec<Holding>>> {
        let among = self.fleet.holding(kept).limited_to(self.most);
        let graph = TrustGraph::new(&among, self.graph.as_of(), Scope::All)?;
        let charged = among.value_limits().moves.is_some();
        let (problem, encoding) = if charged { encode_charged(&among, &graph)? } else { encode(&among, &graph)? };
        let limits = again(&self.clock.rest(self.options), 0, PART);
        let quiet = Quiet(self.watch);
        let mut answer = solve(&problem, &FEWEST, &limits, &quiet)?;
        match on_nodes(&among, &graph, (&problem, &encoding), &mut answer, &limits, &quiet) {
            Ok(found) => Ok(found.holdings),
            Err(Error::Fleet(_)) => Ok(None), // somebody stands nowhere
            Err(other) => Err(other),
        }
    }

    /// With tenants apart, but for those that must be together.
    pub fn apart(&self, kept: Held) -> Result<Option<Kept>> {
        let kept = Held { apart: true, ..kept };
        Ok(self.clusters(kept)?.map(|holdings| Kept { kept, holdings }))
    }

    /// With the least share that is found, below the one that is known.
    pub fn share(&self, kept: Held, known: Option<u64>) -> Result<Option<Kept>> {
        let most = most_clusters(self.fleet, LevelObjective::Balance, self.most.clusters);
        let mut least = least_balance(self.fleet, self.graph.as_of(), most).min(WHOLE);
        let mut best: Option<Kept> = None;
        let mut highest = known.unwrap_or(WHOLE + 1);
        let mut next = least;
        for _ in 0..=TRIES {
            if least >= highest || self.clock.is_too_late() || self.watch.cancelled() {
                break;
            }
            match self.clusters(Held { share: Some(next), ..kept })? {
                Some(holdings) => {
                    highest = fine_value(self.fleet, LevelObjective::Balance, &holdings).min(next);
                    best = Some(Kept { kept: Held { share: Some(highest), ..kept }, holdings });
                }
                None => least = next + 1,
            }
            next = least.midpoint(highest.min(WHOLE));
        }
        Ok(best)
    }
}
