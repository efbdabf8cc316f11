//! The one integration binary.

mod conformance;
mod crash;
mod environment;
mod example;
mod exits;
mod hostile;
mod house;
mod properties;
mod rules;
mod terminal;
mod together;
mod world;
