//! The one integration binary.

mod cascade_properties;
mod cascades;
mod commands;
mod conformance;
mod consequences;
mod crash;
mod dialects;
mod environment;
mod example;
mod exits;
mod guards;
mod hostile;
mod house;
mod managers;
mod meridian;
mod modes;
mod properties;
mod rehearsal;
mod rules;
mod schemas;
mod scope;
mod terminal;
mod together;
mod world;
