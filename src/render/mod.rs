//! Floor 9: text for terminals, and data for machines, from the plain values of [`crate::model`].
//!
//! Every piece of text enters a [`Screen`], which makes it harmless; nothing here
//! reads, writes or prints.

pub mod access;
mod accounts;
mod alike;
pub mod apps;
pub mod csv;
mod decisions;
pub mod diagnostics;
pub mod explain;
pub mod failure;
pub mod graph;
mod guards;
pub mod html;
pub mod impact;
mod impediments;
pub mod json;
pub mod markdown;
pub mod outcomes;
mod people;
pub mod plan;
mod privileged;
mod reasons;
mod refusals;
mod safe;
mod scope;
pub mod screen;
pub mod snapshots;
mod steps;
pub mod style;
pub mod unreviewed;
pub mod upcoming;
mod verdict;
mod words;

#[cfg(test)]
mod tests;

pub use screen::{Line, Screen};
pub use style::{Colour, Role};
