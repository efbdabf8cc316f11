//! Floor 2: the plain values that the rooms hand each other. No input or output, no clock, no
//! async.

pub mod account;
pub mod allowance;
pub mod app;
pub mod breach;
pub mod call;
pub mod change;
pub mod desired;
pub mod event;
pub mod failure;
pub mod fate;
pub mod granted;
pub mod guard;
pub mod history;
pub mod leftover;
pub mod mode;
pub mod name;
pub mod notice;
pub mod observation;
pub mod order;
pub mod outcome;
pub mod person;
pub mod plan;
pub mod precondition;
pub mod privileged;
pub mod reason;
pub mod reminder;
pub mod snapshot;
pub mod upcoming;
pub mod withheld;
