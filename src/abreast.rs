//! Two pieces of work side by side. The thread is made for its work and ends with it: nothing is left behind in a process
//! that forks, as a pool of threads would be.

use std::panic::resume_unwind;
use std::thread;

/// From this many rows on, a piece of work is worth a thread of its own.
pub(crate) const MANY: usize = 50_000;

/// What both give. `there` runs on another thread where that is `worth` it and there is a second core, and behind `here`
/// otherwise.
///
/// # Panics
///
/// One of them does.
pub(crate) fn abreast<A, B: Send>(worth: bool, here: impl FnOnce() -> A, there: impl Fn() -> B + Sync) -> (A, B) {
    if !worth || thread::available_parallelism().map_or(1, usize::from) < 2 {
        return (here(), there());
    }
    thread::scope(|scope| {
        let running = thread::Builder::new().name("tenantry".to_owned()).spawn_scoped(scope, &there);
        let first = here();
        let second = match running {
            Ok(running) => running.join().unwrap_or_else(|panic| resume_unwind(panic)),
            // no thread could be had
            Err(_) => there(),
        };
        (first, second)
    })
}

/// What comes of the two halves of a list.
pub(crate) fn halves<T: Sync, R: Send>(worth: bool, list: &[T], each: impl Fn(&[T]) -> R + Sync) -> (R, R) {
    let (first, second) = list.split_at(list.len() / 2);
    abreast(worth, || each(first), || each(second))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::catch_unwind;

    #[test]
    fn both_are_done_wherever_they_run() {
        for worth in [false, true] {
            let text = String::from("there");
            assert_eq!(abreast(worth, || 1, || text.len()), (1, 5));
        }
    }

    #[test]
    fn halves_are_the_whole() {
        for length in 0..4 {
            let list: Vec<usize> = (0..length).collect();
            let (first, second) = halves(true, &list, <[usize]>::to_vec);
            assert_eq!([first, second].concat(), list);
        }
    }

    #[test]
    fn a_panic_of_either_is_seen() {
        for worth in [false, true] {
            assert!(catch_unwind(|| abreast(worth, || (), || panic!("there"))).is_err());
            assert!(catch_unwind(|| abreast(worth, || panic!("here"), || ())).is_err());
        }
    }
}
