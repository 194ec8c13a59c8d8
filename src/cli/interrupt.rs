//! Ctrl-C (and the signals that end a program politely), as messages.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, Once, PoisonError};
use std::thread;

static LISTENER: Mutex<Option<Box<dyn Fn() + Send>>> = Mutex::new(None);
static INSTALL: Once = Once::new();

/// Sends a `message` at every interrupt from now on. Where the system refuses a handler, an interrupt ends the process as
/// it does by default.
pub(super) fn listen<T: Send + 'static>(sender: Sender<T>, message: impl Fn() -> T + Send + 'static) {
    let listener = move || {
        // nobody waits any more: the work is done
        let _ = sender.send(message());
    };
    *LISTENER.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(listener));
    INSTALL.call_once(|| {
        let _ = ctrlc::set_handler(|| {
            if let Some(listener) = &*LISTENER.lock().unwrap_or_else(PoisonError::into_inner) {
                listener();
            }
        });
    });
}

/// Does some work that an interrupt cannot reach, such as a write that blocks, on a thread of its own. `None`: an interrupt
/// came first, and nobody waits for the work any more.
pub(super) fn unless_interrupted<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (sender, receiver) = channel();
    let (hand, take) = channel();
    listen(sender.clone(), || None);
    let run = move || {
        if let Ok(work) = take.recv() {
            // the other side may have given up: then nobody wants the answer
            let _ = sender.send(Some(catch_unwind(AssertUnwindSafe(work))));
        }
    };
    if thread::Builder::new().name("write".to_owned()).spawn(run).is_err() {
        return Some(work()); // without a thread it is done all the same
    }
    // the thread waits for it
    let _ = hand.send(work);
    receiver.recv().ok().flatten().map(|done| done.unwrap_or_else(|panic| resume_unwind(panic)))
}
