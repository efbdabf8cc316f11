//! What a workflow or an incoming webhook of Teams takes: an Adaptive Card. Markdown means something in
//! a `TextBlock` and in facts; all text here is in a `TextRun`, in which it does not. (Microsoft:
//! "Format cards in Teams".)

use serde_json::{Value, json};

use crate::model::notice::Notice;

use super::fit::{self, Room};

/// A message has at most 28 KB, as Teams counts them: two bytes for a character, or more.
const ROOM: Room = Room {
    all: 20_000,
    section: 20_000,
    line: 100,
};

/// A message with one card.
pub fn body(notice: &Notice) -> Vec<u8> {
    let title = fit::title(notice);
    let mut body = vec![text(&title, "Large", true)];
    let measure = |text: &str| text.len().max(2 * text.chars().count());
    for section in fit::sections(notice, ROOM, measure) {
        body.push(text(&section.heading, "Default", true));
        body.extend(
            section
                .lines
                .iter()
                .map(|line| text(line, "Default", false)),
        );
    }
    let link = notice.link.iter();
    let actions: Vec<Value> = link
        .map(|link| json!({ "type": "Action.OpenUrl", "title": "What the job says", "url": link }))
        .collect();
    let message = json!({
        "type": "message",
        "summary": literal(&title),
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "msteams": { "width": "Full" },
                "body": body,
                "actions": actions,
            },
        }],
    });
    message.to_string().into_bytes()
}

/// A paragraph; a heading stands apart from what is above it.
fn text(text: &str, size: &str, heading: bool) -> Value {
    let (weight, spacing) = if heading {
        ("Bolder", "Medium")
    } else {
        ("Default", "None")
    };
    json!({
        "type": "RichTextBlock",
        "spacing": spacing,
        "inlines": [{ "type": "TextRun", "text": literal(text), "size": size, "weight": weight }],
    })
}

/// Two braces begin a function of cards, as in `{{DATE(..)}}`, and `${` one of templates; `<at>` is for
/// mentions.
fn literal(text: &str) -> String {
    let text = text.replace("${", "$ {").replace("<at>", "< at>");
    let mut literal = String::with_capacity(text.len());
    for character in text.chars() {
        if character == '{' && literal.ends_with('{') {
            literal.push(' ');
        }
        literal.push(character);
    }
    literal
}
