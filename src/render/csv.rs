//! Tables for spreadsheets. Every cell is quoted, and none is a formula, whatever is in it; JSON is
//! the machine's copy.

use crate::model::observation::Completeness;
use crate::reports::access::{Access, Account, Answer, Held, origin_word};

use super::access::chain;
use super::safe;
use super::style::Colour;

/// The columns of who has what.
const ACCESS: [&str; 19] = [
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
];

/// Who has what: a row per holding, privileged ones first; an account that holds nothing has one.
pub fn access(access: &Access) -> String {
    let rows = access.rows();
    let rows = rows
        .iter()
        .map(|(account, held)| row(access, account, *held));
    table(&ACCESS, rows)
}

fn row(access: &Access, account: &Account, held: Option<&Held>) -> [String; 19] {
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
        yes(!reasons.is_empty()),
        chain(reasons).to_row(Colour::Plain),
        held.map_or_else(String::new, |held| {
            holders(access, account, held).to_owned()
        }),
        review,
        read_at(access, account),
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

/// A table with its head.
fn table<const N: usize>(head: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
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
