//! The one integration binary.

mod approvals;
mod cascade_properties;
mod cascades;
mod commands;
mod conformance;
mod crash;
mod environment;
mod example;
mod exits;
mod hostile;
mod house;
mod listed;
mod managers;
mod properties;
mod rules;
mod schemas;
mod seats;
mod separation;
mod terminal;
mod together;
mod world;
