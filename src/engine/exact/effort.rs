//! What steers order and effort in this room: how much each step may take, and what is too large for it. What the room
//! below spends on whole steps stands in `solve/effort.rs`.
//!
//! None of it decides whether an answer is true. What was measured stands beside the number. Where nothing stands, nothing
//! was: the number is not tuned, it was chosen once and the benchmark table met its targets with it.

/// `enumerate.rs`.
pub mod enumerate {
    /// Most copies that the search takes on.
    pub const MOST_COPIES: u64 = 24;
    /// States remembered.
    pub const MEMORY: usize = 300_000;
}

/// Exhaustive search under terms.
pub mod under_terms {
    /// Most copies that the search takes on, and fewer than 16 of one type.
    pub const MOST_COPIES: u64 = 12;
    /// Most item types: four bits each in a word.
    pub const MOST_ITEMS: usize = 16;
}

/// Trees of what such a search found.
pub mod case_tree {
    /// Most nodes.
    pub const MOST_NODES: usize = 4_000;
    /// Deeper than this is no tree but an error.
    pub const DEEPEST: usize = 200;
    /// Most contents of bins in a case.
    pub const MOST_COLUMNS: usize = 20_000;
    /// So many are entered at once.
    pub const START: usize = 300;
    /// Columns of each bin type that are entered later at a time.
    pub const COLUMNS: usize = 4;
    /// The largest scale with small numbers that is tried.
    pub const MOST_PARTS: u32 = 60;
}

/// `counts.rs`.
pub mod counts {
    /// Most nodes of the tree over the numbers of bins.
    pub const MOST_NODES: usize = 2_000;
    /// Work of the linear programme of one node.
    pub const NODE: u64 = 400_000_000;
    /// Work of all of them.
    pub const ALL: u64 = 1_500_000_000;
}

/// `column_generation.rs`.
pub mod column_generation {
    /// Weight of the best duals so far in those that are priced (Wentges 1997).
    pub const SMOOTHING: f64 = 0.3;
    /// Columns of one round that may cover the same item.
    pub const COVER: u8 = 3;
    /// Search nodes for each root before a call settles for a bound that is not tight.
    pub const NODES: u64 = 300;
    /// From so many bins on, rounded duals may prove a bin less than the relaxation.
    pub const MANY_BINS: f64 = 1e6;
    /// The largest denominator tried for duals as fractions.
    pub const MOST_PARTS: u32 = 5_000;
}

/// `dive.rs`.
pub mod dive {
    /// How often a step may be taken back at one level.
    pub const TRIES: u32 = 3;
}

/// `node_dives.rs`.
pub mod node_dives {
    /// What the relaxation must leave of the price before its neighbourhood is searched: without it hardly any column may be
    /// wrong, and only luck from the top helps.
    pub const SPARE: f64 = 0.002;
    /// From so much on, branching hardly raises the bound.
    pub const WIDE: f64 = 0.03;
    /// From so much on, the pool of bins is large, and a dive the better bet.
    pub const LARGE: f64 = 0.1;
    /// Rounds of neighbourhood search without progress after each of the root's dives.
    pub const PATIENCE: u32 = 20;
    /// Bins above the bound from which on tabu search and its offspring get a turn (where they are 2 %, too), and their work, a copy, within a
    /// quarter of the time. Measured on 250 and 500 such machines: 5 s take what the relaxation began with from 34 to 29 bins and from 59 to 50.
    pub const FAR: u64 = 2;
    pub const TABU: u64 = 4_000_000;
}

/// `neighbourhood.rs`.
pub mod neighbourhood {
    /// Least and largest share of the whole that is released in a round.
    pub const SMALLEST: f64 = 0.15;
    /// See [`SMALLEST`].
    pub const LARGEST: f64 = 0.6;
    /// Equal bins are released in at most so many lots, each with a chance of its own.
    pub const LOTS: u64 = 32;
}

/// `strong_branching.rs`.
pub mod strong_branching {
    /// Work after which no further pair is tried: a good one is worth some nodes, not dozens.
    pub const WORK: u64 = 200_000_000;
}

/// `branch_and_price.rs`.
pub mod branch_and_price {
    /// Work of the relaxation, a copy, before packings are looked for without it, if they are far from the bound, within an eighth of the time.
    pub const MOMENT: u64 = if cfg!(test) { 100 } else { 1_000_000 };
    /// Eighths of the budget that it may take then, ...
    pub const RELAXATION: u32 = 5;
    /// ... and of the rest for what its duals prove where it did not come to an end. Measured on 500 machines of a cloud, every two in conflict
    /// with a probability of a half: alike weights show 39 bins in some seconds, the load shows 32.
    pub const RAISE: u32 = 4;
    /// Pairs that are tried before one is chosen.
    pub const CANDIDATES: usize = 6;
}

/// `pool.rs`.
pub mod pool {
    /// Most bins of a pool: beyond, generating columns is the better way.
    pub const MOST: usize = 40_000;
    /// Work for an enumeration, which may be hopeless.
    pub const WORK: u64 = 100_000_000;
}

/// `perfect/`.
pub mod perfect {
    /// Most item types: each step towards a centre takes the cube of them.
    pub const MOST_ITEMS: usize = 1_000;
    /// Search nodes a root for the heaviest bin.
    pub const NODES: u64 = 300;
    /// How much more the form counts from one centre to the next, ...
    pub const STEEPER: f64 = 10.0;
    /// ... where that ends, ...
    pub const LAST: f64 = 1e6;
    /// ... and where it begins after a decision.
    pub const AGAIN: f64 = 1e3;
    /// Most bins that are listed, and so few that no smaller list is looked for.
    pub const MOST: usize = if cfg!(test) { 9 } else { 20_000 };
    /// See [`MOST`].
    pub const FEW: usize = if cfg!(test) { 3 } else { 1_000 };
    /// With more bins than this, a decision comes before the search over them (soon in tests, to test it).
    pub const POOL: usize = if cfg!(test) { 6 } else { 5_000 };
    /// Pairs of which is known how far their share can stray.
    pub const PAIRS: usize = 1_000;
    /// A dive, where full bins are too many to be listed, may take so many times the work to find that.
    pub const DIVE: u64 = 2;
    /// Part of the bins that a step of a dive fixes, where full bins are too many to be listed and where they are not, and how many steps
    /// may fail.
    pub const FREE: f64 = 0.3;
    /// See [`FREE`].
    pub const FIXED: f64 = 0.15;
    /// See [`FREE`].
    pub const FAILURES: usize = 10;
    /// Deeper than this is no tree but an error.
    pub const DEEPEST: usize = 200;
}

/// `pool_tree.rs`.
pub mod pool_tree {
    /// More of a bin to spare than this leaves too many bins in the pool.
    pub const SPARE: f64 = 0.5;
    /// Search nodes a root for the heaviest bin.
    pub const NODES: u64 = 300;
    /// Deeper than this is no tree but an error.
    pub const DEEPEST: usize = 200;
    /// An exclusion is worth a node of the certificate where it leaves out one bin of so many.
    pub const WORTH: usize = 8;
    /// Pairs that each stage of strong branching tries, and pivots for each of their places.
    pub const FIRST: (usize, u64) = (16, 6);
    /// See [`FIRST`].
    pub const SECOND: (usize, u64) = (3, 40);
}
