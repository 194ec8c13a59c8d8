//! What proves a bound: whole numbers that anybody can check.
//!
//! Notation: item types `i` with demand `d_i`, bin types `t` with cost `c_t` and maximum count `U_t`; a plan uses
//! `n_t <= U_t` bins of type `t`. A claim fixes a *price* of every bin type, `p_t = scale * c_t + shared_t + offset`,
//! which must not be negative (`c_t = 1` at the level of counts). Each component of the problem proves `sum_t n_t p_t >= b_k` over
//! its own bins. Adding up: `scale * cost + sum_t n_t shared_t + offset * N >= sum_k b_k`, hence
//! `scale * cost >= sum_k b_k - sum_t U_t shared_t - offset * N`.
//!
//! Where the claim on the number of bins adds up to exactly `N` over the same components, each component has exactly as
//! many bins, `N_k`, as it proves there. Then it may have a scale and an offset of its own: see [`Own`].

/// The proofs of the objective's levels, first level first. Bin types with a maximum count of 0 do not exist for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// One claim a level; or a single [`Level::Infeasible`].
    pub claims: Vec<Claim>,
}

/// What a claim bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Number of bins: `c_t = 1`.
    Clusters,
    /// Cost among the plans with exactly `clusters` bins: `c_t` is the cost of a bin.
    Cost {
        /// The number of bins fixed by the earlier level.
        clusters: u64,
    },
    /// No plan exists: `scale` is 0 and `sum_k b_k > sum_t U_t shared_t`.
    Infeasible,
}

/// "Every legal plan has at least `bound`."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The level of the objective.
    pub level: Level,
    /// The bound: at most `ceil((sum_k b_k - sum_t U_t shared_t - offset * N) / scale)`; 0 where infeasible.
    pub bound: u64,
    /// D in the formulas, at least 1 but for [`Level::Infeasible`], where it is 0.
    pub scale: u64,
    /// V_t in the formulas, one a bin type; positive only where the type has a maximum count.
    pub shared: Vec<u64>,
    /// W in the formulas, 0 but for [`Level::Cost`]; may be negative.
    pub offset: i128,
    /// Scale and offset of each component, beside `scale` and instead of `offset`, which is 0 then; or empty. Only for
    /// [`Level::Cost`], and only if the claim before it has the same components, with bounds that add up to
    /// `clusters` at scale 1 and without shared prices.
    pub own: Vec<Own>,
    /// The components. Together they hold every item type once; no compatible pair crosses between two.
    pub components: Vec<Component>,
}

/// How one component prices its bins at the level of cost, because its number of bins `N_k` is known.
///
/// Let `q_t = scale * c_t + shared_t` for the bin types that hold one of its items, and `g` their greatest common divisor (1,
/// if all are 0). Prices are `p_t = own.scale * q_t / g + own.offset`. The tree's `sum_t n_t p_t >= b_k` says that `v_k = sum_t n_t q_t` is at
/// least `g * ceil((b_k - own.offset * N_k) / own.scale)`: each component rounds up for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own {
    /// At least 1.
    pub scale: u64,
    /// May be negative.
    pub offset: i128,
}

/// One component and its tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Item types of the problem, ascending. Inside the tree, item `k` is `items[k]`; items made by
    /// [`Node::Branch`] follow in the order of the branches on the path from the root.
    pub items: Vec<usize>,
    /// What the root proves: `sum_t n_t p_t >= bound`.
    pub bound: u64,
    /// Children before parents; the last node is the root.
    pub nodes: Vec<Node>,
}

/// A node of a component's tree. Every leaf proves the component's bound for its own case, apart from bins excluded above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// Every feasible bin of type `t` weighs at most `capacity * p_t`, so `ceil(sum d_i Y_i / capacity)` is a bound. The
    /// checker finds the heaviest feasible bin itself.
    Weights {
        /// Y_i, one an item of the case.
        weights: Vec<u64>,
        /// M, at least 1.
        capacity: u64,
    },
    /// The same, where `divisor * Y_i <= sum_q prices_q size_iq` and `sum_q prices_q cap_tq <= divisor * M * p_t`: checked in
    /// linear time, without a search.
    Resources {
        /// Y_i, one an item of the case.
        weights: Vec<u64>,
        /// M, at least 1.
        capacity: u64,
        /// lambda_q, one a dimension.
        prices: Vec<u64>,
        /// K, at least 1.
        divisor: u64,
    },
    /// Item `item` fits no bin in this case: nothing is to be proved.
    Unplaceable {
        /// The item.
        item: usize,
    },
    /// Either some bin holds a copy of `a` and a copy of `b` (for `a == b`: two copies), or none does.
    Branch {
        /// One item of the case.
        a: usize,
        /// The other.
        b: usize,
        /// Index of the node where one copy of each became a new item (sizes add, conflicts and exclusions unite);
        /// `None` where the checker can see that such an item fits no bin.
        together: Option<usize>,
        /// Index of the node where `a` and `b` conflict.
        apart: usize,
    },
    /// Every feasible bin of type `t` weighs at most `capacity * p_t`, so in a plan with `sum_t n_t p_t` below the component's bound `b`
    /// each bin of type `t` weighs at least `sum_i d_i W_i - capacity * (b - 1 - p_t)`. Lighter bins are *excluded* for the
    /// node `below` and all under it: no leaf by weights and no other exclusion looks at them there.
    Exclude {
        /// W_i, one an item of the case. An item made by a branch further down weighs what it was made of.
        weights: Vec<u64>,
        /// M, at least 1.
        capacity: u64,
        /// Index of the node that proves the bound without the excluded bins.
        below: usize,
    },
}
