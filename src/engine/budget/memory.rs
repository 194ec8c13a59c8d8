//! What runs that are like one another need not work out twice.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxBuildHasher;

/// So many bytes of questions are kept, about; later ones are worked out each time.
const MOST_BYTES: usize = 64 << 20;

/// What some run has worked out, for all runs whose [`Options`](super::Options) hold the same memory, on any thread: bounds of
/// components, and how heavy a bin can be, for the check of certificates.
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
    by_hash: HashMap<u64, Vec<Arc<dyn Any + Send + Sync>>, FxBuildHasher>,
    bytes: usize,
}

struct Entry<Q, A> {
    question: Q,
    answer: A,
    work: u64,
}

/// What is asked: all that the answer depends on.
pub(crate) trait Question: Hash + Eq + Send + Sync + 'static {
    /// What comes of it.
    type Answer: Clone + Send + Sync + 'static;

    /// The memory that it takes, about, answer and all.
    fn bytes(&self) -> usize;
}

impl Memory {
    /// What is kept of a question, and the work that it took.
    pub(super) fn find<Q: Question>(&self, question: &Q) -> Option<(Q::Answer, u64)> {
        let alike = self.kept().by_hash.get(&hash(question))?.clone(); // compared without the lock
        let mut alike = alike.iter().filter_map(|it| it.downcast_ref::<Entry<Q, Q::Answer>>());
        alike.find(|it| it.question == *question).map(|it| (it.answer.clone(), it.work))
    }

    /// Keeps what came of a question, as long as there is room.
    pub(super) fn keep<Q: Question>(&self, question: Q, answer: Q::Answer, work: u64) {
        let (hash, bytes) = (hash(&question), question.bytes());
        let mut kept = self.kept();
        if kept.bytes.saturating_add(bytes) <= MOST_BYTES {
            kept.bytes += bytes;
            kept.by_hash.entry(hash).or_default().push(Arc::new(Entry { question, answer, work }));
        }
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

fn hash<Q: Question>(question: &Q) -> u64 {
    FxBuildHasher.hash_one(question)
}

#[cfg(test)]
mod tests {
    use super::super::{Budget, Options, Silent};
    use super::*;

    #[derive(Debug, PartialEq, Eq, Hash)]
    struct Square(u64);

    impl Question for Square {
        type Answer = u64;

        fn bytes(&self) -> usize {
            8
        }
    }

    /// Of the same hash.
    #[derive(Debug, PartialEq, Eq, Hash)]
    struct Cube(u64);

    impl Question for Cube {
        type Answer = u64;

        fn bytes(&self) -> usize {
            8
        }
    }

    #[test]
    fn another_question_is_not_answered() {
        let memory = Memory::default();
        memory.keep(Square(4), 16, 7);
        assert_eq!(memory.find(&Square(4)), Some((16, 7)));
        assert_eq!((memory.find(&Square(5)), memory.find(&Cube(4))), (None, None));
        memory.keep(Cube(4), 64, 9);
        assert_eq!((memory.find(&Square(4)), memory.find(&Cube(4))), (Some((16, 7)), Some((64, 9))));
    }

    #[test]
    fn its_work_counts_again_and_no_limit_is_passed() {
        let options = Options { memory: Some(Arc::default()), ..Options::default() };
        let ask = |work: u64, answer: u64| {
            let budget = Budget::new(&Options { work_limit: Some(work), ..options.clone() }, 0, &Silent);
            let found = budget.remembering(Square(3), |_| {
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
        memory.0.lock().unwrap().bytes = MOST_BYTES - 8;
        memory.keep(Square(1), 1, 1);
        memory.keep(Square(2), 4, 1);
        assert_eq!((memory.find(&Square(1)), memory.find(&Square(2))), (Some((1, 1)), None));
    }
}
