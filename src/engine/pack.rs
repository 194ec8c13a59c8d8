//! A problem solved and the certificate of its answer checked, both under the same limits: what the planner does for a fleet, for
//! users of the engine alone too.

mod clock;
mod proofs;

use crate::budget::{Objective, Options, Proof, Watch};
use crate::problem::Problem;
use crate::solve::{Answer, Unsupported, solve};
pub use clock::Clock;
pub use proofs::proofs;

/// Why a problem is not packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// It asks for what [`solve`](crate::solve()) cannot do.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    /// The check refutes the certificate of the answer: a defect of the engine, and no answer.
    #[error("the certificate is refuted at {place}: {why}")]
    Refuted {
        /// Where in the certificate.
        place: String,
        /// What is wrong.
        why: String,
    },
}

/// Packs a problem and checks the certificate of the answer, all of it within `options.time_limit` where there is one.
/// Without one the check has a finite limit of work.
///
/// # Errors
/// [`PackError`]: the problem asks for what the engine cannot do, or a defect was found.
pub fn pack(
    problem: &Problem,
    objective: &[Objective],
    options: &Options,
    watch: &dyn Watch,
) -> Result<(Answer, Proof), PackError> {
    let mut clock = Clock::start(options, None);
    let answer = solve(problem, objective, &clock.main(options, problem, 0), watch)?;
    let proofs = proofs(objective, problem, &answer, None, &clock.rest(options), watch)?; // never take the solver's word
    // counts are the only level here
    Ok((answer, proofs.first().copied().unwrap_or(Proof::None)))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use super::*;
    use crate::budget::{Event, Phase, Silent, Status};

    /// Remembers the phases.
    #[derive(Default)]
    struct Phases(Mutex<Vec<Phase>>);

    impl Watch for Phases {
        fn event(&self, event: Event) {
            if let Event::Phase(phase) = event {
                self.0.lock().unwrap().push(phase);
            }
        }
    }

    #[test]
    fn what_is_packed_is_certified_and_no_limit_makes_it_wrong() {
        let mut builder = Problem::builder(1);
        builder.bin(&[10]);
        builder.classes(5);
        for class in 0..5 {
            builder.conflict(class, (class + 1) % 5).item(&[1], 1, class);
        }
        let problem = builder.build().unwrap();
        let phases = Phases::default();
        let (answer, proof) = pack(&problem, &[Objective::Clusters], &Options::default(), &phases).unwrap();
        assert_eq!((answer.status, proof), (Status::Optimal, Proof::Certified));
        let phases = phases.0.into_inner().unwrap();
        assert_eq!((phases.first(), phases.last()), (Some(&Phase::Bounds), Some(&Phase::Check)));
        let none = Options { time_limit: Some(Duration::ZERO), ..Options::default() };
        let (answer, _) = pack(&problem, &[Objective::Clusters], &none, &Silent).unwrap();
        assert!(answer.levels[0].bound <= 3);
        assert!(answer.solution.is_none_or(|solution| solution.check(&problem).is_ok() && solution.bins() >= 3));
    }
}
