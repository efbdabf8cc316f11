//! What `snapshot verify` found, as text.

use crate::base::count::{count, thousands};
use crate::state::verify::{Fault, Finding, Note, Verified};

use super::screen::{Line, Screen};
use super::style::Role;
use super::words::{DOT, instant};

/// What was found, worst first; the verdict is the last line.
pub fn text(verified: &Verified, width: usize) -> Screen {
    let mut screen = Screen::new(width);
    for finding in &verified.findings {
        let line = Line::default().hang(4).own(Role::Failed, "× ");
        let line = line
            .cell(Role::Strong, finding.piece.raw())
            .own(Role::Quiet, DOT);
        screen.line(line.own(Role::Failed, word(&finding.fault)));
        screen.line(Line::at(4).then(happened(&finding.fault)));
        screen.line(
            Line::at(4)
                .hang(6)
                .own(Role::Text, "→ ")
                .then(todo(finding)),
        );
        screen.blank();
    }
    if let Some(head) = &verified.head {
        let line = Line::default().hang(6).own(Role::Quiet, "head  ");
        let line = line
            .own(Role::Text, "snapshot ")
            .glued(Role::Text, head.serial.to_string());
        screen.line(
            line.own(Role::Quiet, DOT)
                .cell(Role::Text, head.digest.to_string()),
        );
    }
    for line in verified.notes.iter().map(note) {
        screen.line(line);
    }
    let read = &verified.read;
    let line = Line::default().hang(6).own(Role::Quiet, "read  ");
    let counts = [
        count(read.snapshots, "snapshot"),
        count(read.runs, "run"),
        count(read.segments, "segment"),
        count(read.logs, "log"),
        count(read.objects, "object"),
        count(read.tombstones, "tombstone"),
    ];
    // Most states were never pruned.
    let counts = &counts[..counts.len() - usize::from(read.tombstones == 0)];
    let line = counts
        .iter()
        .enumerate()
        .fold(line, |line, (index, count)| {
            let line = if index > 0 {
                line.own(Role::Quiet, DOT)
            } else {
                line
            };
            line.glued(Role::Text, count.to_string())
        });
    let kilobytes = usize::try_from(read.bytes / 1000).unwrap_or(usize::MAX);
    let line = line.own(Role::Quiet, DOT);
    screen.line(line.glued(Role::Text, format!("{} kB", thousands(kilobytes))));
    screen.blank();
    screen.line(verdict(verified));
    screen
}

fn verdict(verified: &Verified) -> Line {
    let line = Line::default().own(Role::Heading, "Verify: ");
    match verified.findings.len() {
        0 if verified.head.is_none() => line.own(Role::Text, "there is no snapshot yet"),
        0 if verified.notes.contains(&Note::Unanchored) => line.own(
            Role::Text,
            "every piece is as the last snapshot says; of the last snapshot itself, nothing tells",
        ),
        0 => line.own(Role::Create, "every piece is as its run left it"),
        number => line
            .glued(Role::Failed, count(number, "piece").to_string())
            .own(Role::Failed, if number == 1 { " is" } else { " are" })
            .own(Role::Failed, " not as a run left it")
            .own(
                Role::Text,
                ". What it was is not in the state: compare with a copy.",
            ),
    }
}

const fn word(fault: &Fault) -> &'static str {
    match fault {
        Fault::Missing { .. } => "missing",
        Fault::Edited { holds: Some(_), .. } => "swapped",
        Fault::Edited { .. } | Fault::Broken { .. } => "edited or cut",
        Fault::Newer { .. } => "of a newer provisor",
        Fault::Foreign => "foreign",
        Fault::Unsigned { .. } => "unsigned",
        Fault::Forged { .. } => "signature not accepted",
    }
}

fn happened(fault: &Fault) -> Line {
    let line = Line::default();
    let named = |line: Line, by: &str| line.sentence(Role::Text, by).own(Role::Text, " names ");
    match fault {
        Fault::Missing { named_by, digest } => match digest {
            Some(digest) => named(line, named_by)
                .own(Role::Text, "it, with the digest ")
                .cell(Role::Quiet, digest.to_string()),
            None => named(line, named_by).own(Role::Text, "what comes after it"),
        },
        Fault::Edited {
            named_by,
            expected,
            found,
            holds,
        } => {
            let line = named(line, named_by).cell(Role::Quiet, expected.to_string());
            let line = line
                .own(Role::Text, ", and it has ")
                .cell(Role::Quiet, found.to_string());
            match holds {
                None => line,
                Some(other) => line
                    .own(Role::Text, ", which is what ")
                    .cell(Role::Text, other)
                    .own(Role::Text, " is to hold"),
            }
        }
        Fault::Broken { why } => line.sentence(Role::Text, why.raw()),
        Fault::Newer { format } => line
            .own(Role::Text, "its format is ")
            .cell(Role::Text, format.raw()),
        Fault::Foreign => line.own(
            Role::Text,
            "no run leaves a piece of this name here, and nothing names it",
        ),
        Fault::Unsigned { since } => line
            .own(Role::Text, "snapshots are signed since snapshot ")
            .glued(Role::Text, since.to_string())
            .own(Role::Text, ", and it has no signature"),
        Fault::Forged { why } => line
            .own(Role::Text, "ssh-keygen says: ")
            .sentence(Role::Text, why.raw()),
    }
}

fn todo(finding: &Finding) -> Line {
    let line = Line::default();
    match &finding.fault {
        Fault::Missing { .. } | Fault::Edited { .. } | Fault::Broken { .. } => line.own(
            Role::Text,
            "restore it from a copy of the state, and find out who could write there",
        ),
        Fault::Newer { .. } => line.own(Role::Text, "verify with that provisor"),
        Fault::Foreign => line.own(
            Role::Text,
            "nothing reads it: find out who put it there, then remove it",
        ),
        Fault::Unsigned { .. } => line.own(
            Role::Text,
            "find out which run wrote it, and whether its [state] sign_with was taken away",
        ),
        Fault::Forged { .. } => line.own(
            Role::Text,
            "if the key is one of yours, add it to the file of allowed signers",
        ),
    }
}

fn note(note: &Note) -> Line {
    let line = Line::default().hang(6);
    let good = || line.clone().own(Role::Create, "✓     ");
    let warning = || line.clone().own(Role::Warning, "⚠     ");
    match note {
        Note::Kept { later: 0, .. } => {
            good().own(Role::Text, "the digest kept elsewhere is the head")
        }
        Note::Kept { serial, later } => good()
            .own(Role::Text, "the digest kept elsewhere is that of snapshot ")
            .glued(Role::Text, serial.to_string())
            .own(Role::Text, "; ")
            .glued(
                Role::Text,
                count(usize::try_from(*later).unwrap_or(usize::MAX), "snapshot").to_string(),
            )
            .own(Role::Text, " came since"),
        Note::Signed { by, snapshots } => good()
            .glued(Role::Text, count(*snapshots, "snapshot").to_string())
            .own(Role::Text, " signed by ")
            .cell(Role::Strong, by.raw()),
        Note::SignaturesUnread { snapshots } => warning()
            .glued(Role::Text, count(*snapshots, "signature").to_string())
            .own(
                Role::Text,
                " not checked: say who may sign, --allowed-signers FILE",
            ),
        Note::SignatureAlone { serial } => warning()
            .own(Role::Text, "there is a signature of snapshot ")
            .glued(Role::Text, serial.to_string())
            .own(
                Role::Text,
                " and no such snapshot: its run died before it wrote it, or it was removed",
            ),
        Note::Unanchored => warning().own(
            Role::Text,
            "nothing outside of the state vouches for the last snapshot: compare the head with the \
             one that its apply printed, --head DIGEST, or sign snapshots, [state] sign_with",
        ),
        Note::Unrecorded { run, by, started } => {
            let line = warning()
                .own(Role::Text, "no snapshot names run ")
                .cell(Role::Strong, run.as_str());
            let line = match by {
                Some(by) => line.own(Role::Text, " of ").cell(Role::Text, by.raw()),
                None => line,
            };
            let line = match started {
                Some(at) => line
                    .own(Role::Text, ", begun ")
                    .glued(Role::Text, instant(*at)),
                None => line,
            };
            line.own(Role::Text, ": it is under way, or died (the next apply sees to it), or its snapshot was removed")
        }
        Note::Unvouched { piece, named_by } => warning()
            .own(Role::Text, "nothing tells whether ")
            .cell(Role::Text, piece)
            .own(Role::Text, " is as it was, until ")
            .cell(Role::Text, named_by)
            .own(Role::Text, " is"),
        Note::OrderAlone { piece } => warning()
            .own(Role::Text, "no run carried out ")
            .cell(Role::Text, piece)
            .own(
                Role::Text,
                " yet, so that nothing tells whether it is as it was given",
            ),
        Note::Pruned { .. } => pruned(note),
        Note::Unnamed { objects } => Line::default()
            .hang(6)
            .own(Role::Quiet, "note  ")
            .glued(Role::Text, count(*objects, "object").to_string())
            .own(Role::Text, " named by nothing: runs that died leave such"),
    }
}

/// What was pruned, by whom and why.
fn pruned(note: &Note) -> Line {
    let Note::Pruned {
        at,
        by,
        reason,
        until,
        objects,
        runs,
        left,
        vouched,
        ..
    } = note
    else {
        return Line::default();
    };
    let line = Line::default().hang(6);
    let line = if *left == 0 && *vouched {
        line.own(Role::Quiet, "note  ")
    } else {
        line.own(Role::Warning, "⚠     ")
    };
    let line = line
        .own(Role::Text, "snapshots up to ")
        .glued(Role::Text, until.to_string())
        .own(Role::Text, " were pruned on ")
        .glued(Role::Text, instant(*at))
        .own(Role::Text, " by ")
        .cell(Role::Text, by.raw())
        .own(Role::Quiet, DOT)
        .sentence(Role::Text, reason.raw())
        .own(Role::Quiet, DOT)
        .glued(Role::Text, count(*objects, "object").to_string())
        .own(Role::Text, " and ")
        .glued(Role::Text, count(*runs, "run").to_string());
    let line = if *left == 0 {
        line
    } else {
        line.own(Role::Quiet, DOT)
            .glued(Role::Warning, count(*left, "piece").to_string())
            .own(
                Role::Warning,
                " of them still there: prune again, and it is finished",
            )
    };
    if *vouched {
        return line;
    }
    line.own(Role::Quiet, DOT).own(
        Role::Warning,
        "nothing tells whether its tombstone is as it was, until the next snapshot names it",
    )
}
