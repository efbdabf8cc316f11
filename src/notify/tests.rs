//! What leaves by each medium, with names in it that attack whoever reads them.

use serde_json::Value;

use super::*;
use crate::base::foreign::is_hostile;
use crate::model::notice::Section;

/// The names of `tests/hostile/names.json`, and what is hostile in chats and mail alone.
fn names() -> Vec<String> {
    let names = include_str!("../../tests/hostile/names.json");
    let names: Vec<(String, usize)> = serde_json::from_str(names).unwrap();
    let names = names.into_iter();
    let names = names.map(|(text, times)| text.repeat(times));
    let own = [
        "<!channel> <!here|x> <@U024BE7LH> <#C024BE7LR> <https://evil.example|payroll>",
        "&lt;!channel&gt;",
        "*bold* _it_ ~no~ :skull: ```",
        "{{DATE(2026-03-07T17:22:00Z, SHORT)}} ${$root.x} <at>Everyone</at>",
        "x\r\nBcc: all@example.com\r\n\r\nbody",
        "=?utf-8?q?forged?=",
        "&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&",
        "\r\n.\r\nQUIT\r\n",
    ];
    names.chain(own.map(str::to_owned)).collect()
}

fn notice(title: &str, sections: &[(&str, &[String])]) -> Notice {
    let sections = sections.iter().map(|(heading, lines)| Section {
        heading: (*heading).to_owned(),
        lines: lines.to_vec(),
    });
    Notice {
        occasion: Occasion::Apply,
        time: "2026-03-07T17:22:00Z".parse().unwrap(),
        rehearsal: false,
        title: title.to_owned(),
        sections: sections.collect(),
        link: Some("https://ci.example/jobs/7?a=b&c=d|e".to_owned()),
        run: None,
    }
}

/// A notice per hostile name, which stands everywhere in it.
fn hostile() -> Vec<Notice> {
    let of = |name: String| notice(&name, &[(&name, &[name.clone(), name.clone()])]);
    names().into_iter().map(of).collect()
}

/// Far more lines than anybody takes.
fn long() -> Notice {
    let lines = |count: usize| -> Vec<String> {
        let line =
            |number| format!("Émma Jöhnson & <Co> · {number}: okta, slack, jira, github, zoom");
        (0..count).map(line).collect()
    };
    let [failed, joined] = [lines(5000), lines(7)];
    notice(
        &"long ".repeat(100),
        &[("Failed", &failed), ("Joins", &joined)],
    )
}

fn json(body: &[u8]) -> Value {
    let text = std::str::from_utf8(body).unwrap();
    // Whatever stands between quotes was made inert before.
    assert!(!text.contains(is_hostile), "{text}");
    serde_json::from_str(text).unwrap()
}

/// All texts under a key, wherever it stands.
fn texts<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| texts(item, key, found)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(text) if name == key => found.push(text),
                    _ => texts(value, key, found),
                }
            }
        }
        _ => {}
    }
}

fn all(value: &Value, key: &str) -> Vec<String> {
    let mut found = Vec::new();
    texts(value, key, &mut found);
    found.into_iter().map(str::to_owned).collect()
}

/// How many lines a medium shows, and how many it says that it leaves out.
fn told<'a>(lines: impl Iterator<Item = &'a str>) -> (usize, usize) {
    let (mut shown, mut left_out) = (0, 0);
    for line in lines {
        if let Some(rest) = line.strip_prefix("… and ") {
            let number: String = rest.chars().take_while(|c| *c != ' ').collect();
            left_out += number.replace(',', "").parse::<usize>().unwrap();
        } else if line.contains("okta, slack") {
            shown += 1;
        }
    }
    (shown, left_out)
}

#[test]
fn slack_is_told_nothing_that_it_takes_for_markup() {
    for notice in hostile() {
        let message = json(&slack::body(&notice));
        assert_eq!(message["link_names"], false);
        let blocks = message["blocks"].as_array().unwrap();
        let (link, rest) = blocks.split_last().unwrap();
        let header = rest[0]["text"]["text"].as_str().unwrap();
        assert!((1..=150).contains(&header.chars().count()), "{header}");
        assert_eq!(
            link["text"]["text"],
            "<https://ci.example/jobs/7?a=b&amp;c=d%7Ce|What the job says>"
        );
        let mut said = all(&Value::from(rest), "text");
        said.push(message["text"].as_str().unwrap().to_owned());
        for text in said {
            assert!(!text.contains(['<', '>']), "{text}");
            let plain = ["&amp;", "&lt;", "&gt;"]
                .iter()
                .fold(text.clone(), |text, entity| text.replace(entity, ""));
            assert!(!plain.contains('&'), "{text}");
        }
        for block in &rest[1..] {
            assert_eq!(block["text"]["verbatim"], true);
            let text = block["text"]["text"].as_str().unwrap();
            assert_eq!(text.matches('`').count(), 6, "one block of code: {text}");
            assert!(text.ends_with("\n```"), "{text}");
        }
    }
}

#[test]
fn slack_takes_every_block_of_a_long_notice() {
    let message = json(&slack::body(&long()));
    let blocks = message["blocks"].as_array().unwrap();
    assert!(blocks.len() <= 50);
    let mut lines = Vec::new();
    for block in blocks {
        let text = block["text"]["text"].as_str().unwrap();
        let most = if block["type"] == "header" { 150 } else { 3000 };
        assert!((1..=most).contains(&text.chars().count()), "{text}");
        lines.extend(text.lines());
    }
    let (shown, left_out) = told(lines.into_iter());
    assert_eq!(shown + left_out, 5007);
    assert!(shown > 25 && left_out > 0, "{shown}");
}

#[test]
fn teams_is_told_nothing_that_it_takes_for_markup() {
    for notice in hostile() {
        let message = json(&teams::body(&notice));
        let card = &message["attachments"][0]["content"];
        for block in card["body"].as_array().unwrap() {
            // Markdown means something in a TextBlock and in facts only.
            assert_eq!(block["type"], "RichTextBlock");
            assert_eq!(block["inlines"][0]["type"], "TextRun");
        }
        let mut said = all(&card["body"], "text");
        said.push(message["summary"].as_str().unwrap().to_owned());
        for text in said {
            for forbidden in ["{{", "${", "<at>"] {
                assert!(!text.contains(forbidden), "{text}");
            }
        }
        assert_eq!(card["actions"].as_array().unwrap().len(), 1);
        assert_eq!(all(card, "url"), ["https://ci.example/jobs/7?a=b&c=d|e"]);
    }
}

#[test]
fn teams_takes_a_long_notice() {
    let body = teams::body(&long());
    let text = String::from_utf8(body.clone()).unwrap();
    // It counts in UTF-16, as it keeps messages.
    assert!(2 * text.encode_utf16().count() < 2 * 28 * 1024);
    assert!(body.len() < 28 * 1024, "{}", body.len());
    let lines = all(&json(&body)["attachments"][0]["content"]["body"], "text");
    let (shown, left_out) = told(lines.iter().map(String::as_str));
    assert_eq!(shown + left_out, 5007);
    assert!(shown > 50, "{shown}");
}

#[test]
fn an_endpoint_is_told_what_its_schema_says() {
    let schema: Value = serde_json::from_str(&schema("A notice")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for notice in hostile().into_iter().chain([long()]) {
        let body = webhook::body(&notice);
        assert!(body.len() < 400_000);
        let document = json(&body);
        assert!(validator.is_valid(&document), "{document}");
        assert_eq!(document["format"], "provisor.notice/1");
    }
}

#[test]
fn a_signature_is_the_one_of_the_standard() {
    // The example of the libraries of Standard Webhooks.
    let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let time = "2021-02-25T15:02:10Z".parse().unwrap();
    let body = br#"{"test": 2432232314}"#;
    let signed = webhook::sign(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", time, body).unwrap();
    let [_, (_, time), (_, signature)] = signed;
    assert_eq!(time, "1614265330");
    assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    for bad in ["t1ny", "whsec_AAAA", "whsec_not base64 at all, not at all"] {
        let time = "2021-02-25T15:02:10Z".parse().unwrap();
        let refused = webhook::sign(&SecretString::from(bad), "x", time, body).unwrap_err();
        assert!(!refused.why.contains(bad), "{refused}");
    }
}

#[cfg(feature = "mail")]
mod by_mail {
    use super::*;
    use crate::config::{Security, Smtp};

    fn smtp() -> Smtp {
        Smtp {
            host: "mail.example.com".to_owned(),
            port: 465,
            security: Security::Tls,
            login: None,
            from: "provisor@example.com".to_owned(),
            to: vec!["it@example.com".to_owned(), "hr@example.com".to_owned()],
        }
    }

    #[test]
    fn no_name_makes_a_header_or_ends_the_message() {
        for notice in hostile().into_iter().chain([long()]) {
            let message = String::from_utf8(mail::formatted(&notice, &smtp())).unwrap();
            assert!(message.is_ascii());
            let (head, body) = message.split_once("\r\n\r\n").unwrap();
            let headers = head
                .split("\r\n")
                .filter(|line| !line.starts_with([' ', '\t']));
            let mut names: Vec<&str> = headers
                .map(|line| line.split(':').next().unwrap())
                .collect();
            names.sort_unstable();
            assert_eq!(
                names,
                [
                    "Auto-Submitted",
                    "Content-Transfer-Encoding",
                    "Content-Type",
                    "Date",
                    "From",
                    "MIME-Version",
                    "Message-ID",
                    "Subject",
                    "To",
                    "X-Auto-Response-Suppress",
                ],
                "{head}"
            );
            assert!(
                head.contains("\r\nTo: it@example.com, hr@example.com\r\n"),
                "{head}"
            );
            assert!(
                head.contains("\r\nAuto-Submitted: auto-generated\r\n"),
                "{head}"
            );
            assert!(
                head.contains("Content-Type: text/plain; charset=utf-8"),
                "{head}"
            );
            for line in message.split("\r\n") {
                assert!(
                    line.len() <= 998 && !line.contains(['\r', '\n']),
                    "{line:?}"
                );
            }
            // Two of the same have one id, of the sender's domain.
            let again = mail::formatted(&notice, &smtp());
            assert_eq!(message.as_bytes(), again);
            assert!(!body.is_empty());
        }
    }

    #[test]
    fn a_subject_reads_as_it_was_meant() {
        let message = mail::formatted(&notice("Zoë: 3 done", &[]), &smtp());
        let message = String::from_utf8(message).unwrap();
        assert!(
            message.contains("Subject: =?utf-8?b?Wm/Dqzo=?= 3 done\r\n"),
            "{message}"
        );
        let plain = mail::formatted(&notice("Run 1: 3 done", &[]), &smtp());
        assert!(
            String::from_utf8(plain)
                .unwrap()
                .contains("Subject: Run 1: 3 done\r\n")
        );
    }
}
