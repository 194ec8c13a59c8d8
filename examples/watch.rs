//! A watch of one's own: tells what happens, and stops the search as soon as the plan is good enough:
//! `watch FLEET.yaml GAP`, the gap in clusters.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tenantry::engine::{Event, Watch};
use tenantry::{Fleet, Plan, PlanOptions, Result};

/// Content with a plan that is so near to the bound. Events come from several threads.
pub struct GoodEnough {
    gap: u64,
    best: AtomicU64,
    bound: AtomicU64,
    began: Instant,
    told: Mutex<Vec<String>>,
}

impl GoodEnough {
    /// Within so many clusters of the bound.
    pub fn within(gap: u64) -> Self {
        let (best, bound) = (AtomicU64::new(u64::MAX), AtomicU64::new(0));
        Self { gap, best, bound, began: Instant::now(), told: Mutex::default() }
    }

    /// What happened, a line each.
    pub fn told(self) -> Vec<String> {
        self.told.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Watch for GoodEnough {
    fn event(&self, event: Event) {
        let what = match event {
            Event::Phase(phase) => format!("{phase:?}"),
            Event::Plan { bins } => {
                self.best.fetch_min(bins, Ordering::Relaxed);
                format!("a plan of {bins} clusters")
            }
            Event::Bound { bins } => {
                self.bound.fetch_max(bins, Ordering::Relaxed);
                format!("no plan has fewer than {bins}")
            }
            // the comparisons beside the plan are problems of their own
            Event::Run { number } => format!("run {number}"),
            _ => return,
        };
        if let Ok(mut told) = self.told.lock() {
            told.push(format!("{:>8.3} s  {what}", self.began.elapsed().as_secs_f64()));
        }
    }

    fn cancelled(&self) -> bool {
        let (best, bound) = (self.best.load(Ordering::Relaxed), self.bound.load(Ordering::Relaxed));
        best != u64::MAX && best.saturating_sub(bound) <= self.gap
    }
}

/// The plan of a document, as soon as it is within so many clusters of the bound, and what happened until then.
///
/// # Errors
/// Everything that is wrong with the document.
pub fn watched(text: &str, gap: u64) -> Result<(Plan, Vec<String>)> {
    let watch = GoodEnough::within(gap);
    let plan = tenantry::plan(&Fleet::from_yaml(text)?, &PlanOptions::default(), &watch)?;
    Ok((plan, watch.told()))
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), Some(Ok(gap))) = (arguments.next(), arguments.next().map(|gap| gap.parse())) else {
        eprintln!("usage: watch FLEET.yaml GAP");
        return ExitCode::from(2);
    };
    let answer = std::fs::read_to_string(&path).map_err(|error| error.to_string());
    match answer.and_then(|text| watched(&text, gap).map_err(|error| error.to_string())) {
        Ok((plan, told)) => {
            told.iter().for_each(|line| println!("{line}"));
            let (clusters, gap) = (plan.summary.clusters, plan.summary.gap);
            println!("{:?}: clusters {clusters:?}, gap {gap:?}, stopped by {:?}", plan.status, plan.stopped);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::from(2)
        }
    }
}
