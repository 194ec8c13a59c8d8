//! What the program's exit code says.

use crate::error::Error;

/// The exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// An answer: a plan (with a gap or not), a legal plan, a document.
    Success = 0,
    /// A definite no: no plan exists, the plan checked is not legal, an audit found violations, there is no place.
    No = 1,
    /// The input or the command line is wrong.
    Usage = 2,
    /// No answer within the limits, or a proof that was required is not there.
    Unknown = 3,
    /// A defect of tenantry.
    Internal = 4,
    /// The terminal went away (SIGHUP).
    HungUp = 129,
    /// Interrupted (Ctrl-C, SIGINT). The best plan so far is written; before there is one, nothing is, and a line says so.
    Interrupted = 130,
    /// Asked to end (SIGTERM); otherwise the same.
    Terminated = 143,
}

impl Exit {
    /// The code for an error.
    #[must_use]
    pub fn of(error: &Error) -> Self {
        match error {
            Error::Internal(_) => Exit::Internal,
            Error::Fleet(_) | Error::Usage(_) | Error::Io { .. } | Error::PlanDocument(_) => Exit::Usage,
        }
    }
}
