//! Pages for people who don't live in a terminal: self-contained, without network, light and dark,
//! with filters.

mod access;
mod difference;
mod drift;
mod view;

use askama::Template as _;

use crate::render::Shown;
use crate::reports::access::Access;
use crate::reports::difference::Difference;
use crate::reports::drift::Drift;

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

/// What changed outside of provisor as an HTML document, filtered by person, app and what becomes of
/// it.
pub fn drift(drift: &Drift) -> String {
    let page = drift::Page::of(drift);
    page.render().expect("a template writes to a string")
}
