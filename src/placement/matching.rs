//! Rows to columns, one each, for the largest sum: the Hungarian method (Kuhn 1955, Munkres 1957) with potentials.

/// A pair that may not be.
pub(super) const NEVER: i64 = i64::MIN / 4;

/// The column of each row, all different, such that the values add up to the most; `None` where every choice has a pair of
/// value [`NEVER`]. There are at least as many columns as rows. Complexity: rows squared times columns.
pub(super) fn best(values: &[Vec<i64>]) -> Option<Vec<usize>> {
    let rows = values.len();
    let columns = values.first().map_or(0, Vec::len);
    // counted from 1; row and column 0 are where a search begins
    let (mut u, mut v) = (vec![0i64; rows + 1], vec![0i64; columns + 1]);
    let (mut row_of, mut way) = (vec![0usize; columns + 1], vec![0usize; columns + 1]);
    for row in 1..=rows {
        row_of[0] = row;
        let mut column = 0;
        let (mut least, mut seen) = (vec![i64::MAX; columns + 1], vec![false; columns + 1]);
        loop {
            seen[column] = true;
            let from = row_of[column];
            let (mut delta, mut next) = (i64::MAX, 0);
            for to in (1..=columns).filter(|&to| !seen[to]) {
                let reduced = -values[from - 1][to - 1] - u[from] - v[to];
                if reduced < least[to] {
                    (least[to], way[to]) = (reduced, column);
                }
                if least[to] < delta {
                    (delta, next) = (least[to], to);
                }
            }
            for to in 0..=columns {
                if seen[to] {
                    u[row_of[to]] += delta;
                    v[to] -= delta;
                } else if least[to] < i64::MAX {
                    least[to] -= delta;
                }
            }
            column = next;
            if row_of[column] == 0 {
                break;
            }
        }
        while column != 0 {
            row_of[column] = row_of[way[column]];
            column = way[column];
        }
    }
    let mut chosen = vec![0; rows];
    for column in (1..=columns).filter(|&column| row_of[column] > 0) {
        chosen[row_of[column] - 1] = column - 1;
    }
    let allowed = chosen.iter().enumerate().all(|(row, &column)| values[row][column] > NEVER);
    allowed.then_some(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::random::Random;

    /// Every choice of columns.
    fn brute(values: &[Vec<i64>], used: u32) -> Option<i64> {
        let Some((row, rest)) = values.split_first() else { return Some(0) };
        let free = (0..row.len()).filter(|&column| used >> column & 1 == 0 && row[column] > NEVER);
        free.filter_map(|column| Some(row[column] + brute(rest, used | 1 << column)?)).max()
    }

    #[test]
    fn no_choice_is_better() {
        let mut random = Random::new(7);
        for _ in 0..2000 {
            let rows = random.index(5);
            let columns = rows + random.index(3);
            let mut value = || if random.chance(200) { NEVER } else { i64::try_from(random.below(9)).unwrap() };
            let values: Vec<Vec<i64>> = (0..rows).map(|_| (0..columns).map(|_| value()).collect()).collect();
            let found = best(&values);
            let sum = found.as_ref().map(|chosen| chosen.iter().enumerate().map(|(row, &at)| values[row][at]).sum());
            assert_eq!(sum, brute(&values, 0), "{values:?}");
            if let Some(mut chosen) = found {
                chosen.sort_unstable();
                chosen.dedup();
                assert_eq!(chosen.len(), rows);
            }
        }
    }
}
