//! The one integration binary.

mod environment;
mod example;
mod house;
mod properties;
mod rules;
mod world;
