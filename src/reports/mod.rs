//! Floor 8: what the files and the snapshots tell about people, as plain values.

pub mod access;
pub mod explain;
pub mod find;
pub mod impact;
pub mod readiness;
pub mod upcoming;
