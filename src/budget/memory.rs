//! What runs that are like one another need not work out twice.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::{FxBuildHasher, FxHasher};

use crate::problem::Problem;

/// So many bytes of problems are kept, about; later ones are worked out each time.
const MOST_BYTES: usize = 64 << 20;

/// Bounds of components that some run has worked out, for all runs whose [`Options`](super::Options) hold the same memory, on
/// any thread.
///
/// It never changes an answer. What is kept is kept with all that it was worked out from, and only where no limit cut that short;
/// its work counts whenever it is taken, and where a run has less left than that, it works by itself.
///
/// ```
/// use std::sync::Arc;
/// use tenantry::engine::{Memory, Options, Problem, Silent, pack};
///
/// let mut problem = Problem::builder(1);
/// let class = problem.classes(1);
/// problem.bin(&[10]);
/// problem.item(&[6], 3, class);
/// let problem = problem.build()?;
/// let options = Options { memory: Some(Arc::new(Memory::default())), ..Options::default() };
/// let first = pack(&problem, &[], &options, &Silent)?;
/// let again = pack(&problem, &[], &options, &Silent)?;
/// assert_eq!((again.0.solution, again.0.work), (first.0.solution, first.0.work));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Memory(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    by_hash: HashMap<u64, Vec<Arc<Entry>>, FxBuildHasher>,
    bytes: usize,
}

struct Entry {
    problem: Problem,
    prices: Vec<u64>,
    work: u64,
    found: Box<dyn Any + Send + Sync>,
}

impl Memory {
    /// What is kept of this problem at these prices, and the work that it took.
    pub(super) fn find<R: Clone + 'static>(&self, problem: &Problem, prices: &[u64]) -> Option<(R, u64)> {
        let alike = self.kept().by_hash.get(&hash(problem, prices))?.clone(); // compared without the lock
        let same = alike.iter().find(|it| it.prices == prices && it.problem == *problem)?;
        Some((same.found.downcast_ref::<R>()?.clone(), same.work))
    }

    /// Keeps what came of this problem at these prices, as long as there is room.
    pub(super) fn keep<R: Send + Sync + 'static>(&self, problem: &Problem, prices: &[u64], work: u64, found: R) {
        let bytes = bytes(problem);
        let mut kept = self.kept();
        if kept.bytes.saturating_add(bytes) > MOST_BYTES {
            return;
        }
        kept.bytes += bytes;
        let entry = Entry { problem: problem.clone(), prices: prices.to_vec(), work, found: Box::new(found) };
        kept.by_hash.entry(hash(problem, prices)).or_default().push(Arc::new(entry));
    }

    /// Nobody panics under the lock.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("bytes", &self.kept().bytes).finish_non_exhaustive()
    }
}

/// Of problems that differ in their conflicts or terms alone it is the same: those are compared.
fn hash(problem: &Problem, prices: &[u64]) -> u64 {
    let mut hasher = FxHasher::default();
    for item in problem.items() {
        (&item.size, item.demand, item.class, &item.eligible).hash(&mut hasher);
    }
    for bin in problem.bins() {
        (&bin.capacity, bin.cost, bin.max_count).hash(&mut hasher);
    }
    prices.hash(&mut hasher);
    hasher.finish()
}

/// The memory that a problem takes, about.
fn bytes(problem: &Problem) -> usize {
    let (rows, classes) = (problem.items().len() + problem.bins().len(), problem.conflicts().len());
    rows.saturating_mul(8 * problem.dimensions() + 96).saturating_add(classes.saturating_mul(classes / 8 + 48))
}

#[cfg(test)]
mod tests {
    use super::super::{Budget, Options, Silent};
    use super::*;

    fn problem(demand: u64, conflict: bool) -> Problem {
        let mut builder = Problem::builder(1);
        let class = builder.classes(2);
        builder.bin(&[100]);
        builder.item(&[3], demand, class);
        builder.item(&[5], 1, class + 1);
        if conflict {
            builder.conflict(class, class + 1);
        }
        builder.build().unwrap()
    }

    #[test]
    fn what_differs_in_anything_is_worked_out() {
        let memory = Memory::default();
        memory.keep(&problem(4, false), &[1], 7, 11u64);
        assert_eq!(memory.find(&problem(4, false), &[1]), Some((11u64, 7)));
        assert_eq!(memory.find::<u64>(&problem(4, true), &[1]), None);
        assert_eq!(memory.find::<u64>(&problem(5, false), &[1]), None);
        assert_eq!(memory.find::<u64>(&problem(4, false), &[2]), None);
        assert_eq!(memory.find::<u32>(&problem(4, false), &[1]), None);
    }

    #[test]
    fn its_work_counts_again_and_no_limit_is_passed() {
        let options = Options { memory: Some(Arc::default()), ..Options::default() };
        let problem = problem(4, false);
        let ask = |work: u64, answer: u64| {
            let budget = Budget::new(&Options { work_limit: Some(work), ..options.clone() }, 0, &Silent);
            let found = budget.remembering(&problem, &[1], || {
                let _ended = budget.spend(10);
                answer
            });
            (found, budget.spent(), budget.stopped().is_some())
        };
        // what was cut short is not kept
        assert_eq!(ask(9, 1), (1, 10, true));
        assert_eq!(ask(10, 2), (2, 10, false));
        assert_eq!(ask(10, 3), (2, 10, false));
        assert_eq!(ask(9, 4), (4, 10, true));
    }

    #[test]
    fn there_is_an_end_to_it() {
        let memory = Memory::default();
        memory.0.lock().unwrap().bytes = MOST_BYTES - bytes(&problem(1, false));
        memory.keep(&problem(1, false), &[1], 1, 1u64);
        memory.keep(&problem(2, false), &[1], 1, 2u64);
        assert_eq!(memory.find(&problem(1, false), &[1]), Some((1u64, 1)));
        assert_eq!(memory.find::<u64>(&problem(2, false), &[1]), None);
    }
}
