//! What proves a bound: whole numbers that anybody can check.
//!
//! Notation: item types `i` with demand `d_i` and charges `a_it`, bin types `t` with cost `c_t`, maximum count `U_t` and
//! `m_t` bins in every plan (kept ones; of a type with at most one bin that one, where an item type fits no other), groups `g`
//! of bin types with at most `U_g` bins together. A plan has `N_t >= m_t` bins of type `t`,
//! of which `n_t` hold items. A claim fixes prices; the price of a bin of type `t` with items is
//! `p_t = scale * c_t + price of each level that is held + shared_t + sum of limits_g over its groups - kept_t`, and an item in it is charged
//! `alpha_it` (`c_t = 1` at the level of counts, 0 at that of moves). Each component of the problem proves
//! `sum_t n_t p_t + sum alpha >= b_k` over its own bins; bins that are in every plan add `kept_t` each whatever they hold. So `scale * value` is at least
//! `sum_k b_k + sum_t m_t kept_t` less what the limits and the held levels are worth: `U_t shared_t`, `U_g limits_g`, and `a V`
//! for a level held at most `V` with price `a` (`a B` for `a < 0`, where `B` is what was proved of it).
//!
//! Where the claim on the number of bins adds up to exactly `V` over the same components, each component has exactly as
//! many bins, `N_k`, as it proves there. Then it may have a scale and an offset of its own: see [`Own`].

use crate::problem::Problem;

/// The proofs of the objective's levels, first level first. Bin types of which there may be none do not exist for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// One claim a level; or a single [`Level::Infeasible`].
    pub claims: Vec<Claim>,
}

/// What a claim bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// Number of bins: `c_t = 1`.
    #[default]
    Clusters,
    /// Cost: `c_t` is the cost of a bin.
    Cost,
    /// Sum of the charges: bins cost nothing.
    Moves,
    /// No plan exists: `scale` is 0 and what the components prove passes what the limits are worth.
    Infeasible,
}

/// Prices of the levels' values, for values that are held at most somewhere: those of earlier levels, and limited ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// Of a bin.
    pub clusters: i128,
    /// Of its cost.
    pub cost: i128,
    /// Of its charges.
    pub moves: i128,
}

/// "Every legal plan whose values of the earlier levels are at most those stated has at least `bound`."
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// The level of the objective.
    pub level: Level,
    /// The bound: at most what is proved over `scale`, rounded up; 0 where infeasible.
    pub bound: u64,
    /// V in the formulas: what the claims after this one take the value of this level to be at most. The plan's value.
    pub value: Option<u64>,
    /// D in the formulas, at least 1 but for [`Level::Infeasible`], where it is 0.
    pub scale: u64,
    /// Prices of values; 0 but for an earlier level and for one with a limit. May be negative.
    pub prices: Prices,
    /// One a bin type; positive only where the type has a maximum count.
    pub shared: Vec<u64>,
    /// One a limit that bin types share; or empty: 0 for all.
    pub limits: Vec<u64>,
    /// One a bin type; positive only where bins of the type are in every plan. Or empty: 0 for all.
    pub kept: Vec<u64>,
    /// Scale and offset of each component, instead of `prices` and `kept`, which are 0 then; or empty. Only after a
    /// claim on the number of bins of the same components, with bounds that add up to its `value` at scale 1 and without other prices.
    pub own: Vec<Own>,
    /// The components. Together they hold every item type once; no compatible pair crosses between two.
    pub components: Vec<Component>,
    /// The claim speaks of the problem without charges, in which what only these tell apart is one: bin types, then item types. Only
    /// where charges do not count.
    pub merged: bool,
    /// What proves a claim on the moves instead of components, of which there are none then; prices are 0 and the scale is 1.
    pub savings: Option<Savings>,
    /// What proves the claim case by case, instead of components: children before parents, the last node is the root. Or empty. Prices are 0
    /// then, and the scale is 1 (0 where infeasible): every leaf has its own.
    pub cases: Vec<CaseNode>,
}

impl Claim {
    /// The bin types with a price for bins that are in every plan: the type, the price of each, and how many there are.
    pub fn in_every_plan(&self, problem: &Problem) -> Vec<(usize, u64, u64)> {
        if self.kept.iter().all(|&price| price == 0) {
            return Vec::new(); // most often; what is there is looked up for nothing
        }
        let all = self.kept.iter().zip(problem.least()).enumerate();
        all.filter(|(_, (price, _))| **price > 0).map(|(bin, (&price, least))| (bin, price, least)).collect()
    }
}

/// A node of a tree over the whole problem. Every leaf proves the claim for its own case, at prices of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseNode {
    /// What a claim without cases says, of this case alone.
    Prices(CasePrices),
    /// Item `item` fits no bin in this case: nothing is to be proved.
    Unplaceable {
        /// The item.
        item: usize,
    },
    /// As [`Node::Branch`].
    Branch {
        /// One item of the case.
        a: usize,
        /// The other.
        b: usize,
        /// Index of the node where one copy of each became a new item; `None` where such an item fits no bin.
        together: Option<usize>,
        /// Index of the node where `a` and `b` conflict.
        apart: usize,
    },
    /// Either there are at most so many bins of these types together, kept ones included, or more.
    Count {
        /// Bin types, ascending, at least one.
        bins: Vec<usize>,
        /// The number.
        most: u64,
        /// Index of the node with at most so many.
        few: usize,
        /// Index of the node with more.
        many: usize,
    },
}

/// The prices of a case, and weights of its items: no feasible bin of type `t` weighs more than `capacity * p_t`, an item weighing
/// `Y_i - capacity * alpha_it`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CasePrices {
    /// D in the formulas; 0: there is no plan in this case, what is proved is positive.
    pub scale: u64,
    /// Of a bin, as in [`Prices`].
    pub clusters: i64,
    /// Of its cost.
    pub cost: i64,
    /// Of its charges.
    pub moves: i64,
    /// As those of the claim, one a bin type; or empty: 0 for all.
    pub shared: Vec<u64>,
    /// As those of the claim.
    pub limits: Vec<u64>,
    /// As those of the claim.
    pub kept: Vec<u64>,
    /// One a [`CaseNode::Count`] on the way from the root: on the side with few it is a price on each bin of its types, on the side
    /// with many a reward.
    pub path: Vec<u64>,
    /// `Y_i`, one an item of the case.
    pub weights: Vec<u64>,
    /// M, at least 1.
    pub capacity: u64,
}

/// A bound on the moves by what bins save. A copy that is charged less than its item type is at most saves the rest; the moves are
/// all that could be charged less all savings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Savings {
    /// One a bin type: no bin of the type saves more. The checker sees to that itself.
    pub most: Vec<u64>,
    /// Children before parents; the last node is the root. Every leaf shows that the bins of a plan of its case save no more than the
    /// claim allows.
    pub nodes: Vec<Count>,
}

/// A node over the numbers of bins `N_t`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Count {
    /// A bin of type `t` has the price `q_t = clusters + cost c_t + sum of limits_g + sum of path_b - sum_q resources_q cap_tq
    /// - scale most_t`, where `path_b` counts if the branch is about `t`, and is subtracted on the side with many. What all sizes
    /// are worth, less what the limits and held values are, plus `q_t` for as few bins as there must be (as many as there may be where it
    /// is negative) is at most `- scale` times all savings.
    Prices {
        /// 0: there is no plan in this case, what is proved is positive.
        scale: u64,
        /// Of a bin, where the number of bins is held.
        clusters: u64,
        /// Of its cost, where that is held.
        cost: u64,
        /// One a dimension: what a unit of the sizes is worth.
        resources: Vec<u64>,
        /// One a limit.
        limits: Vec<u64>,
        /// One a branch on the way from the root.
        path: Vec<u64>,
    },
    /// Either there are at most so many bins of these types together, or more.
    Branch {
        /// Bin types, ascending, at least one.
        bins: Vec<usize>,
        /// The number.
        most: u64,
        /// Index of the node with at most so many.
        few: usize,
        /// Index of the node with more.
        many: usize,
    },
}

/// How one component prices its bins at a later level, because its number of bins `N_k` is known.
///
/// Let `q_t` be the price of a claim without it for the bin types that hold one of its items, and `g` the greatest common divisor of
/// these and of what its items are charged there (1, if all are 0). Prices are `p_t = own.scale * q_t / g + own.offset`, charges
/// `own.scale * alpha_it / g`. What the tree proves says that the component's part of the value, in the prices `q_t`, is at least
/// `g * ceil((b_k - own.offset * N_k) / own.scale)`: each component rounds up for itself.
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
/// Where items are charged, an item weighs `Y_i - M alpha_it` in a bin of type `t`.
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
    /// The same where groups weigh too: a bin weighs what its items do and, once for each group in it, that group's opening. All groups
    /// weigh what each does times the bins that it is in at least, by its sizes. Only as a component's only node; no item is charged.
    /// In the second version of the file only.
    Grouped {
        /// Y_i, one an item of the component.
        weights: Vec<u64>,
        /// What a group weighs in every bin that holds an item of it, one a group of the problem.
        openings: Vec<u64>,
        /// M, at least 1.
        capacity: u64,
    },
    /// The same as by weights, where `divisor * (Y_i - M alpha_it) <= sum_q prices_q size_iq` and `sum_q prices_q cap_tq <= divisor * M * p_t`: checked in
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
    /// Whole bins: no choice of at most `U_t` of each type that holds an item alone, at less than the bound, has the room for what is left
    /// in every row. The checker looks at all choices. In the second version of the file only.
    Cover {
        /// lambda_rq, for each row one a dimension: a mixture of resources.
        rows: Vec<Vec<u64>>,
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
    /// Every bin of type `t` weighs at most `capacity * p_t` even where the classes in it are *sand*: any part, in each resource, of all copies
    /// that fit such a bin. What all classes weigh, with the bins that hold one of them, is a bound as of [`Node::Weights`].
    /// In the second version of the file only.
    Fluid {
        /// Classes without an item type in common; an item type of none weighs nothing.
        classes: Vec<FluidClass>,
        /// What a bin weighs beside that.
        unions: Vec<FluidUnion>,
        /// M, at least 1.
        capacity: u64,
    },
    /// Either at most so many bins hold a copy of one of these item types, or more do. In the second version of the file only.
    Presence {
        /// The item types, ascending, at least one.
        items: Vec<usize>,
        /// The number.
        most: u64,
        /// Index of the node with at most so many.
        few: usize,
        /// Index of the node with more.
        many: usize,
    },
}

/// Classes of [`Node::Fluid`] of which a bin that holds one weighs so much more (or less), however many of them it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FluidUnion {
    /// The classes by their places in the node, ascending, at least one.
    pub classes: Vec<usize>,
    /// What such a bin weighs. It counts for as many bins as the presence of a class does, by the items of all these classes.
    pub presence: i64,
}

/// A class of [`Node::Fluid`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FluidClass {
    /// Its item types, ascending, at least one.
    pub items: Vec<usize>,
    /// What a unit of its sizes weighs, one a dimension.
    pub prices: Vec<u64>,
    /// What a bin weighs that holds one of it. Where positive it counts for as many bins as there must be, by the sizes or by a
    /// [`Node::Presence`] above; where negative for as many as there may be by such a node.
    pub presence: i64,
}
