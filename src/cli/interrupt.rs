//! Ctrl-C and the other signals that end a program politely: at any moment of a call they end it, and the call says so.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::thread;

use super::exit::Exit;

/// What asks a program to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// SIGINT: Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP: the terminal is gone.
    Hangup,
}

impl From<Signal> for Exit {
    fn from(signal: Signal) -> Self {
        match signal {
            Signal::Interrupt => Exit::Interrupted,
            Signal::Terminate => Exit::Terminated,
            Signal::Hangup => Exit::HungUp,
        }
    }
}

type Listener = Box<dyn Fn(Signal) + Send>;

/// Who listens: the last one hears.
static LISTENERS: Mutex<Vec<(u64, Listener)>> = Mutex::new(Vec::new());
static INSTALL: Once = Once::new();
static NEXT: AtomicU64 = AtomicU64::new(0);

fn listeners() -> MutexGuard<'static, Vec<(u64, Listener)>> {
    LISTENERS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn heard(signal: Signal) {
    if let Some((_, listener)) = listeners().last() {
        listener(signal);
    }
}

/// As long as this is there, signals are sent; then to whoever listened before.
pub(super) struct Listening(u64);

impl Drop for Listening {
    fn drop(&mut self) {
        listeners().retain(|(number, _)| *number != self.0);
    }
}

/// Sends a `message` at every signal from now on. Where the system refuses a handler, a signal ends the process as it does
/// by default.
pub(super) fn listen<T: Send + 'static>(
    sender: Sender<T>,
    message: impl Fn(Signal) -> T + Send + 'static,
) -> Listening {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let listener = move |signal| {
        // nobody waits any more: the work is done
        let _ = sender.send(message(signal));
    };
    listeners().push((number, Box::new(listener)));
    INSTALL.call_once(install);
    Listening(number)
}

#[cfg(unix)]
fn install() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else { return };
    let hear = move || {
        for signal in signals.forever() {
            heard(match signal {
                SIGTERM => Signal::Terminate,
                SIGHUP => Signal::Hangup,
                _ => Signal::Interrupt,
            });
        }
    };
    // without a thread they go unheard, as where the system refuses the handler
    let _ = thread::Builder::new().name("signals".to_owned()).spawn(hear);
}

#[cfg(not(unix))]
fn install() {
    let _ = ctrlc::set_handler(|| heard(Signal::Interrupt));
}

/// How far a call has come.
#[derive(Debug, Default)]
struct Stage(AtomicU8);

impl Stage {
    const WORKING: u8 = 0;
    const WRITING: u8 = 1;
    const STOPPED: u8 = 2;

    /// Whether the call was still at `WORKING`; it is at `next` then.
    fn leave(&self, next: u8) -> bool {
        self.0.compare_exchange(Self::WORKING, next, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

thread_local! {
    /// The stage of the call that this thread works for.
    static STAGE: RefCell<Option<Arc<Stage>>> = const { RefCell::new(None) };
}

/// Says that the answer is there and is written from now on. False: the call was stopped before, and has been told so;
/// nothing may be written any more.
pub(super) fn may_write() -> bool {
    STAGE.with_borrow(|stage| {
        let Some(stage) = stage else { return true };
        stage.leave(Stage::WRITING) || stage.0.load(Ordering::Acquire) == Stage::WRITING
    })
}

/// A call that a signal stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stopped {
    pub signal: Signal,
    /// The answer was being written.
    pub writing: bool,
}

/// The stack of the thread that a call works on: what the main thread of a program usually has.
const STACK: usize = 8 << 20;

/// Does the work of a call on a thread of its own, whatever it waits for. A signal that nobody else listens to ends the
/// call: nobody waits for the work any more, and what has not begun to write never will.
pub(super) fn until_stopped<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Stopped> {
    let stage = Arc::new(Stage::default());
    let (sender, receiver) = channel();
    let (hand, take) = channel::<Box<dyn FnOnce() -> T + Send>>();
    let _listening = listen(sender.clone(), Err);
    let theirs = Arc::clone(&stage);
    let run = move || {
        STAGE.set(Some(theirs));
        if let Ok(work) = take.recv() {
            // the other side may have given up: then nobody wants the answer
            let _ = sender.send(Ok(catch_unwind(AssertUnwindSafe(work))));
        }
    };
    let work = Box::new(work);
    if thread::Builder::new().name("work".to_owned()).stack_size(STACK).spawn(run).is_err() {
        return Ok(work()); // without a thread it is done all the same
    }
    // the thread waits for it
    let _ = hand.send(work);
    match receiver.recv() {
        Ok(Ok(done)) => Ok(done.unwrap_or_else(|panic| resume_unwind(panic))),
        Ok(Err(signal)) => Err(Stopped { signal, writing: !stage.leave(Stage::STOPPED) }),
        // the thread sends what it did, or what it died of
        Err(_) => unreachable!("the working thread is gone without a word"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who listens is known to the whole process: one test at a time.
    static ALONE: Mutex<()> = Mutex::new(());

    fn alone() -> MutexGuard<'static, ()> {
        ALONE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[test]
    fn the_last_listener_hears_and_the_one_before_it_later() {
        let _alone = alone();
        let (sender, receiver) = channel();
        let first = listen(sender.clone(), |signal| (1, signal));
        let second = listen(sender, |signal| (2, signal));
        heard(Signal::Terminate);
        drop(second);
        heard(Signal::Hangup);
        drop(first);
        heard(Signal::Interrupt);
        assert_eq!(receiver.iter().collect::<Vec<_>>(), [(2, Signal::Terminate), (1, Signal::Hangup)]);
    }

    #[test]
    fn what_was_stopped_never_writes() {
        let _alone = alone();
        assert!(may_write());
        let (stage, begun) = (Stage::default(), Stage::default());
        assert!(stage.leave(Stage::STOPPED) && !stage.leave(Stage::WRITING));
        assert!(begun.leave(Stage::WRITING) && !begun.leave(Stage::STOPPED));
        assert_eq!(until_stopped(|| (may_write(), may_write())), Ok((true, true)));
    }
}
