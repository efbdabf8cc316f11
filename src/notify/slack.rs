//! What an incoming webhook of Slack takes. `&`, `<` and `>` are its control characters; text in a code
//! block is neither marked up nor linked, and `verbatim` keeps Slack from finding names and addresses
//! by itself. (Slack: "Formatting message text", "Text object".)

use serde_json::{Value, json};

use crate::model::notice::Notice;

use super::fit::{self, Room};

/// Slack cuts no text for us: a block with more than 3000 characters is refused with all others.
const ROOM: Room = Room {
    all: 24_000,
    section: 2_700,
    line: 1,
};

/// The characters of a header.
const HEADER: usize = 150;

/// A message.
pub fn body(notice: &Notice) -> Vec<u8> {
    let mut title = fit::title(notice);
    while escape(&title).chars().count() > HEADER {
        title.pop();
    }
    let mut blocks = vec![json!({
        "type": "header",
        "text": { "type": "plain_text", "text": escape(&title), "emoji": false },
    })];
    let measure = |text: &str| escape(text).chars().count();
    for section in fit::sections(notice, ROOM, measure) {
        let heading = format!("*{}*", literal(&section.heading));
        let lines = literal(&section.lines.join("\n"));
        blocks.push(marked(&if section.lines.is_empty() {
            heading
        } else {
            format!("{heading}\n```\n{lines}\n```")
        }));
    }
    if let Some(link) = &notice.link {
        // A bar ends the address.
        let link = escape(&link.replace('|', "%7C"));
        blocks.push(marked(&format!("<{link}|What the job says>")));
    }
    let message = json!({
        // What a phone shows first.
        "text": escape(&title),
        "parse": "none",
        "link_names": false,
        "unfurl_links": false,
        "unfurl_media": false,
        "blocks": blocks,
    });
    message.to_string().into_bytes()
}

fn marked(text: &str) -> Value {
    json!({
        "type": "section",
        "text": { "type": "mrkdwn", "verbatim": true, "text": text },
    })
}

/// Text inside of marks of ours, which it cannot end. There is no way to escape a backtick.
fn literal(text: &str) -> String {
    escape(text).replace('`', "'")
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}
