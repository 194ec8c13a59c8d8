//! Ascending indices in a file, in memory as runs of neighbours: a list of 900 bin types for each of 50,000 item types would be 360 MB.

use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

/// Indices, each run from its first to its last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Runs {
    runs: Vec<(usize, usize)>,
    /// Some index was not above the one before.
    disordered: bool,
}

impl Runs {
    fn push(&mut self, index: usize) {
        match self.runs.last_mut() {
            Some((_, last)) if *last >= index => self.disordered = true,
            Some((_, last)) if *last + 1 == index => *last = index,
            _ => self.runs.push((index, index)),
        }
    }

    /// Whether they ascend, and all are below `count`.
    pub fn are_below(&self, count: usize) -> bool {
        !self.disordered && self.runs.last().is_none_or(|&(_, last)| last < count)
    }

    /// One after the other.
    pub fn indices(&self) -> impl Iterator<Item = usize> {
        self.runs.iter().flat_map(|&(first, last)| first..=last)
    }
}

impl FromIterator<usize> for Runs {
    fn from_iter<I: IntoIterator<Item = usize>>(indices: I) -> Self {
        let mut runs = Self::default();
        indices.into_iter().for_each(|index| runs.push(index));
        runs
    }
}

impl Serialize for Runs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.indices())
    }
}

impl<'de> Deserialize<'de> for Runs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> Visitor<'de> for List {
            type Value = Runs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Runs, A::Error> {
                let mut runs = Runs::default();
                while let Some(index) = list.next_element()? {
                    runs.push(index);
                }
                Ok(runs)
            }
        }

        deserializer.deserialize_seq(List)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_and_written_as_it_stands() {
        for text in ["[]", "[0]", "[0,1,2,5,7,8]", "[3]", "[18446744073709551615]"] {
            let runs: Runs = serde_json::from_str(text).unwrap();
            let plain: Vec<usize> = serde_json::from_str(text).unwrap();
            assert_eq!(runs.indices().collect::<Vec<_>>(), plain);
            assert_eq!(serde_json::to_string(&runs).unwrap(), text);
            assert_eq!(plain.iter().copied().collect::<Runs>(), runs);
            let above = plain.last().map_or(0, |last| last.saturating_add(1));
            assert!(runs.are_below(above) || above == usize::MAX);
            assert!(plain.is_empty() || !runs.are_below(above - 1));
        }
    }

    #[test]
    fn what_does_not_ascend_is_below_nothing() {
        for text in ["[1,1]", "[2,1]", "[0,1,0]", "[5,7,6]", "[18446744073709551615,0]"] {
            let runs: Runs = serde_json::from_str(text).unwrap();
            assert!(!runs.are_below(usize::MAX), "{text}");
        }
        for text in ["{}", "[-1]", "[1.0]", "[\"1\"]", "[null]", "7"] {
            assert!(serde_json::from_str::<Runs>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_run_takes_no_more_than_its_ends() {
        let runs: Runs = (0..100_000).collect();
        assert_eq!(runs.runs, [(0, 99_999)]);
    }
}
