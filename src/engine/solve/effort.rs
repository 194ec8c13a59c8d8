//! What steers order and effort in this room: how much work each step may take, and what is too large for which.
//!
//! None of it decides whether an answer is true; all of it decides how soon one is there. One unit of work is an
//! innermost loop iteration, some nanoseconds. What was measured stands beside the number. Where nothing stands, nothing
//! was: the number is not tuned, it was chosen once and the benchmark table met its targets with it.

/// Work of a whole run without a limit of the caller's: minutes.
pub const DEFAULT: u64 = 40_000_000_000;
/// Work of a whole run under a clock: the clock decides.
pub const UNDER_A_CLOCK: u64 = u64::MAX >> 2;

/// The rounds of attempts at the gaps that are left.
pub mod rounds {
    /// How many, each with [`MORE`] times the work for every part.
    pub const MOST: u64 = 12;
    /// Work of a part in the first round, at least.
    pub const FIRST: u64 = 200_000_000;
    /// Work of all parts together in the first round: a part that is alone may take this at once, because what an attempt
    /// did is lost in the next.
    /// Measured: with slices of [`FIRST`] alone, attempts that ran out began again from nothing in the next round.
    pub const ALONE: u64 = 10_000_000_000;
    /// See [`MOST`]; what is done again in a later round is little beside it.
    pub const MORE: u64 = 10;
    /// From this round on there is no limit but the budget's.
    pub const UNLIMITED: u64 = 4;

    /// Work that a part may take in a round with so many open parts.
    pub fn slice(round: u64, open: u64) -> u64 {
        if round >= UNLIMITED { u64::MAX } else { FIRST.max(ALONE / open.max(1)) * MORE.pow(round as u32) }
    }
}

/// Work for the bounds of a component: some steps an item type, and enough for a small graph's cliques.
pub const BOUND: (u64, u64) = (2_000_000, 3_000);

/// The same for so many item types.
pub fn bound_work(types: u64) -> u64 {
    BOUND.1.saturating_mul(types).saturating_add(BOUND.0)
}

/// Work for the first packings of a component: some, and so much an item type.
pub const PLAN: (u64, u64) = (10_000_000, 60_000);
/// Work for the quick part of them, before the sizes are looked at.
pub const QUICK: u64 = 15_000_000;
/// Work for local search between two attempts with columns, an item type and round.
pub const SEARCH: u64 = 2_000_000;
/// Work for an exhaustive search before something cleverer gets its turn.
pub const ENUMERATION: u64 = 20_000_000;
/// With more item types than so many a plan under terms that is there when the time is over stays as it is: to look at everything once more takes seconds.
/// Measured on 100,000 workloads and 20 templates with a limit of a tenth of a second: 5.7 CPU seconds instead of 10.8, and 2,854 clusters instead of
/// 2,878. Of 10,000 it takes some tenths, and the plan has 297 clusters instead of 300.
pub const LATE: u64 = 20_000;
/// Work for a tree of cases that proves what such a search found.
pub const CASES: u64 = 200_000_000;
/// Work for the witness of a bound that holds already.
pub const WITNESS: u64 = 200_000_000;

/// Above so many item types column generation takes longer than it is worth.
/// Measured on a prototype: fleets of some 1,500 types, or 30 items a bin, ended sooner without columns. Not tuned since.
pub const MOST_TYPES: u64 = 1_500;
/// Above so many it is not even tried at last.
pub const MOST_TYPES_EVER: u64 = 4_000;
/// The same for items a bin.
pub const MOST_A_BIN: u64 = 30;
/// From so many items a bin on, ejection finds more than tabu search.
/// Measured on fleets (ejection closed gaps of one or two) and on random graphs of small items (tabu search took gaps of 5 to
/// 7 to 3 and 4); the border between them is not tuned.
pub const MANY_A_BIN: u64 = 5;

/// Work a copy for a plan of so many bins that are all open from the start, and how many such numbers are tried.
/// Measured on islands of 600 copies in 20 bins: with 1 % of the scarcest resource to spare found within 300,
/// with 0.2 % within 50,000.
pub const FILL: (u64, u64) = (5_000, 4);
/// How much more at first once nothing else is left to do.
pub const FILL_MORE: u64 = 20;
/// Where there are many resources, a few items a bin are up to so many, ...
pub const FEW_A_BIN: u64 = 20;
/// ... and so much more is worth its while, one bin less at a time. Measured on 200 and 500 items of 10 and 20 resources, 7 to 15 of them a bin: two of
/// six are closed in half a second and a second, which 10 s of the rest left a bin apart, and 500 of 20 resources take 70 bins instead of 71.
pub const FILL_RESOURCES: u64 = 8;

/// Packing the sizes alone.
pub mod sizes {
    /// Most sizes for column generation.
    pub const MOST: usize = 400;
    /// Fewest item types a size for the relaxation to be worth its while.
    pub const ITEMS_A_SIZE: usize = 4;
    /// From so many copies a bin on there are exact fits in plenty.
    pub const MANY_A_BIN: u64 = 16;
    /// Proportional packings tried.
    pub const ATTEMPTS: u64 = 40;
    /// The work for each: some, and so much a bin.
    pub const ATTEMPT: (u64, u64) = (10_000_000, 10_000);
    /// The work for all of them.
    pub const PROPORTION: (u64, u64) = (80_000_000, 40_000);
    /// Bins for which that work is counted, at most: the proportions of very many take no longer than those of many.
    pub const MOST_BINS: u64 = 30_000;
    /// Work for the first packings of the sizes.
    pub const PLAN: u64 = 20_000_000;
    /// Work for column generation, dives and branching on the sizes.
    pub const GAP: u64 = 400_000_000;
    /// Work for the conflicts, a copy.
    pub const REALISE: u64 = 4_000;
}

/// Bounds and packings by way of the classes.
pub mod fluid {
    /// Most classes.
    pub const MOST_CLASSES: u64 = 600;
    /// Fewest copies a class for sand to be near to what they are.
    pub const ITEMS_A_CLASS: u64 = 4;
    /// How many of a hundred pairs of classes conflict, at least: with fewer, resources decide.
    pub const CONFLICTS: u64 = 30;
    /// Work for the bound, for so many classes or more.
    /// Measured on components of 40 classes and 500 items: 10 to 1,200 million, about 3 s; on 103 classes, most of them small, 100 million
    /// took the bound from 16 to 20. On 200 and 400 of like size no bound was better than that by resources.
    pub const BOUND: [(u64, u64); 2] = [(100, 200_000_000), (0, 1_500_000_000)];
    /// Work for a packing to begin with.
    /// Measured on 4,000 workloads with 90 % distrust: with ten times as much it takes 0.7 s. The first packing by way of the classes has up to seven
    /// bins fewer then; after ten seconds two plans of 10,000 had 261 and 264 clusters, and 262 and 261 with this.
    pub const START: u64 = 1_500_000;
    /// Work for the first packing by way of the classes.
    pub const PLAN: u64 = 10_000_000_000;
    /// Work for the items in bins for classes, a copy: at first, and at most once others failed. Measured: where they find room at all, mostly
    /// within a tenth of the most.
    pub const FILL: (u64, u64) = (10_000, 100_000);
    /// What may find no place in mixed bins, in bins, for the items to be tried.
    pub const ROOM: f64 = 0.2;
    /// The same where bins are exchanged by prices, and it counts as much as it takes: at first, then [`ROOM`], in the end.
    /// Measured on 10,000 workloads with 90 % distrust: with the last alone there was no plan worth the name for some seconds.
    pub const MUCH: f64 = 1.0;
    pub const LITTLE: f64 = 0.06;
    /// The same in bins of sand, which hold more than whole items.
    pub const NOTHING: f64 = 1e-4;
    /// Eighths of the time and of the work for bins of mixed classes, of what is left then for the others, and where these are no help.
    pub const MIXED: u32 = 6;
    pub const OTHER: u32 = 4;
    pub const ALL: u32 = 8;
    /// The first number of bins that is aimed at: a part of the way from what is proved to what is known.
    pub const AIM: u64 = 4;
    /// The same where bins are exchanged by prices: so many times what a dive leaves at what is proved.
    /// Measured on 10,000 workloads with 90 % distrust: once as much was out of reach of ten seconds now and then, twice was too much.
    pub const MORE: f64 = 1.5;
    /// So often the items find no room, or exchanges leave no less, before there is one bin more.
    /// Measured on 10,000 workloads with 90 % distrust: with 60 exchanges some of the time went into a number that is out of reach.
    pub const FAILED: u64 = 4;
    pub const IDLE: u64 = 20;
    /// The same for exchanges by prices, which are many at a time.
    pub const SOON: u64 = 6;
    /// Dives that differ in few decisions, and work for them: for so many bins at most.
    /// Measured: of 10 to 20 bins of 40 classes it finds in 0.1 to 0.5 s what exchanges do not in 10 s; with 64 as the
    /// most 4,000 workloads with 70 % distrust got 106 clusters in 10 s instead of 105, and without any 10,000 with 90 % 267 instead of 264.
    pub const MOST_SEARCHED: u64 = 40;
    pub const SEARCH: (usize, u64) = (200, 800_000_000);
    /// What counts as less.
    pub const LESS: f64 = 0.98;
}

/// Some bins of a large packing packed anew.
pub mod region {
    /// Above so many bins they are not laid out one by one.
    pub const MOST_BINS: u64 = 200_000;
    /// Item types taken out at once, at least and at most.
    /// Measured together with [`COLUMNS`]: 1,024 bins of 5,000 types in two resources became 1,006. Other sizes were not compared.
    pub const TAKEN: (u64, u64) = (60, 250);
    /// Work for the first packings of what was taken out.
    pub const PLAN: u64 = 5_000_000;
    /// Work for column generation on it.
    pub const COLUMNS: u64 = 60_000_000;
}

/// Limited bin types: shares, charges, and whether there is any packing.
pub mod limited {
    /// From so many limited bin types on they are mostly clusters that stand already, each of its own shape.
    pub const MANY: usize = 8;
    /// Moves of one bin between shares, where there are so many.
    pub const FEW_MOVES: usize = 60;
    /// Pairs of a resource and a marginal bin type that are tried for charges.
    pub const CHARGES: usize = 24;
    /// Moves of one bin from one component's share to another's.
    pub const MOVES: usize = 1_000;
    /// Most components for which moves are tried: each looks at all pairs.
    pub const MOST_PARTS: usize = 100;
    /// Up to so many limited types, ways to cover components are chosen with all that are near.
    /// Measured on 40 clusters each of its own shape beside a template: a knapsack chose 94 to 96 bins where the programme has 90.
    pub const FEW: usize = 4;
    /// Most components, and ways to cover them, among which a linear programme chooses.
    /// Measured on 100,000 workloads, 20 templates with counts and 1,113 to 1,149 components: 2780, 2860 and 2812 clusters of at least 2779, 2860 and 2812
    /// instead of 2797, 2879 and 2835 where such were dealt without.
    pub const MOST_CHOICES: (usize, usize) = (3_000, 30_000);
    /// So many bins of a type that is left over may be dealt to save one bin.
    pub const SAVING: u64 = 100;
    /// Where there are more ways than so many, what a linear programme chose is taken as it is, if it is within the maximum counts.
    pub const MOST_CHOSEN: usize = 2_000;
    /// Ways are near another with so many bins of a type more or less.
    pub const NEAR: [u64; 12] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];
    /// Most of these ways, and the work for each.
    pub const MOST_WAYS: usize = 200_000;
    pub const WEIGHING: u64 = 20;
    /// Most units of limited types that are dealt one by one.
    pub const MOST_UNITS: usize = 200_000;
    /// Moves a unit, and at most, in one search for shares.
    pub const STEPS: (u64, u64) = (4_000, 400_000);
    /// How many times as long the search for shares goes on once packings need no more than sand.
    pub const PATIENCE: u64 = 8;
    /// The loss that a move may bring at first, in thousandths of a bin; and where the search starts near its end.
    pub const THRESHOLD: (u64, u64) = (1_000, 200);
    /// How much less what bins are filled with counts than their number.
    pub const FILLED: u64 = 20;
    /// Thousandths of the room that packings fill easily, and what each beyond counts in thousandths of a bin.
    pub const EASY: u64 = 980;
    pub const TIGHT: u64 = 10;
    /// Times that shares are dealt anew after packings showed what they need.
    pub const DEALS: u64 = 12;
    /// Times that ways are chosen anew because some of them hold nobody in fact.
    pub const TRADES: usize = 40;
    /// Packings with shares that may do without are looked for so many at a time.
    /// Measured on 2,000 workloads beside 40 clusters with a limit of 1 s: in one go the answer came after 3.2 to 4.2 s.
    pub const AT_A_TIME: usize = 32;
    /// Everything as one part is no help beyond so many item types, once there is a packing with shares.
    /// Measured on 100,000 workloads, 20 templates with counts: 2884 clusters in ten seconds where shares led to 2780.
    pub const MOST_JOINED: usize = 20_000;
    /// Item types that are packed in all where shares are tried one by one.
    pub const MOST_TRIED: usize = 400_000;
    /// What packings may need beyond sand, at most, in thousandths.
    pub const MOST_MORE: u128 = 500;
    /// Attempts to find prices that no packing can pay.
    pub const ATTEMPTS: usize = 12;
    /// Work for each.
    pub const ATTEMPT: u64 = 200_000_000;
    /// The highest price to begin with.
    pub const FINE: u64 = 32;
}

/// One of a few choices for each of many.
pub mod choose {
    /// Steps of the prices.
    pub const ROUNDS: usize = 200;
    /// The first, where twice as much is asked for as there is; after so many rounds half as long.
    pub const STEP: f64 = 1.0;
    pub const SLOWER: f64 = 10.0;
    /// Attempts from prices near the best, and how near, as a part of them.
    /// Measured on 10,000 workloads on 128 islands under tight counts: the best prices themselves ended one bin higher.
    pub const ATTEMPTS: u64 = 16;
    pub const NEAR: f64 = 0.1;
    /// Different changes of which pairs are tried.
    pub const MOST_CHANGES: usize = 3_000;
    /// What is worth no more is worth nothing.
    pub const NOTHING: f64 = 1e-6;
}

/// Prices at which whole bins show the most.
pub mod whole {
    /// What a bin counts: prices are whole numbers of its parts.
    pub const SCALE: u64 = 60;
    /// What one of average cost counts where costs differ, at least and at most; and the highest price then, in such bins.
    pub const FINE: (f64, f64) = (40.0, 600.0);
    pub const DEAR: f64 = 6.0;
    /// The same where some component has more bins than so many, and from so many on they are sand then.
    /// Measured on 100,000 workloads, 20 templates with costs and counts, of which two components have 578 and 883 bins: a cluster more at 57 times what one
    /// costs, and 2,251,080 proved in 30 s instead of 1,957,243.
    pub const DEARER: f64 = 1000.0;
    pub const MANY: u128 = 300;
    pub const LARGE: u128 = 30;
    /// What is nearly a whole bin is one.
    pub const NEARLY: f64 = 1e-6;
    /// What any bin counts at most then: no sum overflows.
    pub const DEAREST: f64 = 1e12;
    /// Steps.
    pub const ROUNDS: usize = 300;
    /// Steps before a linear programme finds the prices, and how often it does: for so many components at most.
    /// Measured on 100,000 workloads in 1,250 islands and 20 templates with costs: 1,975,817 instead of 2,026,682 in 30 s.
    pub const BEFORE: usize = 10;
    pub const PROGRAMMES: usize = 80;
    pub const COMPONENTS: usize = 3_000;
    /// A part of so much of a way is a whole one; and how often the ways of the rest are looked for again when some have theirs.
    pub const WHOLE: f64 = 0.999;
    /// Measured on 10 islands of ten bins: with 3 a plan of 100 clusters, with 12 the fewest, 93.
    pub const DIVE: usize = 12;
    /// Steps without a better bound until they become half as long.
    pub const IDLE: u64 = 8;
    /// The shortest.
    pub const LEAST: f64 = 0.01;
    /// The highest price, in bins.
    pub const MOST: f64 = 100.0;
    /// Components of more bins than so many have a mixture of their own.
    pub const SMALL: u128 = 3;
    /// Those of more than so many are measured by that alone.
    pub const MEDIUM: u128 = 12;
    /// How much more what covers a component counts in a step than in the one before.
    pub const LATER: f64 = 1.05;
    /// Ways to cover a component that are kept.
    pub const WAYS: usize = 24;
    /// Steps after which those mixtures are looked for again.
    pub const MIX: usize = 8;
    /// Steps of a search over all resources of a component: of small ones at each set of prices, and of all at the last.
    /// Measured on 30 islands that share 40 clusters: with 2,000 steps 48 clusters of 50 are proved, with 50,000 all.
    pub const NODES: (u64, u64) = (50_000, 200_000);
    /// The price on a bin of a component that has a known number of them, in bins, to begin with; and times that it is doubled until no more of them
    /// pay.
    pub const EACH: f64 = 0.25;
    /// Parts of that at which more may be proved.
    pub const LOWER: [u64; 3] = [8, 4, 2];
    pub const RAISES: usize = 8;
    /// What is left of the budget is for so many looks at all components.
    pub const SHARE: u64 = 64;
}

/// The least cost.
pub mod cost {
    /// Eighths of the time and of the work for the number of bins, where maximum counts join the components and costs follow.
    /// Measured on 10,000 workloads, 20 templates with costs and counts, whose number stayed open by one after 10 s: 207,481 instead of 215,872.
    pub const COUNT: u32 = 7;
    /// Eighths of the time and of the work for ways to cover components, where these compete for the cheaper bins: what follows forgets that, or looks at
    /// everything at once.
    pub const WAYS: u32 = 6;
    /// Room beyond the load that mixtures of bin types are tried with, in thousandths.
    pub const ROOM: [u64; 6] = [0, 4, 10, 20, 40, 80];
    /// Most bins for the cheapest mixture of three types: every number of the third is looked at.
    pub const MOST_STEPS: u64 = 50_000_000;
    /// Most sets of bin types whose items are counted apart in a mixture.
    pub const MOST_NEEDS: usize = 16;
    /// Most steps to make a mixture whole.
    pub const MOST_ROUNDINGS: u64 = 200_000;
    /// Attempts to find the right price on a bin.
    pub const ATTEMPTS: usize = 6;
    /// Work for the bounds of all components before anything else, and of each at least.
    pub const FLOOR: u64 = 400_000_000;
    pub const LEAST: u64 = 50_000;
    /// Rounds over the components that are open: what each may take in the first beside a packing, and how many times two to the power of this
    /// in the one after it; in the last all that is left.
    /// Measured on 128 islands, of which two have 2,700 and 4,100 of 10,000 workloads: with an equal share of ten seconds at once these
    /// two took all of it, and a dozen others were left without any bound.
    pub const ROUNDS: u32 = 3;
    pub const FIRST: u64 = 20_000_000;
    pub const MORE: u32 = 4;
}

/// What goes to whoever works elsewhere.
pub mod away {
    /// A step that may take less is done here: some tenths of a second, of which most take a fraction.
    pub const LEAST: u64 = 30_000_000;
    /// Components share a job up to so many squares of item types in all: a few dozen small ones, or one of a hundred and more.
    pub const WEIGHT: u64 = 10_000;
    /// But there are to be so many jobs a worker, if there are as many components.
    pub const JOBS_A_WORKER: usize = 4;
    /// One part in so many of a job's time is for its way back, up to a second.
    pub const WAY_BACK: u32 = 10;
    /// Deeper trees of nodes are refused: they are gone through by recursion.
    pub const DEEPEST: usize = 10_000;
}

/// Most nodes that a tree said of the whole problem may have.
pub const MOST_NODES: usize = 200_000;
