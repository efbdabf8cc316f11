//! Floor 9: text for terminals, and data for machines, from the plain values of [`crate::model`].
//!
//! Every piece of text enters a [`Screen`], which makes it harmless; nothing here
//! reads, writes or prints.

pub mod access;
mod accounts;
mod alike;
mod allowances;
pub mod apps;
mod causes;
pub mod csv;
mod decisions;
pub mod diagnostics;
pub mod difference;
mod doors;
pub mod drift;
pub mod due;
pub mod explain;
pub mod export;
pub mod failure;
pub mod figures;
pub mod findings;
pub mod gaps;
pub mod graph;
mod guards;
pub mod html;
mod identity;
pub mod impact;
mod impediments;
mod invitations;
pub mod json;
pub mod leaver;
mod leftover;
pub mod markdown;
pub mod notice;
pub mod outcomes;
mod people;
pub mod plan;
mod privileged;
pub mod prune;
pub mod readiness;
mod reasons;
mod refusals;
mod safe;
mod scope;
pub mod screen;
mod shown;
pub mod snapshots;
mod steps;
pub mod style;
mod todo;
mod unnamed;
pub mod unreviewed;
pub mod upcoming;
mod verdict;
pub mod verification;
mod words;

#[cfg(test)]
mod tests;

pub use screen::{Line, Screen};
pub use shown::Shown;
pub use style::{Colour, Role};
