//! The one integration binary.

mod house;
mod properties;
mod rules;
mod world;
