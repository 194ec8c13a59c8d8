//! Ctrl-C (and the signals that end a program politely), as messages.

use std::sync::mpsc::Sender;
use std::sync::{Mutex, Once, PoisonError};

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
