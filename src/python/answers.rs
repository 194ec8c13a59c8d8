//! Answers as pages, and with the lines of what they name.

use pyo3::prelude::*;

use super::run::short;
use crate::error::Error;
use crate::export::AnswerPage;
use crate::report::{Blast, Comparison, Frontier, PlanDiff, Prices, Relaxed, Why, WhyNot};

/// A document as HTML: a page of its own, or a part of one. `kind` is what `tenantry schema` calls it.
#[pyfunction]
pub(super) fn answer_html(py: Python<'_>, kind: &str, document: &str, whole: bool, depth: u8) -> PyResult<String> {
    short(py, || {
        let page = |page: AnswerPage<'_>| if whole { page.html() } else { page.fragment() };
        match kind {
            "why" => page(AnswerPage::Why(&Why::from_json(document)?, depth)),
            "why-not" => page(AnswerPage::WhyNot(&WhyNot::from_json(document)?)),
            "relaxed" => page(AnswerPage::Relaxed(&Relaxed::from_json(document)?)),
            "prices" => page(AnswerPage::Prices(&Prices::from_json(document)?)),
            "comparison" => page(AnswerPage::Comparison(&Comparison::from_json(document)?)),
            "diff" => page(AnswerPage::Diff(&PlanDiff::from_json(document)?)),
            "blast" => page(AnswerPage::Blast(&Blast::from_json(document)?)),
            "frontier" => page(AnswerPage::Frontier(&Frontier::from_json(document)?)),
            _ => Err(unknown(kind)),
        }
    })
}

/// A document with the lines of what it names in the text that the fleet was read from.
#[pyfunction]
pub(super) fn answer_located(py: Python<'_>, kind: &str, document: &str, text: &str, json: bool) -> PyResult<String> {
    short(py, || {
        macro_rules! located {
            ($Document:ty) => {{
                let mut answer = <$Document>::from_json(document)?;
                answer.locate(text, json);
                answer.to_json()
            }};
        }
        match kind {
            "why" => located!(Why),
            "why-not" => located!(WhyNot),
            "relaxed" => located!(Relaxed),
            "prices" => located!(Prices),
            _ => Err(unknown(kind)),
        }
    })
}

fn unknown(kind: &str) -> Error {
    Error::Internal(format!("no answer is called {kind}"))
}
