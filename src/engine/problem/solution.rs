//! A solution as counted patterns, and its exact feasibility check.

use super::Problem;

/// The content of one bin, `count` times over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern {
    /// The bin type.
    pub bin: usize,
    /// Item types held and how many copies of each, ascending by item type, copies at least 1.
    pub items: Vec<(usize, u64)>,
    /// How many bins look like this, at least 1.
    pub count: u64,
}

/// A packing of every copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Solution {
    /// The bins, grouped.
    pub patterns: Vec<Pattern>,
}

/// What makes a solution illegal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Infraction {
    /// An index is out of range, a count is 0, or items are not ascending.
    #[error("pattern {pattern} is malformed")]
    Malformed {
        /// Index of the pattern.
        pattern: usize,
    },
    /// A bin holds more than its capacity.
    #[error("pattern {pattern} holds {load} of {capacity} in dimension {dimension}")]
    Overfull {
        /// Index of the pattern.
        pattern: usize,
        /// The dimension.
        dimension: usize,
        /// What it holds.
        load: u128,
        /// What it may hold.
        capacity: u64,
    },
    /// Two items that conflict share a bin.
    #[error("pattern {pattern} holds item types {a} and {b}, which conflict")]
    Conflict {
        /// Index of the pattern.
        pattern: usize,
        /// One item type.
        a: usize,
        /// The other, or the same where two copies conflict.
        b: usize,
    },
    /// A bin holds items of too many groups.
    #[error("pattern {pattern} holds {groups} groups, at most {most} are allowed")]
    TooManyGroups {
        /// Index of the pattern.
        pattern: usize,
        /// Groups in it.
        groups: usize,
        /// What it may hold.
        most: u64,
    },
    /// An item stands in a bin type that it may not use.
    #[error("pattern {pattern} holds item type {item}, which may not use bin type {bin}")]
    NotEligible {
        /// Index of the pattern.
        pattern: usize,
        /// The item type.
        item: usize,
        /// The bin type.
        bin: usize,
    },
    /// More or fewer copies packed than there are.
    #[error("item type {item}: {packed} copies packed of {demand}")]
    WrongDemand {
        /// The item type.
        item: usize,
        /// Copies packed.
        packed: u128,
        /// Copies wanted.
        demand: u64,
    },
    /// Fewer bins of a type than are kept.
    #[error("{used} bins of type {bin}, {kept} are kept")]
    TooFew {
        /// The bin type.
        bin: usize,
        /// Bins there are.
        used: u128,
        /// Bins that are kept.
        kept: u64,
    },
    /// More bins of several types together than allowed.
    #[error("{used} bins under limit {limit}, at most {most} are allowed")]
    OverLimit {
        /// Index of the limit.
        limit: usize,
        /// Bins there are.
        used: u128,
        /// The limit.
        most: u64,
    },
    /// A value is higher than allowed.
    #[error("a value of {value} in {what}, at most {most} is allowed")]
    Beyond {
        /// "clusters", "cost" or "moves".
        what: &'static str,
        /// The value.
        value: u128,
        /// The limit.
        most: u64,
    },
    /// More bins of a type than allowed.
    #[error("{used} bins of type {bin}, at most {max} are allowed")]
    TooMany {
        /// The bin type.
        bin: usize,
        /// Bins used.
        used: u128,
        /// The maximum count.
        max: u64,
    },
}

impl Pattern {
    /// The groups of what it holds, ascending.
    fn groups(&self, problem: &Problem) -> Vec<usize> {
        if !problem.has_groups() {
            return Vec::new();
        }
        let mut groups: Vec<usize> = self.items.iter().filter_map(|&(item, _)| problem.group(item)).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// Checks one bin, the pattern `index` of a solution: shape, capacity, groups, conflicts and eligibility.
    pub(crate) fn check(&self, index: usize, problem: &Problem) -> Result<(), Infraction> {
        let (items, bins) = (problem.items(), problem.bins());
        let ascending = self.items.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let in_range = self.items.iter().all(|&(item, copies)| item < items.len() && copies > 0);
        if self.bin >= bins.len() || self.count == 0 || !ascending || !in_range {
            return Err(Infraction::Malformed { pattern: index });
        }
        let bin = &bins[self.bin];
        let groups = self.groups(problem);
        if let Some(most) = problem.most_groups(self.bin).filter(|&most| groups.len() as u64 > most) {
            return Err(Infraction::TooManyGroups { pattern: index, groups: groups.len(), most });
        }
        for dimension in 0..problem.dimensions() {
            let sizes =
                self.items.iter().map(|&(item, copies)| u128::from(copies) * u128::from(items[item].size[dimension]));
            let overheads = groups.iter().filter_map(|&group| problem.overhead(group).get(dimension));
            let load: u128 = sizes.chain(overheads.map(|&size| u128::from(size))).sum();
            if load > u128::from(bin.capacity[dimension]) {
                let capacity = bin.capacity[dimension];
                return Err(Infraction::Overfull { pattern: index, dimension, load, capacity });
            }
        }
        for &(item, _) in &self.items {
            if !items[item].eligible.contains(self.bin) {
                return Err(Infraction::NotEligible { pattern: index, item, bin: self.bin });
            }
        }
        self.apart(problem).map_or(Ok(()), |(a, b)| Err(Infraction::Conflict { pattern: index, a, b }))
    }

    /// Two items that must not share a bin, or one of which there may be one copy. Complexity: the square of the classes.
    fn apart(&self, problem: &Problem) -> Option<(usize, usize)> {
        if let Some(&(item, _)) = self.items.iter().find(|&&(item, copies)| copies > 1 && problem.conflict(item, item))
        {
            return Some((item, item));
        }
        let mut units: Vec<(usize, usize)> =
            self.items.iter().filter_map(|&(item, _)| Some((problem.unit(item)?, item))).collect();
        units.sort_unstable();
        if let Some(two) = units.windows(2).find(|two| two[0].0 == two[1].0) {
            return Some((two[0].1, two[1].1));
        }
        // whoever is of one class conflicts with the same
        let mut classes: Vec<(usize, usize)> =
            self.items.iter().map(|&(item, _)| (problem.items()[item].class, item)).collect();
        classes.sort_unstable();
        if let Some(two) = classes.windows(2).find(|two| two[0].0 == two[1].0 && problem.conflict(two[0].1, two[1].1)) {
            return Some((two[0].1, two[1].1));
        }
        classes.dedup_by_key(|(class, _)| *class);
        let pairs =
            classes.iter().enumerate().flat_map(|(at, one)| classes[..at].iter().map(move |other| (*other, *one)));
        let found = pairs.into_iter().find(|(one, other)| problem.conflict(one.1, other.1));
        found.map(|(one, other)| (one.1.min(other.1), one.1.max(other.1)))
    }
}

impl Solution {
    /// These bins, ascending, equal ones counted together.
    #[must_use]
    pub fn grouped(mut patterns: Vec<Pattern>) -> Self {
        patterns.sort_unstable();
        patterns.dedup_by(|next, kept| {
            let same = next.bin == kept.bin && next.items == kept.items;
            if same {
                kept.count += next.count;
            }
            same
        });
        Self { patterns }
    }

    /// Number of bins.
    #[must_use]
    pub fn bins(&self) -> u64 {
        self.patterns.iter().map(|pattern| pattern.count).sum()
    }

    /// Total cost of the bins.
    #[must_use]
    pub fn cost(&self, problem: &Problem) -> u128 {
        self.patterns
            .iter()
            .map(|pattern| u128::from(pattern.count) * u128::from(problem.bins()[pattern.bin].cost))
            .sum()
    }

    /// The sum of the charges.
    #[must_use]
    pub fn moves(&self, problem: &Problem) -> u128 {
        let charge = |pattern: &Pattern| -> u128 {
            let of =
                |&(item, copies): &(usize, u64)| u128::from(copies) * u128::from(problem.charge(item, pattern.bin));
            u128::from(pattern.count) * pattern.items.iter().map(of).sum::<u128>()
        };
        self.patterns.iter().map(charge).sum()
    }

    /// Checks the whole solution in whole numbers: shape, capacity, conflicts, eligibility, demand, maximum
    /// counts and [terms](super::Terms). Bins that are kept and empty are patterns without items. Complexity: for each pattern, the square of the
    /// classes in it.
    ///
    /// # Errors
    /// The first [`Infraction`] found.
    pub fn check(&self, problem: &Problem) -> Result<(), Infraction> {
        let mut packed = vec![0u128; problem.items().len()];
        let mut used = vec![0u128; problem.bins().len()];
        for (index, pattern) in self.patterns.iter().enumerate() {
            pattern.check(index, problem)?;
            used[pattern.bin] += u128::from(pattern.count);
            for &(item, copies) in &pattern.items {
                packed[item] += u128::from(copies) * u128::from(pattern.count);
            }
        }
        for (item, (&packed, kind)) in packed.iter().zip(problem.items()).enumerate() {
            if packed != u128::from(kind.demand) {
                return Err(Infraction::WrongDemand { item, packed, demand: kind.demand });
            }
        }
        for (bin, (&used, kind)) in used.iter().zip(problem.bins()).enumerate() {
            if let Some(max) = kind.max_count.filter(|&max| used > u128::from(max)) {
                return Err(Infraction::TooMany { bin, used, max });
            }
            let kept = problem.kept(bin);
            if used < u128::from(kept) {
                return Err(Infraction::TooFew { bin, used, kept });
            }
        }
        for (limit, shared) in problem.terms().limits.iter().enumerate() {
            let used: u128 = shared.bins.ones().map(|bin| used[bin]).sum();
            if used > u128::from(shared.most) {
                return Err(Infraction::OverLimit { limit, used, most: shared.most });
            }
        }
        let most = problem.terms().most;
        for (what, value, most) in [
            ("clusters", used.iter().sum(), most.clusters),
            ("cost", self.cost(problem), most.cost),
            ("moves", self.moves(problem), most.moves),
        ] {
            if let Some(most) = most.filter(|&most| value > u128::from(most)) {
                return Err(Infraction::Beyond { what, value, most });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Terms;
    use super::super::random::Random;
    use super::*;

    #[test]
    fn grouping_counts_equal_bins_together() {
        let bin = |bin, item, count| Pattern { bin, items: vec![(item, 1)], count };
        let grouped = Solution::grouped(vec![bin(1, 0, 2), bin(0, 0, 1), bin(1, 0, 3), bin(0, 1, 1)]);
        assert_eq!(grouped.patterns, [bin(0, 0, 1), bin(0, 1, 1), bin(1, 0, 5)]);
    }

    #[test]
    fn a_bin_is_refused_where_two_of_its_items_conflict() {
        let mut random = Random::new(5);
        let mut refused = 0;
        for _ in 0..2_000 {
            let (classes, items) = (1 + random.index(5), 1 + random.index(6));
            let mut builder = Problem::builder(1);
            builder.classes(classes);
            (0..classes).for_each(|a| {
                (0..=a).filter(|_| random.chance(150)).for_each(|b| _ = builder.conflict(a, b));
            });
            builder.bin(&[100]);
            (0..items).for_each(|_| _ = builder.item(&[1], 2, random.index(classes)));
            let units = (0..items).map(|_| random.chance(300).then(|| random.index(4))).collect();
            let problem = builder.build().unwrap().with(Terms { units, ..Terms::default() }).unwrap();
            let mut held: Vec<(usize, u64)> = (0..items).map(|item| (item, random.between(1, 2))).collect();
            held.retain(|_| random.chance(700));
            let apart = |&(a, copies): &(usize, u64)| {
                held.iter().any(|&(b, _)| (a != b || copies > 1) && problem.conflict(a, b))
            };
            let expected = held.iter().any(apart);
            let found = Pattern { bin: 0, items: held.clone(), count: 1 }.check(0, &problem);
            assert_eq!(found.is_err(), expected, "{held:?} {problem:?}");
            if let Err(Infraction::Conflict { a, b, .. }) = found {
                assert!(a <= b && problem.conflict(a, b), "{a} {b} {problem:?}");
            }
            refused += u32::from(expected);
        }
        assert!((500..1_500).contains(&refused), "{refused}");
    }
}
