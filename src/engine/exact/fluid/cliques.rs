//! All sets of classes that may share a bin and to which none can be added.

use fixedbitset::FixedBitSet;

/// The maximal cliques of a graph, each ascending; `None` where there are more than `most`. By branching around a pivot (Tomita, Tanaka &
/// Takahashi 2006); linear in the cliques times the square of the vertices at worst.
pub(super) fn cliques(friends: &[FixedBitSet], most: usize) -> Option<Vec<Vec<usize>>> {
    let mut search = Search { friends, most, set: Vec::new(), found: Vec::new() };
    let mut all = FixedBitSet::with_capacity(friends.len());
    all.insert_range(..);
    let none = FixedBitSet::with_capacity(friends.len());
    search.grow(all, none).then_some(search.found)
}

struct Search<'g> {
    friends: &'g [FixedBitSet],
    most: usize,
    set: Vec<usize>,
    found: Vec<Vec<usize>>,
}

impl Search<'_> {
    /// Adds one of `may`, each in turn; those of `done` were added before. False once there are too many.
    fn grow(&mut self, mut may: FixedBitSet, mut done: FixedBitSet) -> bool {
        if may.is_clear() {
            if done.is_clear() {
                let mut set = self.set.clone();
                set.sort_unstable();
                self.found.push(set);
            }
            return self.found.len() <= self.most;
        }
        let reach = |&vertex: &usize| self.friends[vertex].intersection_count(&may);
        let pivot = may.ones().chain(done.ones()).max_by_key(reach);
        let tried: Vec<usize> =
            may.ones().filter(|&vertex| pivot.is_none_or(|it| !self.friends[it].contains(vertex))).collect();
        for vertex in tried {
            let mut closer = may.clone();
            closer.intersect_with(&self.friends[vertex]);
            let mut known = done.clone();
            known.intersect_with(&self.friends[vertex]);
            self.set.push(vertex);
            if !self.grow(closer, known) {
                return false;
            }
            self.set.pop();
            may.set(vertex, false);
            done.insert(vertex);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::random::Random;

    #[test]
    fn lists_what_trying_all_sets_finds() {
        let mut random = Random::new(7);
        for round in 0..2_000 {
            let vertices = random.index(9);
            let mut friends = vec![FixedBitSet::with_capacity(vertices); vertices];
            for a in 0..vertices {
                for b in 0..a {
                    if random.chance(100 + round % 800) {
                        friends[a].insert(b);
                        friends[b].insert(a);
                    }
                }
            }
            let all =
                |set: u32, vertex: usize| (0..vertices).all(|it| set >> it & 1 == 0 || friends[it].contains(vertex));
            let others = |set: u32, vertex: usize| all(set & !(1 << vertex), vertex);
            let is_clique = |set: u32| (0..vertices).all(|it| set >> it & 1 == 0 || others(set, it));
            let grows = |set: u32| (0..vertices).any(|it| set >> it & 1 == 0 && all(set, it));
            let maximal = (0..1u32 << vertices).filter(|&set| is_clique(set) && !grows(set));
            let mut expected: Vec<Vec<usize>> =
                maximal.map(|set| (0..vertices).filter(|it| set >> it & 1 == 1).collect()).collect();
            expected.sort();
            let mut found = cliques(&friends, expected.len()).unwrap();
            found.sort();
            assert_eq!(found, expected);
            assert_eq!(cliques(&friends, expected.len() - 1), None);
        }
    }
}
