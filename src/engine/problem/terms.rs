//! What a plan has to obey beyond rooms, conflicts and maximum counts: shared limits, kept bins, copies, values.

use super::{BinSet, MAX_TOTAL, Problem, ProblemError};

/// Bin types that share one maximum: all their bins together are at most so many.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Limit {
    /// The bin types.
    pub bins: BinSet,
    /// How many bins of these types there may be, kept ones included.
    pub most: u64,
}

/// What a copy of an item type is charged in a bin, for the level of moves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Charge {
    /// In any bin type that `except` does not name.
    pub base: u64,
    /// In these bin types, ascending.
    pub except: Vec<(usize, u64)>,
}

impl Charge {
    /// In a bin of this type.
    #[must_use]
    pub fn of(&self, bin: usize) -> u64 {
        self.except.binary_search_by_key(&bin, |&(bin, _)| bin).map_or(self.base, |at| self.except[at].1)
    }

    /// The highest of all.
    fn highest(&self) -> u64 {
        self.except.iter().map(|&(_, charge)| charge).fold(self.base, u64::max)
    }
}

/// The highest values that a plan may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Most {
    /// Number of bins.
    pub clusters: Option<u64>,
    /// Cost of the bins.
    pub cost: Option<u64>,
    /// Sum of the charges.
    pub moves: Option<u64>,
}

/// All of it. [`Default`]: nothing. A list that is empty says nothing, too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Terms {
    /// Maximum counts that several bin types share, beside each type's own.
    pub limits: Vec<Limit>,
    /// One number a bin type: so many bins of it are in every plan and paid for, even if they are empty.
    pub kept: Vec<u64>,
    /// One entry an item type.
    pub charges: Vec<Charge>,
    /// One entry an item type: a bin holds at most one item of all that have the same number.
    pub units: Vec<Option<usize>>,
    /// One entry an item type: the group that it is of, a number below that of the item types. Says nothing by itself.
    pub groups: Vec<Option<usize>>,
    /// One entry a bin type: a bin holds items of so many groups at most; those of none do not count.
    pub most_groups: Vec<Option<u64>>,
    /// One entry a group, or none: what it takes once, whatever the copies, in every bin that holds an item of it.
    pub overheads: Vec<Vec<u64>>,
    /// Limits on values.
    pub most: Most,
}

impl Terms {
    /// One more than the highest number of a group that is named.
    fn group_numbers(&self) -> usize {
        self.groups.iter().flatten().max().map_or(0, |last| last + 1)
    }

    /// Checks the terms against the problem that they are for; what says nothing becomes an empty list.
    fn normal(mut self, problem: &Problem) -> Result<Self, ProblemError> {
        let (items, bins) = (problem.items.len(), problem.bins.len());
        for (what, got, expected) in [
            ("kept", self.kept.len(), bins),
            ("charges", self.charges.len(), items),
            ("units", self.units.len(), items),
            ("groups", self.groups.len(), items),
            ("most groups", self.most_groups.len(), bins),
        ] {
            if got != 0 && got != expected {
                return Err(ProblemError::Length { what, got, expected });
            }
        }
        let known = |index: usize| match index < bins {
            true => Ok(()),
            false => Err(ProblemError::OutOfRange { what: "bin type", index, len: bins }),
        };
        for limit in &mut self.limits {
            limit.bins.ones().try_for_each(known)?;
            limit.bins.grow(bins);
        }
        let mut charged = 0u128;
        for (index, (charge, item)) in self.charges.iter().zip(&problem.items).enumerate() {
            charge.except.iter().try_for_each(|&(bin, _)| known(bin))?;
            if charge.except.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
                return Err(ProblemError::Ascending { what: "charges of item type", index });
            }
            let most = u128::from(charge.highest()) * u128::from(item.demand);
            charged = charged.saturating_add(most);
        }
        self.check_groups(problem)?;
        let kept: u128 = self.kept.iter().map(|&kept| u128::from(kept)).sum();
        let bins = kept.saturating_add(problem.items.iter().map(|item| u128::from(item.demand)).sum());
        let dearest = problem.bins.iter().map(|bin| u128::from(bin.cost)).max().unwrap_or(0);
        for (what, sum) in [("charges", charged), ("kept bins", bins), ("costs", dearest.saturating_mul(bins))] {
            if sum > u128::from(MAX_TOTAL) {
                return Err(ProblemError::Overflow { what });
            }
        }
        if self.kept.iter().all(|&kept| kept == 0) {
            self.kept.clear();
        }
        if self.charges.iter().all(|charge| charge.highest() == 0) {
            self.charges.clear();
        }
        if self.units.iter().all(Option::is_none) {
            self.units.clear();
        }
        if self.most_groups.iter().all(Option::is_none) {
            self.most_groups.clear();
        }
        if self.overheads.iter().flatten().all(|&size| size == 0) {
            self.overheads.clear();
        }
        let unlimited = self.most_groups.is_empty() && self.overheads.is_empty();
        if unlimited || self.groups.iter().all(Option::is_none) {
            (self.groups, self.most_groups, self.overheads) = Default::default();
        }
        Ok(self)
    }

    /// Groups are known, and no dimension holds more than it may if every copy brings the overhead of its group.
    fn check_groups(&self, problem: &Problem) -> Result<(), ProblemError> {
        let (items, dimensions) = (problem.items.len(), problem.dimensions);
        if let Some(&index) = self.groups.iter().flatten().find(|&&group| group >= items) {
            return Err(ProblemError::OutOfRange { what: "group", index, len: items });
        }
        let count = self.group_numbers();
        if !self.overheads.is_empty() && self.overheads.len() != count {
            return Err(ProblemError::Length { what: "overheads", got: self.overheads.len(), expected: count });
        }
        if let Some(index) = self.overheads.iter().position(|sizes| sizes.len() != dimensions) {
            let got = self.overheads[index].len();
            return Err(ProblemError::Dimensions { what: "overhead", index, got, expected: dimensions });
        }
        for dimension in 0..dimensions {
            let with = |(index, item): (usize, &super::ItemType)| {
                let group = self.groups.get(index).copied().flatten();
                let overhead = group.and_then(|group| self.overheads.get(group)).map_or(0, |sizes| sizes[dimension]);
                (u128::from(item.size[dimension]) + u128::from(overhead)).saturating_mul(u128::from(item.demand))
            };
            let total = problem.items.iter().enumerate().map(with).fold(0, u128::saturating_add);
            if total > u128::from(MAX_TOTAL) {
                return Err(ProblemError::Overflow { what: "sizes and overheads" });
            }
        }
        Ok(())
    }
}

impl Problem {
    /// The same problem under these terms instead of its own.
    ///
    /// # Errors
    /// [`ProblemError`] for the first thing that does not fit together.
    pub fn with(mut self, terms: Terms) -> Result<Self, ProblemError> {
        self.terms = terms.normal(&self)?;
        Ok(self)
    }

    /// What plans have to obey beyond rooms, conflicts and maximum counts.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// How many bins of this type are in every plan.
    #[must_use]
    pub fn kept(&self, bin: usize) -> u64 {
        self.terms.kept.get(bin).copied().unwrap_or(0)
    }

    /// How many bins of each type are in every plan: those that are kept; and of a type with at most one bin that one, where an item
    /// type fits no other. Complexity: item types times bin types at most, two of these for each item type most often.
    #[must_use]
    pub fn least(&self) -> Vec<u64> {
        let exist: Vec<bool> = (0..self.bins.len()).map(|bin| self.exists(bin)).collect();
        let mut least: Vec<u64> = (0..self.bins.len()).map(|bin| self.kept(bin)).collect();
        for (item, kind) in self.items.iter().enumerate() {
            let mut homes = kind.eligible.ones().filter(|&bin| exist[bin] && self.fits_alone(item, bin));
            if let (Some(only), None) = (homes.next(), homes.next())
                && self.bins[only].max_count == Some(1)
            {
                least[only] = least[only].max(1);
            }
        }
        least
    }

    /// What a copy of this item type is charged in a bin of this type.
    #[must_use]
    pub fn charge(&self, item: usize, bin: usize) -> u64 {
        self.terms.charges.get(item).map_or(0, |charge| charge.of(bin))
    }

    /// The unit of this item type: a bin holds at most one item of it.
    #[must_use]
    pub fn unit(&self, item: usize) -> Option<usize> {
        self.terms.units.get(item).copied().flatten()
    }

    /// Whether a bin may not hold what it has the room for because of the groups in it.
    #[must_use]
    pub fn has_groups(&self) -> bool {
        !self.terms.groups.is_empty()
    }

    /// One more than the highest number of a group that an item type is of.
    pub(crate) fn group_numbers(&self) -> usize {
        self.terms.group_numbers()
    }

    /// The group that this item type is of.
    #[must_use]
    pub fn group(&self, item: usize) -> Option<usize> {
        self.terms.groups.get(item).copied().flatten()
    }

    /// The most groups that a bin of this type holds.
    #[must_use]
    pub fn most_groups(&self, bin: usize) -> Option<u64> {
        self.terms.most_groups.get(bin).copied().flatten()
    }

    /// What a group takes once in every bin where it is; empty: nothing.
    #[must_use]
    pub fn overhead(&self, group: usize) -> &[u64] {
        self.terms.overheads.get(group).map_or(&[], Vec::as_slice)
    }

    /// Whether there may be a bin of this type.
    #[must_use]
    pub fn exists(&self, bin: usize) -> bool {
        self.bins[bin].max_count != Some(0)
            && !self.terms.limits.iter().any(|limit| limit.most == 0 && limit.bins.contains(bin))
    }
}
