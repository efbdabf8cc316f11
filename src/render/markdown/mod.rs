//! A plan as one comment of a pull request: what a reviewer must see first, and never more bytes
//! than the platform takes.

mod access;
mod difference;
mod drift;
mod impact;
mod inline;
mod leaver;
mod losing;
mod part;
mod readiness;
mod sections;

use crate::render::Shown;

pub use access::access;
pub use difference::difference;
pub use drift::drift;
pub use impact::impact;
pub use leaver::leaver;
pub use readiness::readiness;

use sections::Sections;

/// How many bytes a comment may have where nothing else is said: platforms take 65,536 characters,
/// and what wraps the comment needs some.
pub const MOST_BYTES: usize = 60_000;

/// The line by which a later run finds its own comment again.
const MARK: &str = "<!-- provisor-plan -->\n";

/// A plan as Markdown of at most `limit` bytes.
///
/// Too long a page loses whole sections in a set order, each with a line that says so. What is held,
/// blocked or unread, and who loses access, up to fifty people, always stands in full; a page that
/// is too long for those alone says only that the change must be split.
pub fn plan<'a>(plan: impl Into<Shown<'a>>, limit: usize) -> String {
    let sections = Sections::of(plan.into());
    let left = limit.saturating_sub(MARK.len());
    let page = part::fit(&sections.parts(), left).unwrap_or_else(|| sections.too_much());
    format!("{MARK}{page}")
}
