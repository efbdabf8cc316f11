//! Floor 1: what every room stands on. Nothing here knows of people, apps or plans.

pub mod clock;
pub mod count;
pub mod diagnostic;
pub mod digest;
pub mod document;
pub mod fields;
pub mod file;
pub mod foreign;
pub mod nearest;
pub mod schema;
pub mod source;

pub use clock::{Clock, Stopwatch};
pub use diagnostic::{Diagnostic, Label, Severity};
pub use digest::Digest;
pub use document::{Document, Table, Value};
pub use fields::{Field, Fields, Form};
pub use foreign::Foreign;
pub use schema::Schema;
pub use source::{FileId, Site, SourceFile, Sources, Span};
