//! The connector against simulated servers, each as odd as one in the field.

mod breaking;
mod fake;
mod members;
mod reading;
mod writing;
