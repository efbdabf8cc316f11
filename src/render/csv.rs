//! Tables for spreadsheets. Every cell is quoted, and none is a formula, whatever is in it; JSON is
//! the machine's copy.

mod difference;
mod drift;
mod readiness;

use crate::model::observation::Completeness;
use crate::reports::access::{
    Access, Account, Answer, AppAnswer, Closed, Held, Unknown, origin_word,
};

use super::access::chain;
use super::failure;
use super::safe;
use super::style::Colour;

pub use difference::difference;
pub use drift::drift;
pub use readiness::readiness;

/// The columns of who has what.
const ACCESS: [&str; 21] = [
    "person_id",
    "person",
    "app",
    "login",
    "vendor_id",
    "email",
    "account_kind",
    "status",
    "entitlement_kind",
    "value",
    "level",
    "privileged",
    "approved_until",
    "origin",
    "by_the_files",
    "because",
    "holders",
    "review",
    "read_at",
    "reading",
    "reading_why",
];

/// Who has what. First what is missing, so that nobody concludes from a table that is cut short: a
/// row per app that was not read, and per value of which nobody asked or that no app knows. Then a
/// row per holding, privileged ones first; an account that holds nothing has one.
pub fn access(access: &Access) -> String {
    let unread = access.apps.iter().filter_map(unread);
    let unknown = access.unknown.iter().map(unknown);
    let rows = access.rows();
    let rows = rows
        .iter()
        .map(|(account, held)| row(access, account, *held));
    table(&ACCESS, unread.chain(unknown).chain(rows))
}

/// An app that was not read: anybody may have anything in it.
fn unread(app: &AppAnswer) -> Option<[String; 21]> {
    let Answer::Unread { failure } = &app.answer else {
        return None;
    };
    let mut row = <[String; 21]>::default();
    app.app.as_str().clone_into(&mut row[2]);
    "unread".clone_into(&mut row[19]);
    row[20] = failure::words(failure).to_row(Colour::Plain);
    Some(row)
}

/// A value that was sought, and of which there is no row.
fn unknown(unknown: &Unknown) -> [String; 21] {
    let sought = &unknown.sought;
    let mut row = <[String; 21]>::default();
    sought.app.as_str().clone_into(&mut row[2]);
    row[8].clone_from(&sought.kind);
    row[9] = sought.value.clone().unwrap_or_default();
    let (reading, why) = if unknown.told {
        ("no such value", "the app knows no value of this name")
    } else {
        ("did not tell", "nobody asked the app who holds it")
    };
    reading.clone_into(&mut row[19]);
    why.clone_into(&mut row[20]);
    row
}

fn row(access: &Access, account: &Account, held: Option<&Held>) -> [String; 21] {
    use crate::reports::access::Whose;
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let person = account.whose.person();
    let reasons = held.map_or(&account.because, |held| &held.because);
    let review = match &account.whose {
        Whose::Listed { review, .. } => review.to_string(),
        _ => String::new(),
    };
    let of = |text: fn(&Held) -> String| held.map(text).unwrap_or_default();
    [
        person.map_or_else(String::new, |person| person.id.as_str().to_owned()),
        person.map_or_else(String::new, |person| person.name.raw().to_owned()),
        account.app.as_str().to_owned(),
        account.account.login.raw().to_owned(),
        account.account.vendor_id.raw().to_owned(),
        account.email.raw().to_owned(),
        account.whose.word().to_owned(),
        account.status.word().to_owned(),
        of(|held| held.kind.clone()),
        of(|held| held.value.raw().to_owned()),
        of(|held| {
            let level = held.level.as_ref();
            level.map_or_else(String::new, |level| level.raw().to_owned())
        }),
        of(|held| if held.privileged { "yes" } else { "no" }.to_owned()),
        of(|held| {
            let until = held.approved_until;
            until.map_or_else(String::new, |until| until.to_string())
        }),
        of(|held| origin_word(held.origin).to_owned()),
        match account.closed {
            Some(_) => "closed".to_owned(),
            None => yes(!reasons.is_empty()),
        },
        match account.closed {
            Some(Closed {
                kept_until: Some(day),
            }) => format!("kept until {day}"),
            _ => chain(reasons).to_row(Colour::Plain),
        },
        held.map_or_else(String::new, |held| {
            holders(access, account, held).to_owned()
        }),
        review,
        read_at(access, account),
        match account.carried_from {
            None => "read".to_owned(),
            Some(from) => format!("carried forward from snapshot {from}"),
        },
        carried_why(access, account),
    ]
}

/// How far the reading goes of the kind; who holds a privileged value is always asked.
fn holders(access: &Access, account: &Account, held: &Held) -> &'static str {
    let app = access.apps.iter().find(|app| app.app == account.app);
    let kinds = app.map_or(&[][..], |app| match &app.answer {
        Answer::Read { kinds, .. } => kinds.as_slice(),
        Answer::Unread { .. } => &[],
    });
    let kind = kinds.iter().find(|kind| kind.kind == held.kind);
    match kind.map(|kind| &kind.holders) {
        Some(Completeness::Complete) => "complete",
        Some(Completeness::NamedOnly) if held.privileged => "complete",
        Some(Completeness::NamedOnly) => "named only",
        Some(Completeness::Incomplete(_)) | None => "incomplete",
    }
}

fn read_at(access: &Access, account: &Account) -> String {
    let app = access.apps.iter().find(|app| app.app == account.app);
    match app.map(|app| &app.answer) {
        Some(Answer::Read { at, .. }) => at.to_string(),
        _ => String::new(),
    }
}

fn carried_why(access: &Access, account: &Account) -> String {
    let app = access.apps.iter().find(|app| app.app == account.app);
    match app.map(|app| &app.answer) {
        Some(Answer::Read {
            carried: Some(carried),
            ..
        }) => carried.why.raw().to_owned(),
        _ => String::new(),
    }
}

/// A table with its head.
pub(super) fn table<const N: usize>(
    head: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let mut table = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(Vec::new());
    let written = "memory takes all bytes";
    table.write_record(head).expect(written);
    for row in rows {
        table
            .write_record(row.map(|text| cell(&text)))
            .expect(written);
    }
    let bytes = table.into_inner().expect(written);
    String::from_utf8(bytes).expect("text was written")
}

/// Text that is one line, visible, and no formula to any spreadsheet.
fn cell(text: &str) -> String {
    let safe = safe::whole(text);
    let formula = |first: char| {
        matches!(
            first,
            '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '|' | '%'
        )
    };
    if text.trim_start().starts_with(formula) || text.starts_with(['\t', '\r', '\n']) {
        return format!("'{safe}");
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_or_a_line_of_its_own() {
        for (text, shown) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(1)", "'@SUM(1)"),
            (" =1", "' =1"),
            ("＝1", "'＝1"),
            ("\t=1", "'\\u{9}=1"),
            ("\r=1", "'\\u{d}=1"),
            ("a\n=1", "a\\u{a}=1"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("Zoë O'Neil", "Zoë O'Neil"),
        ] {
            assert_eq!(cell(text), shown);
        }
    }

    #[test]
    fn a_cell_keeps_to_itself() {
        let row = ["a\",\"b".to_owned(), "c,d".to_owned()];
        let text = table(&["x", "y"], std::iter::once(row));
        assert_eq!(text, "\"x\",\"y\"\n\"a\"\",\"\"b\",\"c,d\"\n");
    }
}
