//! Components sent to whoever works elsewhere, and what comes back.

use std::ops::Range;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use super::effort::away as effort;
use super::job::{Sheet, answer, job};
use super::part::Part;
use super::task::Task;
use crate::budget::{Budget, Lost, Options, Reply, Stop, Workers};

/// How often whoever waits looks at the clock and the cancel switch.
const POLL: Duration = Duration::from_millis(20);

/// A component with what it may take, and what it took, once that is known.
pub(super) struct Errand<'p, 'b> {
    pub part: &'p mut Part,
    pub budget: Budget<'b>,
    pub spent: Option<u64>,
}

/// Sends these components out for a step, several together where they are small, and takes in what comes back. Where `spent` is `None`
/// afterwards, nothing came back that could be believed, and nothing has changed.
pub(super) fn send(workers: &dyn Workers, task: Task, options: &Options, errands: &mut [Errand]) {
    let batches = batches(errands, workers.at_once());
    let (sender, replies) = channel();
    let (mut next, mut open) = (0, vec![false; batches.len()]);
    loop {
        let flying = open.iter().filter(|&&open| open).count();
        if next < batches.len() && flying < room(workers, errands) {
            let sheets = errands[batches[next].clone()].iter().map(|it| Sheet::of(it.part, it.budget.left())).collect();
            match job(task, options, time(&errands[batches[next].start].budget), sheets) {
                Ok(bytes) => {
                    open[next] = true;
                    workers.take(bytes, Reply::new(next, sender.clone()));
                }
                Err(why) => workers.lost(&why),
            }
            next += 1;
            continue;
        }
        let Some(waits) = open.iter().position(|&open| open) else { break };
        match replies.recv_timeout(POLL) {
            Ok((number, bytes)) => {
                open[number] = false;
                if let Err(why) = receive(bytes, &mut errands[batches[number].clone()]) {
                    workers.lost(&why);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            // a sender is kept here
            Err(RecvTimeoutError::Disconnected) => break,
        }
        match errands[batches[waits].start].budget.look() {
            Err(Stop::Time) if open[waits] => {
                workers.lost(&Lost::Late);
                break;
            }
            Err(_) => break,
            Ok(()) => {}
        }
    }
}

/// How many jobs may be out at the same time: one more for each worker, so that none waits for the next, but under a clock, where a job's
/// time would go by while it waits.
fn room(workers: &dyn Workers, errands: &[Errand]) -> usize {
    let under_a_clock = errands.first().is_some_and(|it| it.budget.time_left().is_some());
    workers.at_once().saturating_mul(if under_a_clock { 1 } else { 2 })
}

/// Neighbours, as many as are worth a job, and so that there are several jobs a worker.
fn batches(errands: &[Errand], workers: usize) -> Vec<Range<usize>> {
    let most = errands.len().div_ceil(workers.saturating_mul(effort::JOBS_A_WORKER).max(1));
    let mut all: Vec<Range<usize>> = Vec::new();
    let mut weight = 0;
    for (at, errand) in errands.iter().enumerate() {
        let own = errand.part.weight().saturating_pow(2);
        match all.last_mut().filter(|last| last.len() < most && weight + own <= effort::WEIGHT) {
            Some(last) => (last.end, weight) = (at + 1, weight + own),
            None => {
                all.push(at..at + 1);
                weight = own;
            }
        }
    }
    all
}

/// The time for a job: what is left, but for what its way back takes.
fn time(budget: &Budget) -> Option<Duration> {
    budget.time_left().map(|left| left.saturating_sub((left / effort::WAY_BACK).min(Duration::from_secs(1))))
}

fn receive(bytes: Option<Vec<u8>>, errands: &mut [Errand]) -> Result<(), Lost> {
    let sheets = answer(&bytes.ok_or(Lost::Gone)?, errands.len())?;
    let mut all = Ok(());
    for (sheet, errand) in sheets.into_iter().zip(errands) {
        let spent = sheet.work();
        match sheet.learned_by(errand.part) {
            Ok(()) => errand.spent = Some(spent),
            Err(why) => all = Err(Lost::Wrong(why)),
        }
    }
    all
}
