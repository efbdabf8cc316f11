//! Floor 8: what the files and the snapshots tell about people, as plain values.

pub mod access;
pub mod difference;
pub mod drift;
pub mod explain;
pub mod export;
pub mod figures;
pub mod find;
pub mod impact;
pub mod leaver;
pub mod readiness;
pub mod seats;
pub mod upcoming;
