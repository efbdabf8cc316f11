//! The connector against a small Okta.

mod answers;
mod authorising;
mod creating;
mod fake;
mod lifecycle;
mod limits;
mod members;
mod reading;
mod seeking;
mod specification;
