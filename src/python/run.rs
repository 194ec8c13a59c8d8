//! The one place that leaves the interpreter: releases its lock, looks for Ctrl-C, and turns panics into exceptions.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use super::error::{internal, to_python};
use crate::budget::Watch;
use crate::error::Result;

/// How often a long call looks for signals.
const POLL: Duration = Duration::from_millis(50);

/// A switch that Ctrl-C throws.
#[derive(Default)]
pub(super) struct Switch(AtomicBool);

impl Watch for Switch {
    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
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

/// Runs a call that cannot be asked to stop on a thread of its own, while this one looks for signals. After Ctrl-C the
/// call goes on unseen, and what it gives is dropped.
pub(super) fn apart<T: Send + 'static>(
    py: Python<'_>,
    call: impl FnOnce() -> Result<T> + Send + 'static,
) -> PyResult<T> {
    let (sender, mut receiver) = channel();
    std::thread::Builder::new().name("tenantry".into()).spawn(move || {
        // nobody may be waiting any more
        let _ = sender.send(catch_unwind(AssertUnwindSafe(call)));
    })?;
    loop {
        // the receiver goes along and comes back: it may not be shared between threads
        let (received, back) = py.detach(move || (receiver.recv_timeout(POLL), receiver));
        receiver = back;
        match received {
            Ok(Ok(result)) => return result.map_err(|error| to_python(py, error)),
            Ok(Err(panic)) => return Err(internal(py, &text(&*panic))),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => return Err(internal(py, "the reading thread is gone")),
        }
    }
}

/// Runs a long call on a thread of its own while this one looks for signals. After Ctrl-C the call is asked to stop;
/// the result comes with `true`.
pub(super) fn long<T: Send>(
    py: Python<'_>,
    call: impl FnOnce(&Switch) -> Result<T> + Send,
) -> PyResult<(PyResult<T>, bool)> {
    let switch = Switch::default();
    std::thread::scope(|scope| {
        let (sender, mut receiver) = channel();
        let switch = &switch;
        let builder = std::thread::Builder::new().name("tenantry".into());
        builder.spawn_scoped(scope, move || {
            // the receiver outlives this thread: it is dropped at the end of the scope's closure at the earliest
            let _ = sender.send(catch_unwind(AssertUnwindSafe(|| call(switch))));
        })?;
        let mut signalled = None;
        loop {
            // the receiver goes along and comes back: it may not be shared between threads
            let (received, back) = py.detach(move || (receiver.recv_timeout(POLL), receiver));
            receiver = back;
            match received {
                Ok(Ok(result)) => {
                    // a handler that raised something else than KeyboardInterrupt has the last word
                    if let Some(error) = signalled
                        .filter(|error: &PyErr| !error.is_instance_of::<pyo3::exceptions::PyKeyboardInterrupt>(py))
                    {
                        return Err(error);
                    }
                    let interrupted = switch.cancelled();
                    return Ok((result.map_err(|error| to_python(py, error)), interrupted));
                }
                Ok(Err(panic)) => return Err(internal(py, &text(&*panic))),
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(error) = py.check_signals() {
                        switch.0.store(true, Ordering::Relaxed);
                        signalled.get_or_insert(error);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Err(internal(py, "the planning thread is gone")),
            }
        }
    })
}

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without a message".into())
}
