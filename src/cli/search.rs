//! A long call on a thread of its own, so that this one can listen to the user.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;

use crate::error::{Error, Result};

use super::exit::Exit;
use super::input::Input;
use super::interrupt::{self, Signal};
use super::load::failure;
use super::output::OutputArgs;
use super::progress::{Line, Progress};
use super::tell;
use super::{Failure, Outcome};

/// What is said of a call that was stopped while its fleet was read or its problem made.
pub(super) const STOPPED_EARLY: &str = "stopped before a plan was found; nothing was written\n";

/// How a search ended.
pub(super) enum Ended<T> {
    /// With an answer; and the signal that cut it short, if one did.
    Answered(Box<Result<T>>, Option<Signal>),
    /// By a signal before it had begun.
    Early(Signal),
    /// By a second one: nobody waits for it any more.
    Abandoned(Signal),
}

impl<T> Ended<T> {
    /// The answer, and the signal that cut it short; or how the program ends without one, which has been said.
    pub fn answer(self) -> std::result::Result<(Result<T>, Option<Signal>), Exit> {
        match self {
            Self::Answered(result, interrupted) => Ok((*result, interrupted)),
            Self::Abandoned(signal) => {
                tell("given up\n");
                Err(signal.into())
            }
            Self::Early(signal) => {
                tell(STOPPED_EARLY);
                Err(signal.into())
            }
        }
    }
}

impl<T> Ended<T> {
    /// Writes the answer to the fleet that `input` is, and says how the program ends.
    pub fn write(
        self,
        input: &Input,
        output: &OutputArgs,
        exit: impl FnOnce(&T) -> Exit,
        text: impl FnOnce(&T) -> Result<String>,
    ) -> Outcome {
        self.write_or(|error| failure(error, input), output, exit, text)
    }

    /// The same of a call that is about several inputs, or none.
    pub fn write_or(
        self,
        failed: impl FnOnce(Error) -> Failure,
        output: &OutputArgs,
        exit: impl FnOnce(&T) -> Exit,
        text: impl FnOnce(&T) -> Result<String>,
    ) -> Outcome {
        let (answer, interrupted) = match self.answer() {
            Ok((result, interrupted)) => (result.map_err(failed)?, interrupted),
            Err(exit) => return Ok(exit),
        };
        let exit = interrupted.map_or_else(|| exit(&answer), Into::into);
        if !interrupt::may_write() {
            return Ok(exit); // stopped since: nobody waits for it any more
        }
        output.write(&text(&answer)?)?;
        Ok(exit)
    }
}

enum Message<T> {
    Signal(Signal),
    Done(Box<Result<T>>),
}

/// Searches while progress is shown; the first signal asks it to stop with what there is.
pub(super) fn search<T: Send + 'static>(
    progress: Progress,
    call: impl FnOnce(&Progress) -> Result<T> + Send + 'static,
) -> Ended<T> {
    let progress = Arc::new(progress);
    let (sender, receiver) = channel();
    let _listening = interrupt::listen(sender.clone(), Message::Signal);
    let work = {
        let progress = Arc::clone(&progress);
        move || {
            let answer = catch_unwind(AssertUnwindSafe(|| call(&progress)));
            let answer = answer.unwrap_or_else(|_| Err(Error::Internal("the search panicked".to_owned())));
            // the other side has given up: nobody wants the answer
            let _ = sender.send(Message::Done(Box::new(answer)));
        }
    };
    if let Err(error) = thread::Builder::new().name("search".to_owned()).spawn(work) {
        return Ended::Answered(Box::new(Err(Error::Internal(format!("no thread: {error}")))), None);
    }
    let line = Line::new();
    let mut interrupted = None;
    loop {
        match receiver.recv_timeout(line.pause()) {
            Ok(Message::Done(result)) => return Ended::Answered(result, interrupted),
            Ok(Message::Signal(signal)) if interrupted.is_some() => return Ended::Abandoned(signal),
            Ok(Message::Signal(signal)) => {
                progress.cancel();
                if !progress.answers() {
                    return Ended::Early(signal);
                }
                interrupted = Some(signal);
                line.say(progress.stopping());
            }
            Err(RecvTimeoutError::Timeout) => line.show(&progress),
            Err(RecvTimeoutError::Disconnected) => {
                return Ended::Answered(Box::new(Err(Error::Internal("the search is gone".to_owned()))), interrupted);
            }
        }
    }
}
