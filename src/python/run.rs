//! The one place that leaves the interpreter: releases its lock, looks for Ctrl-C, and turns panics into exceptions.

use std::any::Any;
use std::mem::{Discriminant, discriminant, take};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use super::error::{internal, to_python};
use crate::budget::{Event, Objective, Watch};
use crate::cli::progress::words;
use crate::error::Result;

/// How often a long call looks for signals.
const POLL: Duration = Duration::from_millis(50);

/// How long somebody may take over what has happened since the last look.
const PATIENCE: Duration = Duration::from_secs(1);

/// A switch that Ctrl-C throws, and what the run tells meanwhile.
#[derive(Default)]
pub(super) struct Switch {
    thrown: AtomicBool,
    /// The search has begun: there is, or soon will be, an answer.
    searches: AtomicBool,
    /// What happened and when, where somebody listens.
    told: Option<Mutex<Vec<(Instant, Event)>>>,
}

/// Who is told what happens: a function of Python that takes the seconds since the call, a kind, a number of clusters or
/// of a run, the words of a phase, and the level that a number is of where that is not clusters: a cost is in thousandths.
pub(super) struct Listener<'py> {
    pub hears: Bound<'py, PyAny>,
    pub since: Instant,
}

/// What of several events only the last is of use of.
fn kind(event: &Event) -> (Discriminant<Event>, Option<Objective>) {
    let level = match event {
        Event::LevelPlan { level, .. } | Event::LevelBound { level, .. } => Some(*level),
        _ => None,
    };
    (discriminant(event), level)
}

/// What a level is called, where a number is not of clusters.
fn name(level: Objective) -> Option<&'static str> {
    match level {
        Objective::Clusters => None,
        Objective::Cost => Some("cost"),
        Objective::Moves => Some("moves"),
    }
}

impl Listener<'_> {
    /// Tells what has happened. Who takes too long over it is told no more than the last of each kind: the call waits for them.
    fn tell(&self, told: Vec<(Instant, Event)>) -> PyResult<()> {
        let began = Instant::now();
        for (index, &(at, event)) in told.iter().enumerate() {
            if began.elapsed() > PATIENCE && told[index + 1..].iter().any(|(_, later)| kind(later) == kind(&event)) {
                continue;
            }
            let (kind, number, phase, level) = match event {
                Event::Phase(phase) => ("phase", None, Some(words(phase)), None),
                Event::Plan { bins } => ("plan", Some(bins), None, None),
                Event::Bound { bins } => ("bound", Some(bins), None, None),
                Event::LevelPlan { level, value } => ("plan", Some(value), None, name(level)),
                Event::LevelBound { level, value } => ("bound", Some(value), None, name(level)),
                Event::Run { number } => ("run", Some(number), None, None),
                _ => continue, // there is no word for it
            };
            self.hears.call1((at.duration_since(self.since).as_secs_f64(), kind, number, phase, level))?;
        }
        Ok(())
    }
}

impl Watch for Switch {
    fn event(&self, event: Event) {
        if let Event::Phase(_) = event {
            self.searches.store(true, Ordering::Relaxed);
        }
        if let Some(told) = &self.told {
            told.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), event));
        }
    }

    fn cancelled(&self) -> bool {
        self.thrown.load(Ordering::Relaxed)
    }
}

/// When a call began, by `time.monotonic()` of the interpreter: a limit counts from there, what went before the engine
/// included.
pub(super) fn began(py: Python<'_>, began: f64) -> PyResult<Instant> {
    let entered = Instant::now();
    let now: f64 = py.import("time")?.call_method0("monotonic")?.extract()?;
    let spent = Duration::try_from_secs_f64(now - began).unwrap_or_default();
    Ok(entered.checked_sub(spent).unwrap_or(entered))
}

/// Runs a short call without the interpreter's lock.
pub(super) fn short<T: Send>(py: Python<'_>, call: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
    match py.detach(|| catch_unwind(AssertUnwindSafe(call))) {
        Ok(result) => result.map_err(|error| to_python(py, error)),
        Err(panic) => Err(internal(py, &text(&*panic))),
    }
}

/// Frees what is large on a thread of its own: nobody waits for a million rows to be given back.
pub(super) fn free<T: Send + 'static>(large: T) {
    // where no thread can be had it is freed here
    let _ = thread::Builder::new().name("tenantry".into()).spawn(move || drop(large));
}

/// The same of what is shared, where the handle that is about to go was the last.
pub(super) fn free_last<T: Send + Sync + 'static>(large: &Arc<T>) {
    struct Last<T>(Arc<T>);
    impl<T> Drop for Last<T> {
        fn drop(&mut self) {
            // the handle goes when this thread has hardly begun; whoever else holds it frees it in the end
            (0..50)
                .take_while(|_| Arc::strong_count(&self.0) > 1)
                .for_each(|_| thread::sleep(Duration::from_millis(1)));
        }
    }
    free(Last(Arc::clone(large)));
}

/// What a call gives, or what it died of.
type Given<T> = thread::Result<Result<T>>;

/// A call on a thread of its own.
struct Running<T> {
    /// Always there: it goes along where the lock is released, and comes back. It may not be shared between threads.
    receiver: Option<Receiver<Given<T>>>,
}

impl<T: Send + 'static> Running<T> {
    fn start(call: impl FnOnce() -> Result<T> + Send + 'static) -> PyResult<Self> {
        let (sender, receiver) = channel();
        thread::Builder::new().name("tenantry".into()).spawn(move || {
            // nobody may be waiting any more
            let _ = sender.send(catch_unwind(AssertUnwindSafe(call)));
        })?;
        Ok(Self { receiver: Some(receiver) })
    }

    /// Waits a moment; `None`: it goes on, and this is the time to look for signals.
    fn wait(&mut self, py: Python<'_>) -> PyResult<Option<PyResult<T>>> {
        let Some(receiver) = self.receiver.take() else { return Err(internal(py, "nobody is waited for")) };
        let (received, back) = py.detach(move || (receiver.recv_timeout(POLL), receiver));
        self.receiver = Some(back);
        match received {
            Ok(Ok(result)) => Ok(Some(result.map_err(|error| to_python(py, error)))),
            Ok(Err(panic)) => Err(internal(py, &text(&*panic))),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(internal(py, "the working thread is gone")),
        }
    }
}

/// Runs a call that cannot be asked to stop on a thread of its own, while this one looks for signals. After Ctrl-C the
/// call goes on unseen, and what it gives is dropped.
pub(super) fn apart<T: Send + 'static>(
    py: Python<'_>,
    call: impl FnOnce() -> Result<T> + Send + 'static,
) -> PyResult<T> {
    let mut running = Running::start(call)?;
    loop {
        if let Some(result) = running.wait(py)? {
            return result;
        }
        py.check_signals()?;
    }
}

/// Runs a long call on a thread of its own while this one looks for signals. After Ctrl-C the call is asked to stop: the
/// result of one that searches comes with `true`; one that has not begun to search has none yet, and ends unseen.
pub(super) fn long<T: Send + 'static>(
    py: Python<'_>,
    call: impl FnOnce(&Switch) -> Result<T> + Send + 'static,
) -> PyResult<(PyResult<T>, bool)> {
    heard(py, None, call)
}

/// The same with somebody who is told what happens, on this thread. What that raises stops the call, too, and is raised.
pub(super) fn heard<T: Send + 'static>(
    py: Python<'_>,
    listener: Option<&Listener<'_>>,
    call: impl FnOnce(&Switch) -> Result<T> + Send + 'static,
) -> PyResult<(PyResult<T>, bool)> {
    let switch = Arc::new(Switch { told: listener.map(|_| Mutex::default()), ..Switch::default() });
    let theirs = Arc::clone(&switch);
    let mut running = Running::start(move || call(&theirs))?;
    let mut signalled = None;
    loop {
        let ended = running.wait(py)?;
        if let (Some(listener), Some(told), None) = (listener, &switch.told, &signalled) {
            let told = take(&mut *told.lock().unwrap_or_else(PoisonError::into_inner));
            if let Err(error) = listener.tell(told) {
                switch.thrown.store(true, Ordering::Relaxed);
                if ended.is_some() || !switch.searches.load(Ordering::Relaxed) {
                    return Err(error);
                }
                signalled = Some(error);
            }
        }
        if let Some(result) = ended {
            // a handler that raised something else than KeyboardInterrupt has the last word
            if let Some(error) =
                signalled.filter(|error: &PyErr| !error.is_instance_of::<pyo3::exceptions::PyKeyboardInterrupt>(py))
            {
                return Err(error);
            }
            return Ok((result, switch.cancelled()));
        }
        if let Err(error) = py.check_signals() {
            switch.thrown.store(true, Ordering::Relaxed);
            if !switch.searches.load(Ordering::Relaxed) {
                return Err(error);
            }
            signalled.get_or_insert(error);
        }
    }
}

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without a message".into())
}
