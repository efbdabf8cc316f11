//! What the page of a leaver's certificate shows, as the template reads it.

use askama::Template;

use crate::render::leaver::{answers_for, evidence, facts, heading, lines, title, verdict};
use crate::reports::leaver::Certificate;

use super::view::{Piece, pieces};

/// The whole page.
#[derive(Template)]
#[template(path = "leaver.html", config = "src/render/html/askama.toml")]
pub struct Page {
    heading: Vec<Piece>,
    verdict: Vec<Piece>,
    facts: Vec<Vec<Piece>>,
    accounts: Vec<(Vec<Piece>, Vec<Vec<Piece>>)>,
    answers_for: Vec<Vec<Piece>>,
    evidence: Vec<(&'static str, Vec<Piece>)>,
}

impl Page {
    /// Lays it out.
    pub fn of(certificate: &Certificate) -> Self {
        let accounts = certificate.accounts.iter().map(|account| {
            let lines = lines(account, certificate);
            (pieces(&title(account)), lines.iter().map(pieces).collect())
        });
        let evidence = evidence(certificate).into_iter();
        Self {
            heading: pieces(&heading(certificate)),
            verdict: pieces(&verdict(certificate)),
            facts: facts(certificate).iter().map(pieces).collect(),
            accounts: accounts.collect(),
            answers_for: (certificate.answers_for.iter())
                .map(|one| pieces(&answers_for(one)))
                .collect(),
            evidence: evidence.map(|(name, line)| (name, pieces(&line))).collect(),
        }
    }
}
