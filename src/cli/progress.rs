//! What a running plan shows, and how it is told to stop.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::budget::{Event, Objective, Phase, Watch};

const UNKNOWN: u64 = u64::MAX;

/// The state of a run, written by the search and read by the terminal.
pub(super) struct Progress {
    cancelled: AtomicBool,
    /// Of the level that is being solved, the first as long as none is.
    plan: AtomicU64,
    bound: AtomicU64,
    level: AtomicU8,
    phase: AtomicU8,
    /// The number of the run, where there are several.
    run: AtomicU64,
    counts: Counts,
}

/// What the number of a plan is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counts {
    /// Its clusters.
    Clusters,
    /// Moves that are left.
    Moves,
    /// In the first run its clusters, then the limit on clusters.
    Limits,
    /// Nothing: so many fleets are planned one by one, and the number of the run is that of those that are done.
    Fleets(u64),
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            cancelled: AtomicBool::new(false),
            plan: AtomicU64::new(UNKNOWN),
            bound: AtomicU64::new(0),
            level: AtomicU8::new(0),
            phase: AtomicU8::new(u8::MAX),
            run: AtomicU64::new(1),
            counts: Counts::Clusters,
        }
    }
}

const PHASES: [(Phase, &str); 9] = [
    (Phase::Bounds, "lower bounds"),
    (Phase::Heuristics, "first plans"),
    (Phase::Enumeration, "exhaustive search"),
    (Phase::ColumnGeneration, "column generation"),
    (Phase::Dive, "diving"),
    (Phase::Tabu, "local search"),
    (Phase::BranchAndPrice, "branch and price"),
    (Phase::Milp, "second opinion"),
    (Phase::Check, "checking the proof"),
];

/// What a phase is called.
#[cfg(feature = "python")]
pub(crate) fn words(phase: Phase) -> &'static str {
    PHASES.iter().find(|row| row.0 == phase).map_or("", |row| row.1)
}

impl Watch for Progress {
    fn event(&self, event: Event) {
        match event {
            Event::Plan { bins } => self.better(Objective::Clusters, bins),
            Event::Bound { bins } => self.at_least(Objective::Clusters, bins),
            Event::LevelPlan { level, value } => self.better(level, value),
            Event::LevelBound { level, value } => self.at_least(level, value),
            Event::Phase(phase) => {
                let index = PHASES.iter().position(|row| row.0 == phase).and_then(|index| u8::try_from(index).ok());
                self.phase.store(index.unwrap_or(u8::MAX), Ordering::Relaxed);
            }
            Event::Run { number } => {
                self.run.store(number, Ordering::Relaxed);
                self.plan.store(UNKNOWN, Ordering::Relaxed);
                self.bound.store(0, Ordering::Relaxed);
            }
            _ => {} // nothing that the line shows
        }
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// The levels, and what is said of a value.
const LEVELS: [Objective; 3] = [Objective::Clusters, Objective::Cost, Objective::Moves];

impl Progress {
    fn better(&self, level: Objective, value: u64) {
        self.enter(level);
        self.plan.fetch_min(value, Ordering::Relaxed);
    }

    fn at_least(&self, level: Objective, value: u64) {
        self.enter(level);
        self.bound.fetch_max(value, Ordering::Relaxed);
    }

    /// What is known of one level says nothing of another.
    fn enter(&self, level: Objective) {
        let index = LEVELS.iter().position(|&it| it == level).and_then(|index| u8::try_from(index).ok()).unwrap_or(0);
        if self.level.swap(index, Ordering::Relaxed) != index {
            self.plan.store(UNKNOWN, Ordering::Relaxed);
            self.bound.store(0, Ordering::Relaxed);
        }
    }

    /// A value of the level that is being solved: its number, and what comes before and behind it.
    fn value(&self, value: u64) -> (&'static str, String, &'static str) {
        match LEVELS.get(usize::from(self.level.load(Ordering::Relaxed))) {
            Some(Objective::Cost) => ("cost ", thousandths(value), ""),
            Some(Objective::Moves) => ("", value.to_string(), " moves"),
            _ => ("", value.to_string(), " clusters"),
        }
    }

    /// Of a migration: a plan's number is that of the moves that are left.
    pub fn of_moves() -> Self {
        Self { counts: Counts::Moves, ..Self::default() }
    }

    /// Of a frontier: after the first run a plan's number is the limit on clusters.
    pub fn of_limits() -> Self {
        Self { counts: Counts::Limits, ..Self::default() }
    }

    /// Of a batch of so many fleets.
    pub fn of_fleets(fleets: u64) -> Self {
        Self { counts: Counts::Fleets(fleets), run: AtomicU64::new(0), ..Self::default() }
    }

    /// Asks the run to stop with what it has.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether the search has begun: then there is, or soon will be, a plan.
    pub fn searches(&self) -> bool {
        self.phase.load(Ordering::Relaxed) != u8::MAX
    }

    /// Whether a call that is stopped now has an answer: a migration always has, the batches so far, and so has a batch its rows.
    pub fn answers(&self) -> bool {
        matches!(self.counts, Counts::Moves | Counts::Fleets(_)) || self.searches()
    }

    /// What is said of a call that is asked to stop.
    pub fn stopping(&self) -> &'static str {
        match self.counts {
            Counts::Moves | Counts::Limits => "stopping with what was found so far; once more to give up",
            Counts::Clusters => "stopping with the best plan so far; once more to give up",
            Counts::Fleets(_) => "stopping with the rows so far; once more to give up",
        }
    }

    /// One line: `12 clusters, at least 11 (column generation)`.
    pub fn line(&self) -> String {
        let phase = PHASES.get(usize::from(self.phase.load(Ordering::Relaxed))).map_or("starting", |row| row.1);
        let bound = self.bound.load(Ordering::Relaxed);
        let stopping = if self.cancelled() { ", stopping" } else { "" };
        let number = self.run.load(Ordering::Relaxed);
        let run = match number {
            1 => String::new(),
            run => format!("run {run}: "),
        };
        if let Counts::Fleets(all) = self.counts {
            return format!("{number} of {all} fleets planned{stopping}");
        }
        match self.plan.load(Ordering::Relaxed) {
            UNKNOWN if self.counts == Counts::Moves => format!("ordering the moves{stopping}"),
            left if self.counts == Counts::Moves => format!("{left} still to move ({phase}{stopping})"),
            UNKNOWN if self.counts == Counts::Limits && number > 1 => format!("{run}searching{stopping}"),
            most if self.counts == Counts::Limits && number > 1 => {
                format!("{run}the fewest moves with at most {most} clusters{stopping}")
            }
            UNKNOWN => format!("{run}no plan yet, at least {} ({phase}{stopping})", self.value(bound).1),
            plan => {
                let (before, value, behind) = self.value(plan);
                format!("{run}{before}{value}{behind}, at least {} ({phase}{stopping})", self.value(bound).1)
            }
        }
    }
}

/// A cost in whole units, which it is counted in thousandths of.
fn thousandths(cost: u64) -> String {
    let text = format!("{}.{:03}", cost / 1000, cost % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A line on the terminal that changes; nothing where standard error is not a terminal.
pub(super) struct Line {
    bar: ProgressBar,
}

impl Line {
    pub fn new() -> Self {
        let visible = std::io::stderr().is_terminal();
        let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let template = if plain { "{spinner} {elapsed:>4}  {msg}" } else { "{spinner:.green} {elapsed:>4}  {msg}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// Shows where the run is.
    pub fn show(&self, progress: &Progress) {
        self.bar.set_message(progress.line());
        self.bar.tick();
    }

    /// Says something above the line, and on standard error that is no terminal.
    pub fn say(&self, text: &str) {
        self.bar.suspend(|| super::tell(&format!("{text}\n")));
    }

    /// How long to wait between two looks.
    pub fn pause(&self) -> Duration {
        Duration::from_millis(100)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_the_best_of_what_it_heard() {
        let progress = Progress::default();
        assert_eq!(progress.line(), "no plan yet, at least 0 (starting)");
        for event in
            [Event::Plan { bins: 9 }, Event::Bound { bins: 4 }, Event::Bound { bins: 3 }, Event::Plan { bins: 12 }]
        {
            progress.event(event);
        }
        assert!(!progress.searches() && !progress.answers() && Progress::of_moves().answers());
        progress.event(Event::Phase(Phase::Dive));
        assert!(progress.searches() && progress.answers());
        progress.event(Event::Run { number: 2 });
        progress.event(Event::Plan { bins: 12 });
        assert_eq!(progress.line(), "run 2: 12 clusters, at least 0 (diving)");
        let cost = Objective::Cost;
        progress.event(Event::LevelPlan { level: cost, value: 1_573_250 });
        progress.event(Event::LevelBound { level: cost, value: 980_000 });
        assert_eq!(progress.line(), "run 2: cost 1573.25, at least 980 (diving)");
        progress.event(Event::Run { number: 3 });
        progress.cancel();
        assert_eq!(progress.line(), "run 3: no plan yet, at least 0 (diving, stopping)");
    }
}
