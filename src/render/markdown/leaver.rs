//! A leaver's certificate, for a ticket.

use std::fmt::Write as _;

use crate::render::leaver::{answers_for, evidence, facts, heading, lines, title, verdict};
use crate::render::screen::Line;
use crate::reports::leaver::Certificate;

use super::inline::{Place, inline};

/// The line by which a later run finds its own comment again.
const MARK: &str = "<!-- provisor-leaver -->\n";

/// A certificate, in full: one that leaves an account out certifies nothing.
pub fn leaver(certificate: &Certificate) -> String {
    let text = |line: &Line| inline(line, Place::Text);
    let mut page = format!(
        "{MARK}### {}\n\n{}\n\n",
        text(&heading(certificate)),
        text(&verdict(certificate))
    );
    for fact in facts(certificate) {
        let _ = writeln!(page, "- {}", text(&fact));
    }
    for account in &certificate.accounts {
        let _ = writeln!(page, "\n**{}**\n", text(&title(account)));
        for line in lines(account, certificate) {
            let _ = writeln!(page, "- {}", text(&line));
        }
    }
    if !certificate.answers_for.is_empty() {
        page.push_str("\n**Still answers for**\n\n");
        for one in &certificate.answers_for {
            let _ = writeln!(page, "- {}", text(&answers_for(one)));
        }
    }
    page.push_str("\n**Evidence**\n\n| | |\n|---|---|\n");
    for (name, line) in evidence(certificate) {
        let _ = writeln!(page, "| {name} | {} |", inline(&line, Place::Cell));
    }
    page
}
