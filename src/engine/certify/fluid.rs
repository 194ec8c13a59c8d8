//! Fluid classes: whether a bin of sand passes a limit, whatever compatible classes share it.
//!
//! In each resource the classes of a set fill the bin in the order of what a unit of them weighs, cut where the bin is full (a fractional
//! knapsack). What a class adds to a set only falls as the set grows (so does what it adds that the set holds one of a union), and of classes
//! none of which may share a bin a set has one: that bounds the sets that are left. A union that weighs less than nothing is paid for
//! beforehand, or none of its classes is taken.

use super::failure::Failure;
use crate::budget::Budget;

/// More classes than this are not searched.
const MOST_CLASSES: usize = 1 << 12;

/// More unions that weigh less than nothing are not searched: each is a step deeper, and doubles the work at worst.
const MOST_PRICES: usize = 64;

/// A class as a bin of one type sees it.
pub(super) struct Kind<'a> {
    /// All there is of it that fits the bin, one a dimension.
    pub all: Vec<u128>,
    /// What a unit weighs.
    pub prices: &'a [u64],
    /// What a bin weighs that holds one of it.
    pub presence: i64,
    /// Whether it may share a bin with each other class.
    pub friends: &'a [bool],
    /// The unions that it is of.
    pub unions: Vec<usize>,
}

/// Classes that may share a bin and weigh more than the limit together, where a bin that holds one of a union weighs `unions` more; `None`:
/// there are none. Complexity: exponential in the classes that
/// share a bin, bounded by the budget.
///
/// # Errors
/// [`Failure::Undecided`] where the budget ends or the numbers are too large.
pub(super) fn heavier(
    kinds: &[Kind],
    unions: &[i64],
    capacity: &[u64],
    limit: u128,
    budget: &Budget,
) -> Result<Option<Vec<usize>>, Failure> {
    let prices = unions.iter().filter(|&&weight| weight < 0).count();
    if kinds.len() > MOST_CLASSES || prices > MOST_PRICES {
        return Err(Failure::Undecided);
    }
    // bins of a price that passes all numbers hold anything
    let Ok(limit) = i128::try_from(limit) else { return Ok(None) };
    let mut search = Search { kinds, unions, capacity, limit, set: Vec::new(), budget };
    Ok(search.pays(0, (0..kinds.len()).collect())?.then_some(search.set))
}

struct Search<'s, 'b> {
    kinds: &'s [Kind<'s>],
    unions: &'s [i64],
    capacity: &'s [u64],
    limit: i128,
    set: Vec<usize>,
    budget: &'s Budget<'b>,
}

impl Search<'_, '_> {
    /// What the sand of a set weighs in a full bin.
    fn sand(&self, set: &[usize]) -> Result<i128, Failure> {
        let (mut sum, mut order) = (0i128, set.to_vec());
        for (q, &capacity) in self.capacity.iter().enumerate() {
            order.sort_unstable_by_key(|&kind| std::cmp::Reverse(self.kinds[kind].prices[q]));
            let mut room = u128::from(capacity);
            for &kind in &order {
                let taken = self.kinds[kind].all[q].min(room);
                room -= taken;
                // below 2^128 in all: a room and a price have 64 bits each
                let weight = i128::try_from(taken * u128::from(self.kinds[kind].prices[q]));
                let with = weight.ok().and_then(|weight| sum.checked_add(weight));
                sum = with.ok_or(Failure::Undecided)?;
            }
        }
        Ok(sum)
    }

    fn presence(&self, set: &[usize]) -> i128 {
        set.iter().map(|&kind| i128::from(self.kinds[kind].presence)).sum()
    }

    /// Whether classes of these pass the limit: for each union that weighs less than nothing, from this one on, either with its weight paid, or
    /// without its classes.
    fn pays(&mut self, union: usize, rest: Vec<usize>) -> Result<bool, Failure> {
        let costs = |&union: &usize| self.unions[union] < 0;
        let Some(union) = (union..self.unions.len()).find(costs) else { return self.passes(0, &rest) };
        self.budget.spend(1 + rest.len() as u64)?;
        let apart = |kind: &usize| !self.kinds[*kind].unions.contains(&union);
        let without: Vec<usize> = rest.iter().copied().filter(apart).collect();
        if without.len() < rest.len() {
            let before = self.limit;
            self.limit = before.saturating_sub(self.unions[union].into());
            if self.pays(union + 1, rest)? {
                return Ok(true);
            }
            self.limit = before;
        }
        self.pays(union + 1, without)
    }

    /// Whether the set holds one of each union.
    fn held(&self) -> Vec<bool> {
        let mut held = vec![false; self.unions.len()];
        self.set.iter().flat_map(|&kind| &self.kinds[kind].unions).for_each(|&union| held[union] = true);
        held
    }

    /// Whether the set passes the limit, perhaps with some of the rest. Then it is the one that does.
    fn passes(&mut self, sand: i128, rest: &[usize]) -> Result<bool, Failure> {
        let held = self.held();
        // what costs is paid already
        let of = |union: usize| i128::from(self.unions[union].max(0));
        let unions: i128 = (0..held.len()).filter(|&union| held[union]).map(of).sum();
        let value = sand.saturating_add(self.presence(&self.set)).saturating_add(unions);
        if value > self.limit && !self.set.is_empty() {
            return Ok(true);
        }
        let looked_at = rest.iter().map(|&kind| self.kinds[kind].unions.len()).sum::<usize>() + held.len();
        self.budget.spend((1 + rest.len() * (1 + self.set.len()) * self.capacity.len() + looked_at) as u64)?;
        let mut adds = Vec::with_capacity(rest.len());
        for &kind in rest {
            self.set.push(kind);
            let with = self.sand(&self.set);
            self.set.pop();
            let with = with?;
            let further: i128 = self.kinds[kind].unions.iter().filter(|&&union| !held[union]).map(|&it| of(it)).sum();
            let more = (with - sand).saturating_add(self.kinds[kind].presence.into()).saturating_add(further);
            if more > 0 {
                adds.push((more, kind, with));
            }
        }
        adds.sort_unstable_by_key(|&(more, kind, _)| (std::cmp::Reverse(more), kind));
        for at in 0..adds.len() {
            let rest = &adds[at..];
            if value.saturating_add(self.most(rest)?) <= self.limit {
                return Ok(false);
            }
            let (_, kind, with) = rest[0];
            let friends = rest[1..].iter().map(|&(_, other, _)| other);
            let friends: Vec<usize> = friends.filter(|&other| self.kinds[kind].friends[other]).collect();
            self.set.push(kind);
            if self.passes(with, &friends)? {
                return Ok(true);
            }
            self.set.pop();
        }
        Ok(false)
    }

    /// The most that compatible ones of these add: one of each group that has no two who may share a bin.
    fn most(&self, adds: &[(i128, usize, i128)]) -> Result<i128, Failure> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let (mut sum, mut steps) = (0i128, 0);
        for &(more, kind, _) in adds {
            let apart = |group: &Vec<usize>| group.iter().all(|&other| !self.kinds[kind].friends[other]);
            steps += groups.len();
            match groups.iter_mut().find(|group| apart(group)) {
                Some(group) => group.push(kind),
                None => {
                    // the first of a group adds the most of it
                    sum = sum.saturating_add(more);
                    groups.push(vec![kind]);
                }
            }
        }
        self.budget.spend(steps as u64)?;
        Ok(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_many_prices_ends_without_a_verdict() {
        let count = 1_000_000;
        let kind = Kind { all: vec![1], prices: &[1], presence: 0, friends: &[false], unions: (0..count).collect() };
        let budget = Budget::of_work(1 << 40);
        let ask = |unions: &[i64]| heavier(std::slice::from_ref(&kind), unions, &[1], 0, &budget);
        assert!(matches!(ask(&vec![-1; count]), Err(Failure::Undecided)));
        // and not for their number alone
        assert!(matches!(ask(&vec![1; count]), Ok(Some(_))));
    }
}
