//! What steers order and effort in this room: how much each step may take, and what is too large for it. What the room
//! below spends on whole steps stands in `solve/effort.rs`.
//!
//! None of it decides whether an answer is true. What was measured stands beside the number. Where nothing stands, nothing
//! was: the number is not tuned, it was chosen once and the benchmark table met its targets with it.

/// `first_fit.rs`.
pub mod first_fit {
    /// Groups looked at for an item type once the budget has stopped.
    pub const SHORT_WINDOW: usize = 32;
}

/// The construction as a whole (`mod.rs`).
pub mod construct {
    /// From so many items a bin on, ejection belongs to the construction.
    pub const MANY_A_BIN: u64 = 2;
    /// Steps an item type that ejection may take here: about the time of the construction before it.
    pub const EJECT_WORK: u64 = 3000;
    /// Up to this scan the whole portfolio runs; above it only what large fleets need.
    pub const SMALL_SCAN: f64 = 1e6;
    /// Groups that the first plan looks at for an item type.
    pub const FIRST_WINDOW: usize = 32;
    /// How often an item type that found no bin is moved to the front.
    pub const PROMOTIONS: usize = 50;
    /// Steps that one pass over a large fleet may take by looking past bins, about, and all passes together.
    pub const BY_ROOM_WORK: u64 = 20_000_000;
    pub const BY_ROOM_WORK_ALL: u64 = 40_000_000;
    /// Copies x item types that DSATUR may cost.
    pub const DSATUR_WORK: f64 = 1e7;
    /// Steps an item that the randomised repeats may take: about a tenth of a millisecond.
    pub const REPEAT_WORK: u64 = 10_000;
    /// Item types x bins that the passes of `fitk` may look at together (but two passes always run,
    /// or one above the second figure).
    pub const PASS_WORK: f64 = 2e7;
    pub const HUGE_WORK: f64 = 2e8;
}

/// `shape.rs`.
pub mod shape {
    /// Above so many classes, degrees count classes and not copies.
    pub const COUNTED_CLASSES: usize = 5000;
}

/// `fitk.rs`.
pub mod fitk {
    /// Item types x bins that the chunks may cost together: n of them cost 1/n of the whole, but each leaves more misfits.
    pub const CHUNK: f64 = 1e8;
    /// A fleet of more bins is not packed this way: it would not fit the memory.
    pub const MOST_BINS: usize = 1_000_000;
}

/// `mix.rs`.
pub mod mix {
    /// Exchanges a bin, at most.
    pub const EXCHANGES: u64 = 2;
    /// How much scarcity counts, as a power.
    pub const SCARCE: i32 = 1_000;
    /// Bin types that are given for others, and taken for them, of which every two are looked at.
    pub const LOOKED_AT: usize = 20;
}

/// `incumbent.rs`.
pub mod incumbent {
    /// Above so many item types the bins seen are not kept: column generation is no use there.
    pub const MOST_TYPES: usize = 5000;
}

/// `proportion.rs`.
pub mod proportion {
    /// Bins filled one by one.
    pub const TAIL: u64 = 100;
    /// Bins left to the ordinary heuristics, and the work for them.
    pub const LAST: u64 = 4;
    pub const LAST_WORK: u64 = 300_000;
    /// Above so many bins, several are filled alike.
    pub const MOST_SINGLE: u64 = 4_000;
    /// Tries for the tail, of which some begin before its last part.
    pub const TRIES: u64 = 16;
    /// Most sizes: the list of corrections grows with their square.
    pub const MOST_SIZES: usize = 64;
    /// Roundings tried for a content.
    pub const ROUNDINGS: usize = 6;
    /// Corrected contents of one bin of the tail to choose from.
    pub const CHOICE: usize = 200;
    /// A content of the tail that harms no more than this, in bins, will do.
    pub const GOOD: f64 = 1e-5;
    /// Waste of a bin of the tail, in parts of what each may waste.
    pub const WASTE: f64 = 2.0;
    /// How fast large sizes are preferred once it did.
    pub const PULL: f64 = 10.0;
}

/// `proportion/rest.rs`.
pub mod rest {
    /// Draws for one rounding.
    pub const DRAWS: usize = 12;
    /// Entries of the list looked at for the second half of a correction.
    pub const NEIGHBOURS: usize = 3;
    /// Part of the room to spare in the resources that are less scarce by which the rest may get tighter.
    pub const TIGHTER: f64 = 0.4;
}

/// `realise.rs`.
pub mod realise {
    /// More copies than this are not laid out one by one: they would take too much memory.
    pub const MOST_COPIES: u64 = 1 << 24;
    /// Work of the exchanges, a copy.
    pub const EXCHANGE_STEPS: u64 = 2_000;
    /// Equal sizes looked at for one exchange.
    pub const TRIES: usize = 48;
    /// Exchanges in a row, a copy, that may fail to lower the number of conflicts.
    pub const PATIENCE: u64 = 4;
    /// Bins between two sorts of the classes by what is left of them.
    pub const RESORT: usize = 64;
    /// Work in one bin between two looks at the budget.
    pub const DEAL_STEPS: u64 = 1_000;
    /// Bins that a copy without a place looks at before a new one is opened.
    pub const LOOK_AT: usize = 4000;
}

/// `eject.rs`.
pub mod eject {
    /// Above so many bins one step takes too long.
    pub const MOST_BINS: u64 = 200_000;
    /// Bins looked at for a waiting item.
    pub const LOOK_AT: usize = 1500;
}

/// `overload.rs`.
pub mod overload {
    /// Copies that are laid out one by one.
    pub const MOST_COPIES: u64 = 1 << 18;
    /// Bins x classes that the tables may hold.
    pub const MOST_CELLS: u64 = 16_000_000;
    /// Bins, the least full ones first, among which a copy finds the one that is the least full with it.
    pub const LOOKED_AT: usize = 32;
    /// Steps a copy of the first attempt; each further one has so many times as many.
    pub const FIRST: u64 = 100;
    pub const MORE: u64 = 4;
    /// The first threshold, in what a bin holds too much on average at the beginning.
    pub const HEAT: f64 = 0.3;
    /// How many steps of a thousand are exchanges.
    pub const SWAPS: u64 = 700;
    /// How many of a thousand go to a bin that is meant for their class, where bins are.
    pub const NEAR: u64 = 900;
}

/// Where conflicts, not sizes, say how many bins there are.
pub mod conflicts {
    /// So many times the bins that the sizes need.
    pub const MANY_MORE: f64 = 1.1;
}

/// `memetic.rs`.
pub mod memetic {
    /// Item types x bins x resources that the tables may hold.
    pub const MOST_CELLS: u64 = 8_000_000;
    /// Item types that may be listed beside the classes that they conflict with, four bytes each.
    pub const MOST_LISTED: u64 = 16_000_000;
    /// Moves a copy of the tabu search of each plan at first; they double where both plans have become the same.
    pub const MOVES: u64 = 16;
    /// Most moves of one.
    pub const MOST_MOVES: u64 = 1 << 40;
    /// Generations after which the best of the cycle before comes back.
    pub const CYCLE: u64 = 10;
    /// Bins that are remembered.
    pub const MOST_SEEN: usize = 2_000;
    /// With so many times the bins that the sizes need, room rules nowhere.
    pub const ROOMY: f64 = 1.25;
    /// Generations without progress after which all begins anew.
    pub const TIRED: u32 = 60;
}

/// `cheapen.rs`.
pub mod cheapen {
    /// Patterns times patterns that the exchanges may look at.
    pub const EXCHANGES: usize = 4_000_000;
}

/// `greedy.rs`.
pub mod greedy {
    /// Bins that are laid open one by one.
    pub const MOST_BINS: usize = 50_000;
    /// Bins and types looked at whatever the limits say: some tenths of a second. 50,000 workloads on 900 clusters take about as many.
    pub const STEPS: u64 = 100_000_000;
}

/// `shift.rs`.
pub mod shift {
    /// Bins that are laid out one by one.
    pub const MOST_BINS: u64 = 50_000;
    /// Bins of which every two are looked at.
    pub const MOST_PAIRS: u64 = 4_000;
}
