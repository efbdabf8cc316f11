//! People's accounts in every `SaaS` app, kept equal to what two reviewed files say.
//!
//! The rooms of the house, from the ground up; a room imports only from floors below it, which
//! `tests/it/house.rs` checks:
//!
//! | floor | rooms |
//! |---|---|
//! | 1 | [`base`] |
//! | 2 | [`model`] |
//! | 3 | [`apps`] |
//! | 4 | [`config`] |
//! | 9 | [`render`] |
//!
//! The data's way is one line: files → `Config` → `Desired`; apps → `Observed`; both → `Plan` →
//! rendered or applied → `Outcomes` → `Snapshot`.

pub mod apps;
pub mod base;
pub mod config;
pub mod model;
pub mod render;
