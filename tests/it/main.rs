//! The one integration binary.

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
mod impact;
mod managers;
mod properties;
mod review;
mod rules;
mod saved;
mod schemas;
mod terminal;
mod together;
mod world;
