//! Problems with terms: shared limits, kept bins, charges, limits on values, levels in any order.
//!
//! Plans: one copy after the other; what the method finds where the terms are forgotten, and where each bin type has a share of
//! the limits for its maximum count (any shares give legal plans); column generation with a row for each limit; local
//! search. Bounds: the sizes as sand, at the prices that a linear programme puts on resources and limits; the bound that
//! forgets the terms; columns. What is small is searched to the end, all levels at once.

use super::alike::Alike;
use super::answer::{Answer, Bounded};
use super::cases::by_cases;
use super::cheap::Held;
use super::effort::{ENUMERATION, LATE};
use super::fewest::fewest_bins;
use super::levels::climb;
use super::rounds::enter;
use super::term_bounds::{Parts, by_savings, columns, larger, with_empty};
use super::whole::Known;
use crate::bound;
use crate::budget::{Budget, Event, Objective, Options, Phase, Silent, Status, Step, Stop};
use crate::certify::{Certificate, Claim, Level, Prices};
use crate::exact::Range;
use crate::exact::under_terms::{enumerate_under_terms, is_small_under_terms};
use crate::heuristic::{greedy, shift};
use crate::problem::{BinType, Pattern, Problem, Solution, Terms};

/// The best plan under the problem's terms, level by level, and what is proved of each.
pub(super) fn under_terms(problem: &Problem, objective: &[Objective], options: &Options, budget: &Budget) -> Answer {
    let objective = if objective.is_empty() { &[Objective::Clusters] } else { objective };
    let Some(alike) = Alike::of(problem) else { return climbed(problem, objective, options, budget) };
    let answer = climbed(&alike.problem, objective, options, budget);
    let solution = answer.solution.map(|plan| alike.plan(problem, &plan));
    let certificate = alike.certificate(problem, answer.certificate);
    Answer { solution, certificate, ..answer }
}

fn climbed(problem: &Problem, objective: &[Objective], options: &Options, budget: &Budget) -> Answer {
    if let Some(claim) = bound::infeasible(problem, budget) {
        return Answer::infeasible(Some(claim));
    }
    let at = objective.first().copied().unwrap_or(Objective::Clusters);
    let (plan, cost) = (None, None);
    let mut search = Search { problem, objective, options, budget, at, plan, cost, impossible: false, exact: false };
    search.first();
    let parts = Parts::of(problem);
    let mut claims: Vec<Claim> = Vec::new();
    let mut levels: Vec<Bounded> = Vec::new();
    for (index, &level) in objective.iter().enumerate() {
        let held = held(objective, &claims, search.plan.as_ref());
        let (mut claim, lower) = search.level(index, level, &parts, held, claims.first());
        if index == 0
            && search.plan.is_none()
            && let Some(claim) = beyond(problem, &claim).or_else(|| outnumbered(problem, &claim))
        {
            return Answer::infeasible(Some(claim));
        }
        if search.impossible {
            return Answer::infeasible(search.by_cases(Level::Infeasible, 0, 0, &[]));
        }
        if let Some(value) = search.now(level).filter(|&value| search.exact && value > claim.bound) {
            claim = larger(claim, search.by_cases(name(level), index, value, &claims));
        }
        levels.push(Bounded { value: None, bound: lower, certified: claim.bound });
        claims.push(claim);
        if search.plan.is_none() {
            // later levels speak of the plan's values
            break;
        }
    }
    search.answer(levels, claims)
}

fn name(level: Objective) -> Level {
    match level {
        Objective::Clusters => Level::Clusters,
        Objective::Cost => Level::Cost,
        Objective::Moves => Level::Moves,
    }
}

fn value(problem: &Problem, plan: &Solution, level: Objective) -> u64 {
    match level {
        Objective::Clusters => plan.bins(),
        // a legal plan's values are at most 2^62
        Objective::Cost => plan.cost(problem) as u64,
        Objective::Moves => plan.moves(problem) as u64,
    }
}

/// What an earlier level says of the number of bins.
fn held(objective: &[Objective], claims: &[Claim], plan: Option<&Solution>) -> Option<Held> {
    let at = objective[..claims.len()].iter().position(|&level| level == Objective::Clusters)?;
    Some(Held { most: plan?.bins(), least: claims[at].bound })
}

/// The claim of infeasibility where what is proved of a value is more than its limit: its scale becomes the value's price.
#[must_use]
pub fn beyond(problem: &Problem, claim: &Claim) -> Option<Claim> {
    if !claim.cases.is_empty() {
        return None; // each case has a scale of its own, and rounds for itself
    }
    if claim.savings.is_some() {
        // its prices stand in nodes
        let passed = problem.terms().most.moves.is_some_and(|limit| claim.bound > limit);
        return passed.then(|| Claim { level: Level::Infeasible, bound: 0, scale: 0, ..claim.clone() });
    }
    let most = problem.terms().most;
    let scale = i128::from(claim.scale);
    let (limit, prices) = match claim.level {
        Level::Clusters => (most.clusters, Prices { clusters: scale, ..claim.prices }),
        Level::Cost => (most.cost, Prices { cost: scale, ..claim.prices }),
        Level::Moves => (most.moves, Prices { moves: scale, ..claim.prices }),
        Level::Infeasible => return None,
    };
    limit.filter(|&limit| claim.bound > limit)?;
    Some(Claim { level: Level::Infeasible, bound: 0, scale: 0, prices, ..claim.clone() })
}

/// The claim of infeasibility where more bins are proved to be needed than there are of all types: the scale becomes a price on each bin of
/// its type, or of a limit that it is under.
fn outnumbered(problem: &Problem, claim: &Claim) -> Option<Claim> {
    if claim.level != Level::Clusters || !claim.cases.is_empty() || claim.savings.is_some() || !claim.own.is_empty() {
        return None;
    }
    let (bins, terms) = (problem.bins(), problem.terms());
    let mut open: Vec<usize> = (0..bins.len()).filter(|&bin| problem.exists(bin)).collect();
    let mut priced = Claim { level: Level::Infeasible, bound: 0, scale: 0, ..claim.clone() };
    priced.limits.resize(terms.limits.len(), 0);
    // a limit where its bins would be more by themselves
    let mut order: Vec<usize> = (0..terms.limits.len()).collect();
    order.sort_by_key(|&at| (std::cmp::Reverse(terms.limits[at].bins.ones().count()), at));
    for at in order {
        let limit = &terms.limits[at];
        let alone = open
            .iter()
            .filter(|&&bin| limit.bins.contains(bin))
            .try_fold(0u64, |sum, &bin| bins[bin].max_count.map(|most| sum.saturating_add(most)));
        if alone.is_none_or(|alone| alone > limit.most) {
            priced.limits[at] = priced.limits[at].checked_add(claim.scale)?;
            open.retain(|&bin| !limit.bins.contains(bin));
        }
    }
    for bin in open {
        bins[bin].max_count?;
        priced.shared[bin] = priced.shared[bin].checked_add(claim.scale)?;
    }
    bound::proven(problem, &priced, 0).filter(|&over| over > 0)?;
    Some(priced)
}

struct Search<'a, 'b> {
    problem: &'a Problem,
    objective: &'a [Objective],
    options: &'a Options,
    budget: &'a Budget<'b>,
    /// The level that is being solved.
    at: Objective,
    plan: Option<Solution>,
    /// What is proved of the cost on the way to the fewest bins, where there are no terms.
    cost: Option<Cost>,
    /// There is none, by an exhausted search.
    impossible: bool,
    /// No plan is better at any level, by an exhausted search.
    exact: bool,
}

/// That so many bins, the fewest there are, cost at least that much.
struct Cost {
    bins: u64,
    lower: u64,
    claim: Option<Claim>,
    /// The claim on the number of bins that it needs before it, where components have scales of their own.
    after: Option<Claim>,
}

impl Cost {
    /// As an answer says it. `None` where the number of bins is not proved: then nothing holds of the cost.
    fn of(answer: &Answer) -> Option<Self> {
        let [clusters, cost] = answer.levels[..] else { return None };
        let bins = clusters.value.filter(|&bins| bins == clusters.bound)?;
        let claim = answer.certificate.claims.get(1).filter(|claim| claim.level == Level::Cost);
        let own = claim.is_some_and(|claim| !claim.own.is_empty());
        let plain = |claim: &Claim| Claim { value: None, ..claim.clone() };
        let after = answer.certificate.claims.first().filter(|_| own).map(plain);
        Some(Self { bins, lower: cost.bound, claim: claim.map(plain), after })
    }
}

impl Search<'_, '_> {
    fn values(&self, plan: &Solution) -> Vec<u64> {
        self.objective.iter().map(|&level| value(self.problem, plan, level)).collect()
    }

    /// Keeps a plan that is legal and better, after a local search.
    fn offer(&mut self, found: Option<Solution>) {
        let Some(found) = found.filter(|found| found.check(self.problem).is_ok()) else { return };
        let work = self.budget.left() / 16;
        let found = self.budget.within(work, |own| shift(self.problem, self.objective, &found, own));
        if self.plan.as_ref().is_none_or(|plan| self.values(&found) < self.values(plan)) {
            self.plan = Some(found);
            self.tell_plan();
        }
    }

    /// The plan's value at the level that is being solved.
    fn tell_plan(&self) {
        if let Some(value) = self.now(self.at) {
            self.budget.watch().event(Event::plan(self.at, value));
        }
    }

    /// That a level is proved to be so much at least.
    fn tell_bound(&self, lower: u64) {
        self.budget.watch().event(Event::bound(self.at, lower));
    }

    /// A first plan; or the best, where all of them can be looked at.
    fn first(&mut self) {
        enter(Phase::Heuristics, self.budget);
        // the first plan comes out even without time, in as many steps as there are copies times bins
        let first = self.budget.within(self.budget.left() / 8, |own| greedy(self.problem, self.objective, own));
        self.offer(first);
        if is_small_under_terms(self.problem) && self.options.uses(Step::Enumeration) {
            enter(Phase::Enumeration, self.budget);
            let start = self.plan.clone();
            let found = self.budget.within(ENUMERATION.min(self.budget.left() / 2), |own| {
                enumerate_under_terms(self.problem, self.objective, start.as_ref(), own)
            });
            self.plan = found.better.or(start);
            self.exact = found.complete;
            self.impossible = found.complete && self.plan.is_none();
            self.tell_plan();
        }
    }

    fn now(&self, level: Objective) -> Option<u64> {
        self.plan.as_ref().map(|plan| value(self.problem, plan, level))
    }

    /// Bound and plan of one level, the earlier ones held; the claim, and what is known.
    fn level(
        &mut self,
        index: usize,
        level: Objective,
        parts: &Parts,
        held: Option<Held>,
        first: Option<&Claim>,
    ) -> (Claim, u64) {
        self.at = level;
        enter(Phase::Bounds, self.budget);
        self.tell_plan();
        let (mut claim, suggested, covering) =
            parts.best(self.problem, name(level), held, self.now(level), self.budget);
        if let Some(known) = self.now(level).filter(|&value| level == Objective::Moves && value > claim.bound) {
            let earlier = |level: Objective| self.now(level).filter(|_| self.objective[..index].contains(&level));
            let (clusters, cost) = (earlier(Objective::Clusters), earlier(Objective::Cost));
            let work = self.budget.left() / 2;
            let found = self.budget.within(work, |own| by_savings(self.problem, clusters, cost, known, own));
            claim = larger(claim, found);
        }
        let mut lower = claim.bound;
        if let (Objective::Cost, Some(held)) = (level, held) {
            let known = self.cost.take().filter(|cost| index == 1 && held.most == cost.bins && held.least == cost.bins);
            let work = self.budget.left() / 16;
            let more = match known {
                Some(cost) => {
                    lower = lower.max(cost.lower);
                    cost.claim.filter(|_| cost.after.is_none() || cost.after.as_ref() == first)
                }
                None => self.budget.within_half_time(work, |own| parts.cheapest(self.problem, held, own)),
            };
            claim = larger(claim, more);
            lower = lower.max(claim.bound);
        }
        self.tell_bound(lower);
        let open = |search: &Self, lower: u64| !search.exact && search.now(level).is_none_or(|value| value > lower);
        // without time a plan that is there stays as it is: what follows begins by looking at everything
        let many = self.problem.items().len() as u64 > LATE;
        let late = many && self.plan.is_some() && self.budget.look().is_err();
        if index == 0 && level == Objective::Clusters && open(self, lower) && !late {
            // where many clusters are few of their kind, what forgets the limits says little, and takes long
            let free = self.problem.terms().limits.is_empty() && self.problem.terms().kept.is_empty();
            if free || self.suits_columns() {
                let (proved, known) =
                    self.forgetting(Known { lower, covering: covering.as_ref(), claim: Some(&claim) });
                lower = lower.max(known);
                self.tell_bound(lower);
                let after = self.cost.as_ref().and_then(|cost| cost.after.as_ref());
                claim = match proved {
                    // as good, and what is proved of the cost stands on it
                    Some(proved) if proved.bound >= claim.bound && after == Some(&proved) => proved,
                    proved => larger(claim, proved),
                };
            }
            if open(self, lower) {
                let dealt = self
                    .budget
                    .within(self.budget.left() / 16, |own| parts.dealt(self.problem, self.options.seed, own));
                let counts = dealt.as_deref().or(suggested.as_ref().map(|suggested| &suggested.counts[..]));
                self.sharing(counts, lower);
            }
        }
        if index == 0 && level != Objective::Clusters && self.plan.is_none() && !self.exact {
            // any plan is better than none: the fewest bins are what is looked for best
            self.forgetting(Known::default());
            if self.plan.is_none() {
                self.sharing(suggested.as_ref().map(|suggested| &suggested.counts[..]), 0);
            }
        }
        // an exhausted search has no certificate: columns may find one
        let wanted = open(self, lower) || (self.exact && self.now(level).is_some_and(|value| value > claim.bound));
        if let (Some(plan), true) = (&self.plan, wanted && level != Objective::Moves && self.suits_columns()) {
            enter(Phase::ColumnGeneration, self.budget);
            let found = columns(self.problem, name(level), plan, claim.bound, held, self.options, self.budget);
            if let Some(found) = found {
                lower = lower.max(found.lower);
                claim = larger(claim, found.claim);
                self.offer_within(index, found.plan);
            }
        }
        if self.exact {
            lower = self.now(level).unwrap_or(lower).max(lower);
        }
        self.tell_bound(lower);
        (claim, lower)
    }

    /// What an exhausted search found, case by case: that the level is at least `bound` where the `earlier` ones, so many, are held;
    /// or that there is no plan.
    fn by_cases(&self, level: Level, index: usize, bound: u64, earlier: &[Claim]) -> Option<Claim> {
        let before = self.objective[..index].iter().zip(earlier);
        let held = before.filter_map(|(&objective, claim)| {
            Some((objective, Range { most: self.now(objective)?, least: claim.bound }))
        });
        by_cases(self.problem, level, bound, &held.collect::<Vec<_>>(), self.options, self.budget)
    }

    /// The same as [`offer`](Self::offer) for a plan whose earlier values must not be above those of the one before.
    fn offer_within(&mut self, index: usize, found: Option<Solution>) {
        let earlier = |plan: &Solution| self.values(plan)[..index].to_vec();
        let same = found.filter(|found| self.plan.as_ref().is_none_or(|plan| earlier(found) == earlier(plan)));
        self.offer(same);
    }

    fn suits_columns(&self) -> bool {
        self.options.uses(Step::Columns) && self.problem.items().len() as u64 <= super::effort::MOST_TYPES
    }

    /// What the method finds where the terms are forgotten: a bound, and perhaps a plan that keeps them.
    /// Stops at a plan of as many bins as are known to be needed.
    fn forgetting(&mut self, known: Known) -> (Option<Claim>, u64) {
        let Some(plain) = self.plain(None) else { return (None, 0) };
        // where there are terms, what covers the components of the problem may not cover those of this
        let same = self.problem.terms() == &Terms::default();
        let (covering, claim) = (known.covering.filter(|_| same), known.claim.filter(|_| same));
        let answer = self.run(&plain, Known { covering, claim, ..known });
        if same {
            self.cost = Cost::of(&answer);
        }
        let claim = answer.certificate.claims.into_iter().next().filter(|claim| claim.level == Level::Clusters);
        let bound = answer.levels.first().map_or(0, |level| level.bound);
        let plan = answer.solution.map(|found| with_empty(self.problem, found.patterns));
        self.offer(plan);
        (claim.map(|claim| Claim { value: None, ..claim }), bound)
    }

    /// Plans where each bin type has a share of the limits for a maximum count.
    fn sharing(&mut self, counts: Option<&[f64]>, known: u64) {
        if self.problem.terms().limits.is_empty() && self.problem.terms().kept.is_empty() {
            return;
        }
        let Some(shares) = shares(self.problem, counts) else { return };
        let Some(plain) = self.plain(Some(&shares)) else { return };
        // kept clusters count without being used
        let known = if self.problem.terms().kept.is_empty() { known } else { 0 };
        let answer = self.run(&plain, Known { lower: known, ..Known::default() });
        let real = self.problem.bins().len();
        let plan = answer.solution.map(|found| {
            let kept: Vec<usize> = (0..real).filter(|&bin| self.problem.kept(bin) > 0).collect();
            let whole = |pattern: Pattern| {
                let bin = if pattern.bin < real { pattern.bin } else { kept[pattern.bin - real] };
                Pattern { bin, ..pattern }
            };
            with_empty(self.problem, found.patterns.into_iter().map(whole).collect())
        });
        self.offer(plan);
    }

    /// The problem without its terms; with maximum counts of their own for its bin types and, after these, for the kept bins, which cost
    /// nothing then.
    fn plain(&self, shares: Option<&[Option<u64>]>) -> Option<Problem> {
        let problem = self.problem;
        let mut bins = problem.bins().to_vec();
        let mut items = problem.items().to_vec();
        if let Some(shares) = shares {
            let real = bins.len();
            let kept: Vec<usize> = (0..real).filter(|&bin| problem.kept(bin) > 0).collect();
            for (bin, kind) in bins.iter_mut().enumerate() {
                kind.max_count = shares[bin].map(|share| share.saturating_sub(problem.kept(bin)));
                // those that are there for nothing come first
                kind.cost = 1;
            }
            let twin = |&bin: &usize| BinType { cost: 0, max_count: Some(problem.kept(bin)), ..bins[bin].clone() };
            let twins: Vec<BinType> = kept.iter().map(twin).collect();
            bins.extend(twins);
            for item in &mut items {
                let twins = kept.iter().enumerate().filter(|&(_, &bin)| item.eligible.contains(bin));
                item.eligible = item.eligible.ones().chain(twins.map(|(at, _)| real + at)).collect();
            }
        }
        Problem::new(problem.dimensions(), items, problem.conflicts().clone(), bins).ok()
    }

    fn run(&self, plain: &Problem, known: Known) -> Answer {
        // without terms there is nothing else to be done: the clock may end here
        let alone = self.problem.terms() == &Terms::default() && self.at == Objective::Clusters;
        let levels = [Objective::Clusters, Objective::Cost];
        // with terms costs tell bins that are there from others
        let costs = !alone || self.objective.contains(&Objective::Cost);
        let levels = &levels[..1 + usize::from(costs)];
        let all = |own: &Budget| {
            let fewest = fewest_bins(plain, levels, known, self.options, own);
            // its costs are not those of the problem
            climb(plain, levels, &fewest, self.options, own, &Silent)
        };
        match (alone, self.suits_columns()) {
            (true, _) => all(self.budget),
            (false, true) => self.budget.within_half_time(self.budget.left() / 4, all),
            // columns will not follow
            (false, false) => self.budget.within_half_time(self.budget.left() / 2, all),
        }
    }

    fn answer(self, mut levels: Vec<Bounded>, mut claims: Vec<Claim>) -> Answer {
        let mut proved = self.plan.is_some();
        for (level, &objective) in levels.iter_mut().zip(self.objective) {
            level.value = self.plan.as_ref().map(|plan| value(self.problem, plan, objective));
            proved &= level.value == Some(level.bound);
        }
        for claim in &mut claims {
            // what says nothing is left out, so that the first version can say the rest
            for prices in [&mut claim.limits, &mut claim.kept] {
                if prices.iter().all(|&price| price == 0) {
                    prices.clear();
                }
            }
        }
        let last = claims.len().saturating_sub(1);
        for (claim, level) in claims[..last].iter_mut().zip(&levels) {
            claim.value = level.value;
        }
        levels.resize(self.objective.len(), Bounded { value: None, bound: 0, certified: 0 });
        let status = match (&self.plan, proved) {
            (None, _) => Status::Unknown,
            (Some(_), true) => Status::Optimal,
            (Some(_), false) => Status::Feasible,
        };
        let stopped = self.budget.look().err().or_else(|| (status != Status::Optimal).then_some(Stop::Work));
        Answer {
            status,
            solution: self.plan,
            levels,
            certificate: Certificate { claims },
            stopped,
            work: 0, // told by whoever holds the budget
            closed_by: if self.exact { Phase::Enumeration } else { Phase::ColumnGeneration },
        }
    }
}

/// A maximum count for each bin type, so that no limit is passed whatever is used up to them: about as many as the linear
/// programme wants, then the rest to the roomiest. `None` where what is kept is too much already.
fn shares(problem: &Problem, counts: Option<&[f64]>) -> Option<Vec<Option<u64>>> {
    let terms = problem.terms();
    let bins = problem.bins();
    let mut left: Vec<u64> = terms.limits.iter().map(|limit| limit.most).collect();
    let groups = |bin: usize| (0..terms.limits.len()).filter(move |&at| terms.limits[at].bins.contains(bin));
    let mut shares: Vec<Option<u64>> = bins.iter().map(|bin| bin.max_count).collect();
    let limited: Vec<usize> = (0..bins.len()).filter(|&bin| groups(bin).next().is_some()).collect();
    let mut given = vec![0u64; bins.len()];
    let give = |bin: usize, wanted: u64, left: &mut [u64], given: &mut [u64]| {
        let own = bins[bin].max_count.map_or(u64::MAX, |most| most - given[bin].min(most));
        let more = groups(bin).map(|at| left[at]).fold(wanted.min(own), u64::min);
        groups(bin).for_each(|at| left[at] -= more);
        given[bin] += more;
        more
    };
    for &bin in &limited {
        if give(bin, problem.kept(bin), &mut left, &mut given) < problem.kept(bin) {
            return None;
        }
    }
    // whole parts first, then the largest fractions; a float decides nothing but who is asked first
    let wanted = |bin: usize| counts.map_or(0.0, |counts| counts[bin]);
    for &bin in &limited {
        let whole = wanted(bin).floor().max(0.0) as u64;
        give(bin, whole.saturating_sub(given[bin]), &mut left, &mut given);
    }
    let mut order = limited.clone();
    order.sort_by(|&a, &b| wanted(b).fract().total_cmp(&wanted(a).fract()).then(a.cmp(&b)));
    for bin in order.into_iter().filter(|&bin| wanted(bin).fract() > 1e-6) {
        give(bin, 1, &mut left, &mut given);
    }
    let mut roomiest = limited.clone();
    let room = |bin: usize| bins[bin].capacity.iter().fold(0u128, |sum, &cap| sum + u128::from(cap));
    roomiest.sort_by_key(|&bin| (std::cmp::Reverse(room(bin)), bin));
    for bin in roomiest {
        give(bin, u64::MAX, &mut left, &mut given);
    }
    limited.into_iter().for_each(|bin| shares[bin] = Some(given[bin]));
    Some(shares)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certify::{Verdict, check};
    use crate::problem::Limit;
    use crate::solve::solve;

    /// Items that only pairs of two sizes fill bins with: the largest first waste a bin in six.
    fn tight(bins: u64) -> Problem {
        let mut builder = Problem::builder(1);
        builder.bin_type(BinType { capacity: vec![10], cost: 3, max_count: Some(bins) });
        let class = builder.class();
        builder.item(&[4], 40, class);
        builder.item(&[3], 80, class);
        builder.build().unwrap()
    }

    #[test]
    fn where_costs_come_first_there_is_a_plan_where_there_is_one_for_the_fewest_bins() {
        for objective in [&[Objective::Cost][..], &[Objective::Cost, Objective::Clusters], &[Objective::Clusters]] {
            let answer = solve(&tight(40), objective, &Options::default(), &Silent).unwrap();
            assert_eq!(
                (answer.status, answer.solution.map(|it| it.bins())),
                (Status::Optimal, Some(40)),
                "{objective:?}"
            );
        }
    }

    #[test]
    fn more_bins_than_there_are_of_all_types_are_no_plan() {
        let unit = |problem: Problem, most: Option<u64>| {
            let limits = most.map(|most| Limit { bins: (0..2).collect(), most });
            let units = (0..problem.items().len()).map(|item| (item == 0).then_some(0)).collect();
            let terms = Terms { units, limits: limits.into_iter().collect(), ..Terms::default() };
            problem.with(terms).unwrap()
        };
        let mut seen = 0;
        for (counts, most) in
            [([12, 17], None), ([29, 0], None), ([30, 40], Some(29)), ([30, 1], Some(3)), ([13, 17], None)]
        {
            let mut builder = Problem::builder(1);
            counts.iter().for_each(|&most| {
                _ = builder.bin_type(BinType { capacity: vec![1000], cost: 1, max_count: Some(most) })
            });
            let class = builder.class();
            // no two copies in one bin; and more than is gone through to the end
            builder.item(&[300], 30, class);
            (0..20).for_each(|item| _ = builder.item(&[101 + 7 * item], 1, class));
            let problem = unit(builder.build().unwrap(), most);
            let answer = solve(&problem, &[Objective::Clusters], &Options::default(), &Silent).unwrap();
            let there = counts.iter().sum::<u64>().min(most.unwrap_or(u64::MAX));
            assert_eq!(answer.status == Status::Infeasible, there < 30, "{counts:?} {most:?}");
            if there < 30 {
                let budget = Budget::new(&Options::default(), 10_000_000, &Silent);
                let verdict = check(&problem, None, &answer.certificate, &budget);
                assert!(matches!(verdict, Verdict::Verified { .. }), "{counts:?} {most:?}: {verdict:?}");
                seen += 1;
            }
        }
        assert_eq!(seen, 4);
    }
}
