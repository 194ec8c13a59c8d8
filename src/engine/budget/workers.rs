//! Whoever does jobs of a search elsewhere: other threads, processes or machines.

use std::fmt;
use std::sync::mpsc::Sender;

/// Takes jobs of a run whose [`Options`](super::Options) name it, to do them elsewhere by [`work_on`](crate::work_on).
///
/// It never changes an answer, a wall-clock limit aside: what a component may take is dealt out before anybody works on it, what comes
/// back is looked at before it is believed, and what is lost is done by the caller.
///
/// ```
/// use std::sync::Arc;
/// use tenantry::engine::{Options, Problem, Reply, Silent, Workers, pack, work_on};
///
/// /// A thread a job.
/// #[derive(Debug)]
/// struct Threads;
///
/// impl Workers for Threads {
///     fn at_once(&self) -> usize {
///         2
///     }
///
///     fn take(&self, job: Vec<u8>, reply: Reply) {
///         std::thread::spawn(move || reply.give(work_on(&job, &Silent)));
///     }
/// }
///
/// let mut problem = Problem::builder(1);
/// problem.bin(&[100]);
/// for _ in 0..2 {
///     let island = problem.classes(6);
///     (0..island).for_each(|other| (0..6).for_each(|own| _ = problem.conflict(other, island + own)));
///     (0..6).for_each(|own| _ = problem.item(&[31 + own as u64], 3, island + own));
/// }
/// let problem = problem.build()?;
/// let here = pack(&problem, &[], &Options::default(), &Silent)?;
/// let options = Options { workers: Some(Arc::new(Threads)), ..Options::default() };
/// let there = pack(&problem, &[], &options, &Silent)?;
/// assert_eq!((there.0.solution, there.0.work), (here.0.solution, here.0.work));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Workers: Send + Sync + fmt::Debug {
    /// How many jobs they do at a time. 0: they take none any more, and what is left is done by the caller.
    fn at_once(&self) -> usize;

    /// Takes a job, and returns without waiting for it. What [`work_on`](crate::work_on) gives goes to `reply`, from any thread;
    /// a reply that is dropped says that the job is lost. Called from several threads.
    fn take(&self, job: Vec<u8>, reply: Reply);

    /// A job that they had, or should have had, is done by the caller.
    fn lost(&self, _why: &Lost) {}
}

/// Where what came of one job goes. Dropped without an answer: the job is lost.
#[derive(Debug)]
pub struct Reply {
    number: usize,
    to: Option<Sender<(usize, Option<Vec<u8>>)>>,
}

impl Reply {
    /// For the job of this number.
    pub(crate) fn new(number: usize, to: Sender<(usize, Option<Vec<u8>>)>) -> Self {
        Self { number, to: Some(to) }
    }

    /// What [`work_on`](crate::work_on) gave.
    pub fn give(mut self, answer: Vec<u8>) {
        self.send(Some(answer));
    }

    fn send(&mut self, answer: Option<Vec<u8>>) {
        if let Some(to) = self.to.take() {
            // whoever asked may have stopped waiting
            let _ = to.send((self.number, answer));
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        self.send(None);
    }
}

/// Why a job is done by the caller. Some of the words are the worker's own: whoever shows them escapes them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// Its [`Reply`] was dropped.
    #[error("nothing came back")]
    Gone,
    /// Nothing had come back when its time was over.
    #[error("nothing came back in time")]
    Late,
    /// The worker would not do it: it is of another version, or could not read it.
    #[error("the worker refused it: {0}")]
    Refused(String),
    /// What came back is no answer, or one that cannot be right.
    #[error("what came back is not believed: {0}")]
    Wrong(String),
    /// It is too large to be written down.
    #[error("it cannot be sent: {0}")]
    Unwritten(String),
}
