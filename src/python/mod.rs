//! The extension module `tenantry._core`: a thin face over [`crate::pipeline`] and [`crate::export`].
//!
//! What Python programmers see (docstrings, frozen records, tables) is written in Python, in `python/tenantry/`; this
//! module passes documents across. It is the only place in the crate that knows pyo3.

mod answers;
mod blasting;
mod carrying;
mod cells;
mod columns;
mod comparing;
mod csv;
mod decimal;
mod error;
mod fewer;
mod fleet;
mod frames;
mod graphing;
mod growing;
mod importing;
mod levers;
mod made;
mod moving;
mod packing;
mod planning;
mod present;
mod records;
mod reporting;
mod rows;
mod run;
mod tables;
mod units;
mod values;
mod why;
mod working;

use pyo3::prelude::*;

/// The engine of the `tenantry` package.
#[pymodule(gil_used = false)]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::answers::{answer_html, answer_located};
    #[pymodule_export]
    use super::blasting::{blast, blast_of, blast_text, read_blast};
    #[pymodule_export]
    use super::carrying::{MadeManifests, manifests};
    #[pymodule_export]
    use super::comparing::{compare, comparison_text, read_comparison};
    #[pymodule_export]
    use super::csv::Csv;
    #[pymodule_export]
    use super::decimal::decimal;
    #[pymodule_export]
    use super::fewer::{frontier, frontier_text, read_frontier};
    #[pymodule_export]
    use super::fleet::Fleet;
    #[pymodule_export]
    use super::frames::Frame;
    #[pymodule_export]
    use super::graphing::trust_graph;
    #[pymodule_export]
    use super::growing::grow;
    #[pymodule_export]
    use super::importing::import_kubernetes;
    #[pymodule_export]
    use super::levers::{
        levers, prices, prices_text, read_prices, read_relaxed, read_why_not, relax, relaxed_text, why_not,
        why_not_text, with_limits, without,
    };
    #[pymodule_export]
    use super::made::Made;
    #[pymodule_export]
    use super::moving::{migrate, migration_text, read_migration, replay_migration};
    #[pymodule_export]
    use super::packing::pack;
    #[pymodule_export]
    use super::planning::{
        Proved, check_as, check_bound, check_plan, diff, diff_as, diff_text, plan, plan_csv, plan_text, read_diff,
        run_program, schema,
    };
    #[pymodule_export]
    use super::present::{audit, audit_as, audit_baseline, audit_failures, place, read_audit};
    #[pymodule_export]
    use super::records::record_table;
    #[pymodule_export]
    use super::reporting::{bundle, report, report_fragment};
    #[pymodule_export]
    use super::why::{read_why, why, why_text};
    #[pymodule_export]
    use super::working::{Reply, work_on};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
