//! Pages for people who don't live in a terminal: self-contained, without network, light and dark,
//! with filters.

mod access;
mod difference;
mod drift;
mod figures;
mod leaver;
mod readiness;
mod view;

use askama::Template as _;

use crate::render::Shown;
use crate::reports::access::Access;
use crate::reports::difference::Difference;
use crate::reports::drift::Drift;
use crate::reports::figures::Report;
use crate::reports::leaver::Certificate;
use crate::reports::readiness::Readiness;

/// A plan as an HTML document, filtered by person, app and action.
pub fn plan<'a>(plan: impl Into<Shown<'a>>) -> String {
    let page = view::Page::of(plan.into());
    page.render().expect("a template writes to a string")
}

/// Who has what as an HTML document, filtered by person and app.
pub fn access(access: &Access) -> String {
    let page = access::Page::of(access);
    page.render().expect("a template writes to a string")
}

/// What changed between two snapshots as an HTML document, filtered by person, app and what explains
/// it.
pub fn difference(difference: &Difference) -> String {
    let page = difference::Page::of(difference);
    page.render().expect("a template writes to a string")
}

/// Who is ready for their first day as an HTML document, filtered by person, app and standing.
pub fn readiness(readiness: &Readiness) -> String {
    let page = readiness::Page::of(readiness);
    page.render().expect("a template writes to a string")
}

/// A leaver's certificate as an HTML document, to be kept or printed.
pub fn leaver(certificate: &Certificate) -> String {
    let page = leaver::Page::of(certificate);
    page.render().expect("a template writes to a string")
}

/// What the runs came to as an HTML document, with plots.
pub fn figures(report: &Report) -> String {
    let page = figures::Page::of(report);
    page.render().expect("a template writes to a string")
}

/// What changed outside of provisor as an HTML document, filtered by person, app and what becomes of
/// it.
pub fn drift(drift: &Drift) -> String {
    let page = drift::Page::of(drift);
    page.render().expect("a template writes to a string")
}
