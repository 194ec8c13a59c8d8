//! What breaks: each limit without which fewer clusters would do, found by leaving it out and solving again.

use super::FEWEST;
use super::again::Quiet;
use super::choices::keeps;
use super::divided::few_parts;
use super::purse::Purse;
use super::ways::Way;
use crate::date::Date;
use crate::encode::{Encoding, encode};
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Knot, LimitOf};
use crate::placement::Holding;
use crate::problem::{ItemType, Problem};
use crate::report::{Broken, BrokenWhat};
use crate::solve::solve;
use crate::trust::{Scope, TrustGraph};

/// So many limits on numbers of clusters are left out, one at a time.
const MOST_LIMITS: usize = 16;

/// The limits without which `enough` clusters would do: each resource, each maximum of what counts once, each maximum count (of these, where no plan exists,
/// those without which there is one). Only what another run found within its limits is named.
pub(super) fn breaks(
    fleet: &Fleet,
    day: Date,
    (enough, impossible): (u64, bool),
    purse: &mut Purse,
) -> Result<Vec<Broken>> {
    let graph = TrustGraph::new(fleet, day, Scope::All)?;
    let way = Way::itself(fleet, &graph);
    let limits = fleet.limits().len().min(MOST_LIMITS);
    let (_, encoding) = way.problem(false)?;
    let dimensions = fleet.dimensions().count();
    let shares = u32::try_from(dimensions + encoding.counted().len() + limits).unwrap_or(u32::MAX);
    let mut search = Search { fleet, graph: &graph, knots: fleet.knots(day), purse, shares };
    let mut found = Vec::new();
    for (dimension, (pool, resource)) in fleet.dimensions().enumerate() {
        if search.suffices(&way, Without::Dimension(dimension), enough)? {
            let name = pool.map_or_else(|| resource.to_owned(), |pool| format!("{resource}@{pool}"));
            found.push(Broken { what: BrokenWhat::Resource, name });
        }
    }
    for (number, count) in encoding.counted().iter().enumerate() {
        if search.suffices(&way, Without::Dimension(dimensions + number), enough)? {
            found.push(Broken { what: BrokenWhat::Maximum, name: count.name().to_owned() });
        }
    }
    for (index, limit) in fleet.limits().iter().enumerate().take(limits) {
        let (what, name) = match limit.of {
            LimitOf::Template(template) => (BrokenWhat::MaxCount, &fleet.templates()[template].name),
            LimitOf::Region(region) => (BrokenWhat::MaxClusters, &fleet.regions()[region].name),
        };
        if search.suffices(&way, Without::Limit(index), if impossible { u64::MAX } else { enough })? {
            found.push(Broken { what, name: name.clone() });
        }
    }
    Ok(found)
}

/// What is left out.
#[derive(Clone, Copy)]
enum Without {
    /// A resource, or the maximum of what is counted once in a cluster.
    Dimension(usize),
    /// By its place in [`Fleet::limits`].
    Limit(usize),
}

impl Without {
    /// A fleet in indices without it; `None` where nothing is taken of it.
    fn of(self, way: &Way) -> Result<Option<(Problem, Encoding)>> {
        match self {
            Self::Dimension(dimension) => {
                let (problem, encoding) = way.problem(false)?;
                Ok(without(&problem, dimension).map(|problem| (problem, encoding)))
            }
            Self::Limit(index) => {
                let mut other = way.fleet().clone();
                other.limits.remove(index);
                encode(&other, way.graph()).map(Some)
            }
        }
    }
}

struct Search<'a, 'p> {
    fleet: &'a Fleet,
    graph: &'a TrustGraph,
    knots: Vec<Knot>,
    purse: &'a mut Purse<'p>,
    shares: u32,
}

impl Search<'_, '_> {
    /// Whether so many clusters were found to do without something; where they break what the bound forgets, in other ways too.
    fn suffices(&mut self, way: &Way, without: Without, enough: u64) -> Result<bool> {
        let Some(problem) = without.of(way)? else { return Ok(false) };
        let Some(holdings) = self.found(way, problem, enough) else { return Ok(false) };
        if self.keeps(&holdings) {
            return Ok(true);
        }
        for way in Way::others(self.fleet, self.graph, Some(&holdings))? {
            let problem = match without.of(&way) {
                Err(Error::Fleet(_)) => continue, // somebody stands nowhere then
                problem => problem?,
            };
            let found = problem.and_then(|problem| self.found(&way, problem, enough));
            if found.is_some_and(|holdings| self.keeps(&holdings)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Clusters that are so few.
    fn found(&mut self, way: &Way, (problem, encoding): (Problem, Encoding), enough: u64) -> Option<Vec<Holding>> {
        let limits = self.purse.aside(self.shares)?;
        let answer = solve(&problem, &FEWEST, &limits, &Quiet(self.purse.watch())).ok()?;
        self.purse.spend(answer.work);
        answer.levels.first().and_then(|level| level.value).filter(|&value| value <= enough)?;
        Some(way.decoded(answer.solution.as_ref()?, &encoding))
    }

    fn keeps(&self, holdings: &[Holding]) -> bool {
        keeps(self.fleet, &self.knots, holdings) && few_parts(self.fleet, holdings)
    }
}

/// The problem with nothing taken of one dimension; `None` where nothing is.
fn without(problem: &Problem, dimension: usize) -> Option<Problem> {
    let taken = |item: &ItemType| item.size.get(dimension).is_some_and(|&size| size > 0);
    if !problem.items().iter().any(taken) {
        return None;
    }
    let mut items = problem.items().to_vec();
    items.iter_mut().for_each(|item| item.size[dimension] = 0);
    let other = Problem::new(problem.dimensions(), items, problem.conflicts().clone(), problem.bins().to_vec());
    other.and_then(|other| other.with(problem.terms().clone())).ok()
}
