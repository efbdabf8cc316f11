//! The connector against simulated servers, each as odd as one in the field.

mod breaking;
mod dialects;
mod fake;
mod manager;
mod members;
mod reading;
mod seeking;
mod writing;
