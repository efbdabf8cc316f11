//! The pages to the letter, and under attack.

#![expect(clippy::needless_raw_string_hashes, reason = "snapbox writes them so")]

mod access;
mod apps;
mod cascades;
mod decisions;
mod drift;
pub mod fixtures;
mod graph;
mod hostile;
mod html;
mod invitations;
mod markdown;
mod plans;
mod problems;
mod reports;
mod runs;
mod unnamed;
