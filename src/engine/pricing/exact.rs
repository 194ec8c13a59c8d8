//! The heaviest feasible bin: bounds from the suffix programme, then a search from each root.

use crate::budget::{Budget, Stop};
use crate::problem::MANY_RESOURCES;

use super::Case;
use super::bits::{Bits, next};
use super::order::Order;
use super::programme::Programme;
use super::search::RootSearch;
use super::view::{Mix, STEPS, View, views};

/// How thorough a call is.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Search nodes for each root (the first item type of a bin in the pricing order).
    pub nodes: u64,
    /// True: each root looks for its own best bin (diversity), false: only for better than the best of all.
    pub diverse: bool,
    /// True: where nothing was found and a root ran out of nodes, search on to the end.
    pub exact: bool,
}

/// Until the answer is complete: a root that takes more nodes than this is split into smaller problems with bounds of their
/// own (after few nodes in tests, to test it).
pub(super) const TO_THE_END: Effort = Effort { nodes: if cfg!(test) { 3 } else { 2_000 }, diverse: false, exact: true };

/// Nodes of a search with covers, and the part of the budget that a search to the end may take after it.
const COVER_NODES: u64 = if cfg!(test) { 20 } else { 200_000 };
/// See [`COVER_NODES`].
pub(super) const EIGHTHS: u32 = 2;
/// Calls in which those with covers are tried at all, and their nodes.
const TRIALS: u32 = 3;
/// See [`TRIALS`].
const TRIAL_NODES: u64 = if cfg!(test) { 20 } else { 40_000 };
/// By so many thousandths more than the threshold no bin is to be heavier, where it cannot be told for the threshold.
pub(super) const ABOVE: [u64; 6] = [10, 20, 40, 80, 160, 320];

/// Where many resources matter, a bin of a few copies is looked for by what fits, not by what one of them leaves; few are so many, on
/// average. Where bins hold dozens, mostly one or two resources are scarce after all.
const FEW: u128 = 10;

/// The value of a bin, and its positions with their copies.
pub(super) type Filled = (u64, Vec<(usize, u64)>);

/// A feasible bin and what it weighs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeavyBin {
    /// Sum of the values of its content.
    pub value: u64,
    /// Items and copies, ascending by item.
    pub items: Vec<(usize, u64)>,
}

/// Answer of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priced {
    /// No feasible bin weighs more than this.
    pub bound: u64,
    /// Bins that weigh more than the threshold, heaviest first: at most one a root, and what a search with covers came by.
    pub bins: Vec<HeavyBin>,
    /// Whether `bound` is the larger of the threshold and the heaviest bin, or less.
    pub complete: bool,
}

/// Finds heaviest feasible bins of one bin type, for ever new values of the items.
///
/// The items are ordered by a greedy clique partition. For each call, a suffix programme over the cliques (at most one
/// type of each, with any number of copies) bounds what the items from a position on can add to a bin with given room:
/// one programme for each resource, and for averages of several; the bound is their minimum. A depth-first search from
/// each root type, the most promising first, finds the bins (after Sadykov & Vanderbeck 2013, section 3, who use
/// such a programme for interval graphs). Where conflicts rule, searches with covers that are renewed at each node find heavier ones; where many
/// resources matter, exchanges and searches by what still fits take their place.
#[derive(Clone, Debug)]
pub struct Pricer {
    pub(super) bin: usize,
    pub(super) order: Order,
    pub(super) dimensions: usize,
    pub(super) capacity: Vec<u64>,
    /// Position-major sizes.
    pub(super) sizes: Vec<u64>,
    pub(super) words: usize,
    /// Position-major bit rows over positions: may not share a bin.
    pub(super) rows: Vec<u64>,
    /// One a resource, then perhaps one of their mix, new for each call.
    pub(super) views: Vec<View>,
    /// For each resource, capacities up to this are priced to the last unit.
    pub(super) finest: Vec<u64>,
    resource_views: usize,
    mix: Option<Mix>,
    /// Searches with covers found heavier bins than those root by root.
    conflicts_rule: bool,
    /// So many resources matter to bins of a few copies that no one-dimensional relaxation says what goes together.
    many_resources: bool,
    /// How often they are still tried without that.
    pub(super) trials: u32,
    limit: Vec<u64>,
    // per call
    pub(super) value: Vec<u64>,
    pub(super) most: Vec<u64>,
    pub(super) active: Vec<u64>,
    pub(super) programme: Programme,
}

/// Cells of a programme, one a copy and unit of capacity, for a resource of which hardly anything is to spare: there a rounded
/// programme takes nearly every bin for a heavy one, and the search behind it never ends. Elsewhere rounded ones are as good and sooner
/// there.
const CELLS: u64 = 12 << 20;
/// So many times what is to spare in all is still hardly anything: no more than a bin.
const TIGHT: u128 = 200;

/// For each resource the largest capacity that is priced to the last unit.
fn finest(case: &Case, bin: usize) -> Vec<u64> {
    let capacity = &case.bins()[bin].capacity;
    let mut finest = vec![STEPS; capacity.len()];
    if case.bins().len() > 1 {
        return finest;
    }
    let copies = case.demand().iter().fold(1, |all: u64, &copies| all.saturating_add(copies));
    // bins that the load alone takes, and what is to spare in these, in bins
    let needs: Vec<(u128, bool)> = (capacity.iter().enumerate())
        .map(|(q, &capacity)| {
            let capacity = u128::from(capacity.max(1));
            let load = |item: usize| u128::from(case.size(item)[q]) * u128::from(case.demand()[item]);
            let load: u128 = (0..case.len()).map(load).sum();
            let bins = load.div_ceil(capacity);
            (bins, (bins * capacity - load) * TIGHT <= capacity)
        })
        .collect();
    let most = needs.iter().map(|&(bins, _)| bins).max().unwrap_or(0);
    for (finest, (bins, tight)) in finest.iter_mut().zip(needs) {
        if bins == most && tight {
            *finest = STEPS.max(CELLS / copies);
        }
    }
    finest
}

/// Whether bins hold but a few copies, by the load of the case.
fn holds_few(case: &Case, capacity: &[u64]) -> bool {
    let copies: u128 = case.demand().iter().map(|&copies| u128::from(copies)).sum();
    let load = |q: usize| -> u128 {
        (0..case.len()).map(|item| u128::from(case.size(item)[q]) * u128::from(case.demand()[item])).sum()
    };
    (0..capacity.len()).any(|q| load(q) * FEW >= copies * u128::from(capacity[q]))
}

/// Whether no size is above the room; both are below 2^63. Without a branch for each resource, this is a few instructions for all.
pub(super) fn within(sizes: &[u64], room: &[u64]) -> bool {
    let below = sizes.iter().zip(room).fold(0, |below, (&size, &room)| below | room.wrapping_sub(size));
    below >> 63 == 0
}

impl Pricer {
    /// Prepares for bins of type `bin` of the case. Complexity: the square of the number of items.
    #[must_use]
    pub fn new(case: &Case, bin: usize) -> Self {
        let order = Order::new(case);
        let len = case.len();
        let words = len.div_ceil(64);
        let mut position = vec![0; len];
        for (at, &item) in order.items.iter().enumerate() {
            position[item] = at;
        }
        let mut rows = vec![0u64; len * words];
        for (at, &item) in order.items.iter().enumerate() {
            for other in case.apart_from(item).ones() {
                let other = position[other];
                rows[at * words + other / 64] |= 1 << (other % 64);
            }
        }
        let capacity = case.bins()[bin].capacity.clone();
        let limit: Vec<u64> = order.items.iter().map(|&item| case.most(item, bin, case.demand()[item])).collect();
        let sizes: Vec<u64> = order.items.iter().flat_map(|&item| case.size(item).iter().copied()).collect();
        let few = holds_few(case, &capacity);
        let mut pricer = Self::build(bin, order, capacity, sizes, rows, limit, finest(case, bin));
        pricer.many_resources = few && pricer.resource_views >= MANY_RESOURCES;
        pricer
    }

    pub(super) fn build(
        bin: usize,
        order: Order,
        capacity: Vec<u64>,
        sizes: Vec<u64>,
        rows: Vec<u64>,
        limit: Vec<u64>,
        finest: Vec<u64>,
    ) -> Self {
        let len = order.items.len();
        let words = len.div_ceil(64);
        let dimensions = capacity.len();
        let matters: Vec<bool> = (0..dimensions)
            .map(|q| {
                let load = (0..len)
                    .fold(0u128, |load, at| load + u128::from(sizes[at * dimensions + q]) * u128::from(limit[at]));
                load > u128::from(capacity[q])
            })
            .collect();
        let views = views(&sizes, len, &capacity, &matters, &finest);
        let mix = Mix::new(&sizes, len, &capacity, &matters);
        Self {
            bin,
            dimensions,
            capacity,
            sizes,
            words,
            rows,
            programme: Programme::new(views.len() + usize::from(mix.is_some()), len),
            finest,
            many_resources: false,
            resource_views: views.len(),
            views,
            mix,
            conflicts_rule: false,
            trials: TRIALS,
            value: vec![0; len],
            most: vec![0; len],
            active: vec![0; words],
            limit,
            order,
        }
    }

    /// The bin type.
    #[must_use]
    pub fn bin(&self) -> usize {
        self.bin
    }

    /// Whether searches with covers found what others missed.
    #[must_use]
    pub fn conflicts_rule(&self) -> bool {
        self.conflicts_rule
    }

    /// Whether so many resources matter, to bins of a few copies, that no one-dimensional relaxation says what goes together.
    #[must_use]
    pub fn many_resources(&self) -> bool {
        self.many_resources
    }

    /// Finds bins heavier than `threshold` where an item `i` weighs `values[i]` and has `demand[i]` copies (no more than
    /// in the case); where [many resources](Self::many_resources) matter, next to those that are known already, too (`near`, feasible for the
    /// whole case). The sum of all values times demands must be below 2^62.
    ///
    /// # Errors
    /// [`Stop`] when the budget is used up; what was found is lost then.
    pub fn heaviest(
        &mut self,
        values: &[u64],
        demand: &[u64],
        threshold: u64,
        effort: Effort,
        near: &[&[(usize, u64)]],
        budget: &Budget,
    ) -> Result<Priced, Stop> {
        if self.many_resources {
            self.load(values, demand, false);
            return self.heaviest_by_fit(threshold, effort, near, budget);
        }
        let roots = self.prepare(values, demand, budget)?;
        let mut first = if self.conflicts_rule && effort.diverse {
            let bound = roots.first().map_or(0, |root| root.0).max(threshold);
            Priced { bound, bins: Vec::new(), complete: bound <= threshold }
        } else {
            self.search_roots(&roots, threshold, Effort { exact: false, ..effort }, budget)?
        };
        if first.bins.is_empty() && !first.complete && effort.diverse {
            for (value, items) in self.fill_all(threshold, budget)? {
                first.bins.push(self.found(value, &items));
            }
        }
        if effort.diverse && !first.complete && (self.conflicts_rule || self.trials > 0) {
            let heaviest = first.bins.first().map_or(threshold, |bin| bin.value.max(threshold));
            let covered = self.by_covers(heaviest, TRIAL_NODES, budget)?;
            self.trials = self.trials.saturating_sub(1);
            if !covered.found.is_empty() {
                self.conflicts_rule = true;
                let mut bins = self.as_bins(covered.found);
                bins.append(&mut first.bins);
                first.bins = bins;
            }
            if covered.complete {
                first.bound = first.bins.first().map_or(threshold, |bin| bin.value.max(threshold));
                first.complete = true;
            }
        }
        if first.bins.is_empty() && !first.complete && effort.exact {
            first = self.to_the_end(&roots, threshold, first.bound, budget)?;
        }
        Ok(first)
    }

    /// Searches on where some roots ran out of nodes, and nothing is heavier than `bound`: with covers, then root by root; where neither
    /// comes to an end, for how heavy a bin there is none.
    fn to_the_end(&self, roots: &[(u64, usize)], threshold: u64, bound: u64, budget: &Budget) -> Result<Priced, Stop> {
        let covered = self.by_covers(threshold, COVER_NODES, budget)?;
        if covered.complete || !covered.found.is_empty() {
            let heaviest = covered.found.last().map_or(threshold, |found| found.0);
            let bound = if covered.complete { heaviest } else { bound };
            return Ok(Priced { bound, bins: self.as_bins(covered.found), complete: covered.complete });
        }
        let found = budget.within_eighths(EIGHTHS, |own| self.search_roots(roots, threshold, TO_THE_END, own));
        budget.look()?;
        if let Ok(found) = found {
            return Ok(found);
        }
        let mut priced = Priced { bound, bins: Vec::new(), complete: false };
        for more in ABOVE {
            let above = threshold.saturating_add(threshold / 1000 * more);
            if above >= bound {
                break;
            }
            let covered = self.by_covers(above, COVER_NODES, budget)?;
            let heaviest = covered.found.last().map_or(above, |found| found.0);
            priced.bins = self.as_bins(covered.found);
            if covered.complete {
                priced.bound = heaviest;
            }
            if covered.complete || !priced.bins.is_empty() {
                break;
            }
        }
        Ok(priced)
    }

    /// The bins of a search, the heaviest first.
    pub(super) fn as_bins(&self, found: Vec<Filled>) -> Vec<HeavyBin> {
        let mut bins: Vec<HeavyBin> = found.into_iter().map(|(value, items)| self.found(value, &items)).collect();
        bins.sort_by(|a, b| b.value.cmp(&a.value).then_with(|| a.items.cmp(&b.items)));
        bins.dedup();
        bins
    }

    pub(super) fn found(&self, value: u64, positions: &[(usize, u64)]) -> HeavyBin {
        let mut items: Vec<(usize, u64)> =
            positions.iter().map(|&(at, copies)| (self.order.items[at], copies)).collect();
        items.sort_unstable();
        HeavyBin { value, items }
    }

    /// Bounds for these values; the roots, the most promising first.
    pub(super) fn prepare(
        &mut self,
        values: &[u64],
        demand: &[u64],
        budget: &Budget,
    ) -> Result<Vec<(u64, usize)>, Stop> {
        self.load(values, demand, false);
        self.programme.fill(&self.order.group, &self.views, &self.value, &self.most, budget)?;
        let mut roots = self.roots();
        roots.sort_by_key(|&(bound, at)| (std::cmp::Reverse(bound), at));
        Ok(roots)
    }

    /// The same for all bins: items without a value count.
    pub(super) fn prepare_all(&mut self, values: &[u64], demand: &[u64], budget: &Budget) -> Result<(), Stop> {
        self.load(values, demand, true);
        self.programme.fill(&self.order.group, &self.views, &self.value, &self.most, budget)
    }

    /// How many copies of what is at a position fit such room.
    pub(super) fn most_within(&self, at: usize, room: &[u64]) -> u64 {
        let d = self.dimensions;
        let size = &self.sizes[at * d..(at + 1) * d];
        match self.most[at] {
            // no division where it is not needed
            1 => u64::from(size.iter().zip(room).all(|(size, room)| size <= room)),
            most => super::case::fitting(size, room, most),
        }
    }

    /// Whether a copy of what is at a position fits.
    pub(super) fn fits(&self, at: usize, room: &[u64]) -> bool {
        within(&self.sizes[at * self.dimensions..(at + 1) * self.dimensions], room)
    }

    pub(super) fn load(&mut self, values: &[u64], demand: &[u64], worthless: bool) {
        self.active.fill(0);
        for (at, &item) in self.order.items.iter().enumerate() {
            self.value[at] = values[item];
            self.most[at] = if values[item] == 0 && !worthless { 0 } else { self.limit[at].min(demand[item]) };
            if self.most[at] > 0 {
                self.active[at / 64] |= 1 << (at % 64);
            }
        }
        if let Some(mix) = &mut self.mix {
            self.views.truncate(self.resource_views);
            self.views.push(mix.view(&self.value, &self.most));
        }
    }

    /// Every type that may start a bin, with a bound on the bins that it starts.
    fn roots(&self) -> Vec<(u64, usize)> {
        let mut roots = Vec::new();
        let mut allowed = vec![0u64; self.words];
        for at in Bits::new(&self.active, 0) {
            self.restrict(&self.active, at, &mut allowed);
            let row = next(&allowed, at + 1).map_or(0, |first| self.programme.row_from(first));
            let mut best = 0;
            for copies in 1..=self.most[at] {
                let bound = (self.views.iter().enumerate())
                    .map(|(index, view)| {
                        let room = view.full.checked_sub(view.size[at].saturating_mul(copies));
                        room.map_or(0, |room| self.value[at] * copies + self.programme.bound(index, view, row, room))
                    })
                    .min()
                    .unwrap_or(0);
                best = best.max(bound);
            }
            roots.push((best, at));
        }
        roots
    }

    /// Those of `from` that may share a bin with the position, from its word on.
    pub(super) fn restrict(&self, from: &[u64], at: usize, into: &mut [u64]) {
        let row = &self.rows[at * self.words..(at + 1) * self.words];
        for word in (at / 64)..self.words {
            into[word] = from[word] & !row[word];
        }
    }

    /// Searches from each root; `effort.exact`: to the end, whatever it takes.
    pub(super) fn search_roots(
        &self,
        roots: &[(u64, usize)],
        threshold: u64,
        effort: Effort,
        budget: &Budget,
    ) -> Result<Priced, Stop> {
        let mut priced = Priced { bound: 0, bins: Vec::new(), complete: true };
        let mut best_of_all = threshold;
        let mut search = RootSearch::new(self, effort.nodes, budget);
        for &(bound, root) in roots {
            let prune = if effort.diverse { threshold } else { best_of_all };
            if bound <= prune {
                // nothing from here on is heavier than `prune`, nor than its own bound
                priced.bound = priced.bound.max(bound);
                break;
            }
            let mut finished = search.from(root, prune)?;
            if !finished && effort.exact {
                if let Some((value, record)) = self.split(root, search.best, budget)? {
                    search.best = value;
                    search.record = record;
                }
                finished = true;
            }
            if !finished {
                priced.complete = false;
                priced.bound = priced.bound.max(bound);
            }
            if !search.record.is_empty() {
                priced.bins.push(self.found(search.best, &search.record));
                best_of_all = best_of_all.max(search.best);
            }
            if finished {
                priced.bound = priced.bound.max(search.best);
            }
        }
        priced.bins.sort_by(|a, b| b.value.cmp(&a.value).then_with(|| a.items.cmp(&b.items)));
        Ok(priced)
    }
}
