//! People's accounts in every `SaaS` app, kept equal to what two reviewed files say.
//!
//! The rooms of the house, from the ground up; a room imports only from floors below it, which
//! `tests/it/house.rs` checks:
//!
//! | floor | rooms |
//! |---|---|
//! | 1 | [`base`] |
//! | 2 | [`model`] |
//! | 3 | [`apps`], [`state`] |
//! | 4 | [`config`], [`observe`] |
//! | 5 | [`desired`] |
//! | 6 | [`plan`] |
//! | 7 | [`apply`] |
//! | 8 | [`reports`], [`sandbox`], [`notify`] |
//! | 9 | [`render`] |
//! | 10 | [`cli`] |
//!
//! The data's way is one line: files → `Config` → `Desired`; apps → `Observed`; both → `Plan` →
//! rendered or applied → `Outcomes` → `Snapshot`.

pub mod apply;
pub mod apps;
pub mod base;
pub mod cli;
pub mod config;
pub mod desired;
pub mod model;
pub mod notify;
pub mod observe;
pub mod plan;
pub mod render;
pub mod reports;
pub mod sandbox;
pub mod state;
