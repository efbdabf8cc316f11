//! One failure: which app, what happened, what the app said, and what to do.

use crate::model::failure::Failure;

use super::screen::{Line, Screen};
use super::style::Role;
use super::words::DOT;

/// A failure as a page of its own.
pub fn text(failure: &Failure, width: usize) -> Screen {
    let mut screen = Screen::new(width);
    screen.line(
        Line::default()
            .hang(2)
            .own(Role::Failed, "✗ failed ")
            .cell(Role::Strong, failure.app.as_str())
            .own(Role::Text, ": ")
            .then(words(failure)),
    );
    details(failure, 2, &mut screen);
    screen
}

/// `credentials refused while reading users (HTTP 401)`
pub(super) fn words(failure: &Failure) -> Line {
    let line = Line::default().own(Role::Text, failure.kind.words());
    let line = if failure.what.is_empty() {
        line
    } else {
        line.own(Role::Text, " while ")
            .sentence(Role::Text, &failure.what)
    };
    match failure.status {
        Some(status) => line.cell(Role::Quiet, format!(" (HTTP {status})")),
        None => line,
    }
}

/// What the app said, what to do, and the id to quote to its support.
pub(super) fn details(failure: &Failure, indent: usize, screen: &mut Screen) {
    if let Some(said) = failure.said.as_ref().filter(|said| !said.is_empty()) {
        screen.line(
            Line::at(indent)
                .hang(indent + 2)
                .cell(Role::Text, failure.app.as_str())
                .own(Role::Text, " said: “")
                .cell(Role::Text, said.raw())
                .own(Role::Text, "”"),
        );
    }
    let mut line = Line::at(indent)
        .hang(indent + 2)
        .own(Role::Text, "→ ")
        .own(Role::Text, failure.kind.advice());
    if let Some(request) = &failure.request_id {
        line = line
            .own(Role::Quiet, DOT)
            .own(Role::Quiet, "request ")
            .cell(Role::Quiet, request.raw());
    }
    screen.line(line);
}
