//! One run: solve, check, measure.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tenantry::engine::{
    Answer, Budget, Objective, Options, Problem, Silent, Status, Step, Verdict, Watch, check, solve,
};

use crate::classes::{Class, Named};
use crate::clock::{cpu, peak};

/// What a run gave.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    pub class: String,
    pub instance: String,
    pub items: u64,
    pub types: usize,
    pub bins: Option<u64>,
    pub bound: u64,
    pub proved: bool,
    pub certified: bool,
    /// The packing is not legal, the certificate is refuted, or the literature's best value contradicts the answer.
    pub wrong: Option<String>,
    /// Work, in elementary steps: the same on every machine, unless a limit cut the run.
    pub work: u64,
    pub cpu: f64,
    pub wall: f64,
    pub check: f64,
    /// MiB.
    pub peak: f64,
    pub phase: String,
    /// The same again under a wall-clock limit of a second, where the first run took longer.
    pub second: Option<Limited>,
}

/// A run under a wall-clock limit of a second.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Limited {
    pub wall: f64,
    pub cpu: f64,
    pub bins: Option<u64>,
    pub bound: u64,
}

impl Run {
    pub fn gap(&self) -> Option<u64> {
        self.bins.map(|bins| bins.saturating_sub(self.bound))
    }

    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("numbers, strings and booleans only")
    }

    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text.lines().last()?).ok()
    }

    /// For the eyes of whoever waits.
    pub fn line(&self) -> String {
        let bins = self.bins.map_or_else(|| "none".to_owned(), |bins| bins.to_string());
        let late = self.second.as_ref().map_or_else(String::new, |s| format!(", 1 s limit: {:.2} s", s.wall));
        let wrong = self.wrong.as_ref().map_or_else(String::new, |wrong| format!(" WRONG: {wrong}"));
        format!(
            "{}: {bins}/{} {} {:.3} s, check {:.3} s, {:.0} MiB{late}{wrong}",
            self.instance, self.bound, self.phase, self.cpu, self.check, self.peak
        )
    }
}

/// Cancels at a CPU time of this process.
struct Until(f64);

impl Watch for Until {
    fn cancelled(&self) -> bool {
        cpu() > self.0
    }
}

/// Solves and checks on one thread. Cut at the class's limit of CPU seconds. The limit that the method is told, of which it gives
/// each of its steps a part, is a little longer: so much may other programs take.
pub fn run(class: &Class, named: &Named, problem: &Problem, without: &[Step]) -> Run {
    let wall = Duration::from_secs_f64(1.25 * class.limit);
    let options = Options { time_limit: Some(wall), threads: Some(1), without: without.to_vec(), ..Options::default() };
    let (wall, start) = (Instant::now(), cpu());
    let answer = solve(problem, &[Objective::Clusters], &options, &Until(start + class.limit)).expect("supported");
    let (wall, spent, peak) = (wall.elapsed().as_secs_f64(), cpu() - start, peak());
    let start = cpu();
    let (verdict, mut wrong) = verdict(problem, &answer);
    let check = cpu() - start;
    let (bins, bound) = values(&answer);
    if let Some(known) = named.known.filter(|&known| bins.is_some_and(|bins| bins < known) || bound > known) {
        wrong = Some(format!("the best known value is {known}"));
    }
    let mut second = None;
    if wall > 0.8 && problem.copies() <= 100_000 {
        let options = Options { time_limit: Some(Duration::from_secs(1)), ..options };
        let (wall, start) = (Instant::now(), cpu());
        let limited = solve(problem, &[Objective::Clusters], &options, &Silent).expect("supported");
        let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu() - start);
        let ((_, refuted), (least, below)) = (self::verdict(problem, &limited), values(&limited));
        let contradiction = bins.is_some_and(|bins| below > bins) || least.is_some_and(|least| least < bound);
        wrong = wrong.or(refuted).or(contradiction.then(|| "two runs contradict one another".to_owned()));
        second = Some(Limited { wall, cpu, bins: least, bound: below });
    }
    Run {
        class: class.name.clone(),
        instance: named.name.clone(),
        items: problem.copies(),
        types: problem.items().len(),
        bins,
        bound,
        proved: answer.status == Status::Optimal,
        certified: answer.status == Status::Optimal && verdict && answer.levels.iter().all(|l| l.certified == l.bound),
        wrong,
        work: answer.work,
        cpu: spent,
        wall,
        check,
        peak,
        phase: format!("{:?}", answer.closed_by),
        second,
    }
}

fn values(answer: &Answer) -> (Option<u64>, u64) {
    answer.levels.first().map_or((None, 0), |level| (level.value, level.bound))
}

/// Does the certificate hold? And what is wrong, if anything is.
fn verdict(problem: &Problem, answer: &Answer) -> (bool, Option<String>) {
    if let Some(Err(infraction)) = answer.solution.as_ref().map(|solution| solution.check(problem)) {
        return (false, Some(format!("{infraction:?}")));
    }
    let budget = Budget::new(&Options::default(), 20_000_000_000, &Silent);
    match check(problem, answer.solution.as_ref(), &answer.certificate, &budget) {
        Verdict::Verified { .. } => (true, None),
        Verdict::Refuted { place, why } => (false, Some(format!("{place}: {why}"))),
        Verdict::Undecided => (false, None),
    }
}
