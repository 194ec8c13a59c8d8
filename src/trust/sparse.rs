//! Sets of numbers as the words of their bits that are not zero: 20,000 rules of which a workload meets three take
//! three words, and 64 neighbours in number take one.

/// 64 numbers from `64 * .0` on, one bit each; never zero in a set.
pub(super) type Word = (u32, u64);

/// Adds what is not below the last word.
pub(super) fn push(words: &mut Vec<Word>, (place, bits): Word) {
    match words.last_mut() {
        Some(last) if last.0 == place => last.1 |= bits,
        _ => words.push((place, bits)),
    }
}

/// Adds a number that is not below the last word's.
pub(super) fn push_number(words: &mut Vec<Word>, number: usize) {
    // numbers of rules, far below 2^38
    push(words, (u32::try_from(number / 64).unwrap_or(u32::MAX), 1 << (number % 64)));
}

/// The set of ascending numbers.
pub(super) fn of_ascending(numbers: impl IntoIterator<Item = usize>) -> Box<[Word]> {
    let mut words = Vec::new();
    numbers.into_iter().for_each(|number| push_number(&mut words, number));
    words.into()
}

/// What both sets have, ascending.
pub(super) fn common<'a>(a: &'a [Word], b: &'a [Word]) -> impl Iterator<Item = Word> + 'a {
    let (mut i, mut j) = (0, 0);
    std::iter::from_fn(move || {
        while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
            (i, j) = (i + usize::from(x.0 <= y.0), j + usize::from(y.0 <= x.0));
            if x.0 == y.0 && x.1 & y.1 != 0 {
                return Some((x.0, x.1 & y.1));
            }
        }
        None
    })
}

/// Whether the sets have anything in common.
pub(super) fn meet(a: &[Word], b: &[Word]) -> bool {
    common(a, b).next().is_some()
}

/// Everything in either set.
pub(super) fn union(a: &[Word], b: &[Word]) -> Vec<Word> {
    let mut all = Vec::with_capacity(a.len().max(b.len()));
    let (mut i, mut j) = (0, 0);
    loop {
        let first = match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) if y.0 < x.0 => (y, &mut j),
            (Some(x), _) => (x, &mut i),
            (None, Some(y)) => (y, &mut j),
            (None, None) => return all,
        };
        push(&mut all, *first.0);
        *first.1 += 1;
    }
}

/// Takes out of `words` what `other` has.
pub(super) fn take_out(words: &mut Vec<Word>, other: &[Word]) {
    let mut j = 0;
    words.retain_mut(|word| {
        while other.get(j).is_some_and(|it| it.0 < word.0) {
            j += 1;
        }
        if let Some(it) = other.get(j).filter(|it| it.0 == word.0) {
            word.1 &= !it.1;
        }
        word.1 != 0
    });
}

/// The numbers, ascending.
pub(super) fn ones(words: &[Word]) -> impl Iterator<Item = usize> + '_ {
    words.iter().flat_map(|&(place, bits)| {
        let mut rest = bits;
        std::iter::from_fn(move || {
            let bit = rest.trailing_zeros() as usize;
            rest &= rest.wrapping_sub(1);
            (bit < 64).then_some(place as usize * 64 + bit)
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_sets(a in prop::collection::btree_set(0usize..300, 0..40), b in prop::collection::btree_set(0usize..300, 0..40)) {
            let (x, y) = (of_ascending(a.iter().copied()), of_ascending(b.iter().copied()));
            let set = |words: &[Word]| ones(words).collect::<BTreeSet<usize>>();
            prop_assert_eq!(&set(&x), &a);
            prop_assert_eq!(set(&common(&x, &y).collect::<Vec<_>>()), &a & &b);
            prop_assert_eq!(meet(&x, &y), !a.is_disjoint(&b));
            prop_assert_eq!(set(&union(&x, &y)), &a | &b);
            let mut rest = x.to_vec();
            take_out(&mut rest, &y);
            prop_assert!(rest.iter().all(|word| word.1 != 0));
            prop_assert_eq!(set(&rest), &a - &b);
        }
    }
}
