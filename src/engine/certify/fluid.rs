//! Fluid classes: whether a bin of sand passes a limit, whatever compatible classes share it.
//!
//! In each resource the classes of a set fill the bin in the order of what a unit of them weighs, cut where the bin is full (a fractional
//! knapsack). What a class adds to a set only falls as the set grows, and of classes none of which may share a bin a set has one: that
//! bounds the sets that are left.

use super::failure::Failure;
use crate::budget::Budget;

/// More classes than this are not searched.
const MOST_CLASSES: usize = 1 << 12;

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
}

/// Classes that may share a bin and weigh more than the limit together; `None`: there are none. Complexity: exponential in the classes that
/// share a bin, bounded by the budget.
///
/// # Errors
/// [`Failure::Undecided`] where the budget ends or the numbers are too large.
pub(super) fn heavier(
    kinds: &[Kind],
    capacity: &[u64],
    limit: u128,
    budget: &Budget,
) -> Result<Option<Vec<usize>>, Failure> {
    if kinds.len() > MOST_CLASSES {
        return Err(Failure::Undecided);
    }
    // bins of a price that passes all numbers hold anything
    let Ok(limit) = i128::try_from(limit) else { return Ok(None) };
    let mut search = Search { kinds, capacity, limit, set: Vec::new(), budget };
    let all: Vec<usize> = (0..kinds.len()).collect();
    Ok(search.passes(0, &all)?.then_some(search.set))
}

struct Search<'s, 'b> {
    kinds: &'s [Kind<'s>],
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

    /// Whether the set passes the limit, perhaps with some of the rest. Then it is the one that does.
    fn passes(&mut self, sand: i128, rest: &[usize]) -> Result<bool, Failure> {
        let value = sand.saturating_add(self.presence(&self.set));
        if value > self.limit && !self.set.is_empty() {
            return Ok(true);
        }
        self.budget.spend((1 + rest.len() * (1 + self.set.len()) * self.capacity.len()) as u64)?;
        let mut adds = Vec::with_capacity(rest.len());
        for &kind in rest {
            self.set.push(kind);
            let with = self.sand(&self.set);
            self.set.pop();
            let with = with?;
            let more = (with - sand).saturating_add(self.kinds[kind].presence.into());
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
