//! The full bins that a solution of the relaxation may hold.

use crate::budget::{Budget, Stop};
use crate::certify::Node;
use crate::pricing::{Case, Content, Effort, Pricer};

use super::super::columns::Column;
use super::super::effort::perfect::{AGAIN, FEW, LAST, MOST, NODES, STEEPER};
use super::super::farley::Witness;
use super::super::float::to_float;
use super::super::pool::Exclusion;
use super::super::ryan_foster::Decision;
use super::super::scales::Scales;
use super::centre::Centre;
use super::decision;
use super::follow;

/// What the centre of the prices says of a case.
pub(super) enum Face {
    /// The relaxation wants more bins: why.
    Empty(Node),
    /// All bins that the exclusion leaves.
    Bins { exclusion: Exclusion, bins: Vec<Content>, state: State },
    /// They are too many to be listed.
    Large(State),
    /// Rounding errors won.
    Lost,
}

/// Where a search for the centre begins.
#[derive(Default)]
pub(super) struct Start {
    /// Full bins and prices, from the case before.
    known: Option<(Vec<Content>, Vec<f64>)>,
}

/// Where it ended.
pub(super) struct State {
    centre: Centre,
    weight: f64,
}

impl Start {
    /// With bins that are known to be full, if any are.
    pub fn with(case: &Case, scales: &Scales, columns: &[Column]) -> Self {
        let capacity = case.bins()[0].capacity[scales.resource];
        let load =
            |bin: &Content| bin.iter().map(|&(item, copies)| case.size(item)[scales.resource] * copies).sum::<u64>();
        let whole = |bin: &Content| bin.iter().all(|&(item, copies)| copies <= case.demand()[item]);
        let known = columns.iter().map(|column| &column.items).filter(|bin| whole(bin) && load(bin) == capacity);
        let bins: Vec<Content> = known.cloned().collect();
        let inner = inner(case, scales);
        Self { known: (!bins.is_empty()).then_some((bins, inner)) }
    }
}

impl State {
    /// Bins and how often the centre of the relaxation's solutions holds them, about: those that count.
    pub fn likely(&self) -> impl Iterator<Item = (Content, f64)> + '_ {
        self.centre.shares(self.weight).filter(|&(_, share)| share > 1e-4).map(|(bin, share)| (bin.clone(), share))
    }

    /// The pair on which either decision leaves the least, about.
    pub fn sharpest(&self) -> Option<(usize, usize)> {
        decision::sharpest(&self.centre, self.weight)
    }

    /// Where to begin once fewer copies are left.
    pub fn restrict(&self, left: &Case) -> Start {
        let whole = |bin: &&Content| bin.iter().all(|&(item, copies)| copies <= left.demand()[item]);
        let bins = self.centre.cuts().iter().filter(whole).cloned().collect();
        Start { known: Some((bins, self.centre.point().to_vec())) }
    }

    /// Where to begin after a decision.
    pub fn follow(&self, decision: Decision, after: &Case) -> Start {
        let bins = self.centre.cuts().iter().flat_map(|bin| follow(decision, bin, after)).collect();
        let mut point = self.centre.point().to_vec();
        if decision.together {
            point.push((point[decision.a] + point[decision.b]).clamp(-0.9, 0.9));
        }
        Start { known: Some((bins, point)) }
    }
}

/// Prices at which every full bin is worth the same, which is more than nothing.
fn inner(case: &Case, scales: &Scales) -> Vec<f64> {
    let size = |item: usize| to_float(case.size(item)[scales.resource]);
    let largest = (0..case.len()).map(size).fold(1.0, f64::max);
    (0..case.len()).map(|item| size(item) / (2.0 * largest)).collect()
}

/// Looks for the prices at which as few full bins as possible are worth nothing, and lists these.
pub(super) fn look(
    case: &Case,
    pricer: &mut Pricer,
    scales: &Scales,
    target: u64,
    start: Start,
    budget: &Budget,
) -> Result<Face, Stop> {
    let demand = case.demand();
    let mut centre = Centre::new(demand.iter().map(|&copies| to_float(copies)).collect(), inner(case, scales));
    let mut weight = 1.0;
    if let Some((bins, point)) = start.known {
        centre.resume(bins, point);
        weight = AGAIN;
    }
    let mut best: Option<(Exclusion, Vec<Content>)> = None;
    let mut complete = false;
    // where they were too many once, only the last list may be short enough
    let mut too_many = false;
    loop {
        if !centre.centre(weight, budget)? {
            // what was known before still holds
            break;
        }
        let weights = scales.weights(case, centre.point());
        let diverse = Effort { nodes: NODES, diverse: true, exact: false };
        let mut priced = pricer.heaviest(&weights, demand, scales.full, diverse, &[], budget)?;
        if priced.bins.is_empty() && !priced.complete {
            priced = pricer.heaviest(&weights, demand, scales.full, Effort { exact: true, ..diverse }, &[], budget)?;
        }
        if !priced.bins.is_empty() {
            centre.add(priced.bins.into_iter().map(|bin| bin.items).collect(), weight);
            continue;
        }
        if let Some(witness) = Witness::new(&weights, demand, &[priced.bound], &[1])
            && witness.bound > target
        {
            return Ok(Face::Empty(witness.node(demand, target + 1)));
        }
        complete = true;
        let small = centre.value() < 1.0 && (!too_many || weight >= LAST);
        if small && let Some(exclusion) = Exclusion::exactly(weights, demand, priced.bound, target) {
            let found = pricer.all(&exclusion.weights, demand, exclusion.least(), MOST, budget)?;
            too_many = found.is_none();
            if let Some(bins) = found {
                let before = best.as_ref().map_or(usize::MAX, |(_, bins)| bins.len());
                let settled = bins.len() <= FEW || bins.len() > before / 2;
                if bins.len() < before {
                    best = Some((exclusion, bins));
                }
                if settled {
                    break;
                }
            }
        }
        if weight >= LAST {
            break;
        }
        weight *= STEEPER;
    }
    let state = State { centre, weight };
    Ok(match best {
        Some((exclusion, bins)) => Face::Bins { exclusion, bins, state },
        None if complete => Face::Large(state),
        None => Face::Lost,
    })
}
