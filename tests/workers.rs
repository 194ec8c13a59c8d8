//! A search whose jobs are done elsewhere answers as one that does them itself, whatever becomes of the jobs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use tenantry::engine::random::Random;
use tenantry::engine::{
    Answer, BinType, Lost, Objective, Options, Problem, Reply, Silent, Stop, Workers, solve, work_on,
};

/// What becomes of a job.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Done,
    Rubbish,
    Dropped,
    Unanswered,
}

#[derive(Debug)]
struct Fates {
    fates: &'static [Fate],
    taken: AtomicUsize,
    lost: AtomicUsize,
}

impl Fates {
    fn new(fates: &'static [Fate]) -> Arc<Self> {
        Arc::new(Self { fates, taken: AtomicUsize::new(0), lost: AtomicUsize::new(0) })
    }
}

impl Workers for Fates {
    fn at_once(&self) -> usize {
        2
    }

    fn take(&self, job: Vec<u8>, reply: Reply) {
        let number = self.taken.fetch_add(1, Ordering::Relaxed);
        match self.fates[number % self.fates.len()] {
            Fate::Done => _ = thread::spawn(move || reply.give(work_on(&job, &Silent))),
            Fate::Rubbish => reply.give(b"rubbish\n".to_vec()),
            Fate::Dropped => drop(reply),
            Fate::Unanswered => std::mem::forget(reply),
        }
    }

    fn lost(&self, _why: &Lost) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }
}

/// Islands that conflict with one another, of items that fill bins so well that bounds alone seldom say how many.
fn islands(random: &mut Random, count: usize, limited: bool) -> Problem {
    let mut builder = Problem::builder(2);
    builder.bin_type(BinType { capacity: vec![100, 100], cost: 10, max_count: None });
    builder.bin_type(BinType { capacity: vec![140, 150], cost: 15, max_count: limited.then_some(2) });
    for island in 0..count {
        for item in 0..14 {
            let class = builder.class();
            (0..island * 14).for_each(|other| _ = builder.conflict(class, other));
            (0..item).filter(|_| random.chance(100)).for_each(|own| _ = builder.conflict(class, island * 14 + own));
            builder.item(&[random.between(14, 47), random.between(14, 47)], 1, class);
        }
    }
    builder.build().expect("it fits together")
}

fn asked(problem: &Problem, options: &Options) -> Answer {
    solve(problem, &[Objective::Clusters, Objective::Cost], options, &Silent).expect("supported")
}

#[test]
fn whatever_becomes_of_jobs_the_answer_is_the_same() {
    let mut random = Random::new(3);
    let fates: [&'static [Fate]; 4] = [
        &[Fate::Done],
        &[Fate::Rubbish],
        &[Fate::Done, Fate::Dropped],
        &[Fate::Rubbish, Fate::Done, Fate::Dropped, Fate::Done],
    ];
    let (mut taken, mut lost) = (0, 0);
    for round in 0..6usize {
        let problem = islands(&mut random, 2, round % 3 == 2);
        let work_limit = Some([100_000_000, 160_000_000][round % 2]);
        let options = Options { seed: round as u64, work_limit, ..Options::default() };
        let here = asked(&problem, &options);
        let workers = Fates::new(fates[round % 4]);
        let there = asked(&problem, &Options { workers: Some(workers.clone()), ..options });
        assert_eq!(format!("{there:?}"), format!("{here:?}"), "{round}");
        taken += workers.taken.load(Ordering::Relaxed);
        lost += workers.lost.load(Ordering::Relaxed);
    }
    assert!(lost > 0 && taken > lost, "{taken} taken, {lost} lost");
}

#[test]
fn under_a_clock_nobody_is_waited_for() {
    let problem = islands(&mut Random::new(4), 3, false);
    let workers = Fates::new(&[Fate::Unanswered]);
    let time_limit = Some(Duration::from_millis(900));
    let answer = asked(&problem, &Options { time_limit, workers: Some(workers.clone()), ..Options::default() });
    assert!(answer.solution.is_some_and(|found| found.check(&problem).is_ok()));
    assert_eq!(answer.stopped, Some(Stop::Time));
    let (taken, lost) = (workers.taken.load(Ordering::Relaxed), workers.lost.load(Ordering::Relaxed));
    assert!(lost > 0 || taken == 0, "{taken} taken, none of them lost");
}
