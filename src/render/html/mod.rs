//! A plan as one page for people who don't live in a terminal: self-contained, without network,
//! light and dark, filtered by person, app and action.

mod view;

use askama::Template as _;

use crate::model::plan::Plan;

/// A plan as an HTML document.
pub fn plan(plan: &Plan) -> String {
    let page = view::Page::of(plan);
    page.render().expect("a template writes to a string")
}
