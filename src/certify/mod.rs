//! Why anybody should believe a bound: the certificate and its independent checker.

mod certificate;

pub use certificate::{Certificate, Claim, Component, Level, Node};
