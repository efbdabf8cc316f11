//! TOML read leniently: values that know their places, and all mistakes of a file at once.

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostic::Diagnostic;
use super::fields::Fields;
use super::nearest::nearest;
use super::source::{FileId, Site, Span};

/// How many bytes may be parsed again, and how often, to find all mistakes of a broken text.
const REPAIRS: (usize, usize) = (32 * 1024 * 1024, 30);

/// Where a parsed text stands: its file, and how far into it.
#[derive(Clone, Copy, Debug)]
struct Place {
    file: FileId,
    offset: usize,
    /// Lines were taken out: what is absent may have stood there.
    broken: bool,
}

impl Place {
    fn site(self, range: &Range<usize>) -> Site {
        let byte = |index| u32::try_from(self.offset + index).unwrap_or(u32::MAX);
        Site {
            file: self.file,
            span: Span {
                start: byte(range.start),
                end: byte(range.end),
            },
        }
    }
}

/// A TOML text, parsed as far as it can be.
#[derive(Debug)]
pub struct Document<'i> {
    root: DeTable<'i>,
    place: Place,
}

impl Document<'_> {
    /// Parses `text`, which starts at byte `offset` of a file, and hands it to `reader`.
    ///
    /// A line with a mistake of syntax is reported as `syntax` and taken out, so that the parser's
    /// recovery swallows nothing that follows: everything else is read all the same.
    pub fn read<R>(
        file: FileId,
        text: &str,
        offset: usize,
        problems: &mut Vec<Diagnostic>,
        reader: impl FnOnce(&Document<'_>, &mut Vec<Diagnostic>) -> R,
    ) -> R {
        let mut place = Place {
            file,
            offset,
            broken: false,
        };
        let (root, errors) = DeTable::parse_recoverable(text);
        if errors.is_empty() {
            let root = root.into_inner();
            return reader(&Document { root, place }, problems);
        }
        drop((root, errors));
        place.broken = true;
        let repaired = repair(text, |span, message| {
            problems.push(Diagnostic::error("syntax", message).at(place.site(span), ""));
        });
        let (root, _) = DeTable::parse_recoverable(&repaired);
        let root = root.into_inner();
        reader(&Document { root, place }, problems)
    }

    /// True if there were mistakes of syntax: something may be missing for that reason alone.
    pub fn is_broken(&self) -> bool {
        self.place.broken
    }

    /// The outermost table, with its unknown keys reported.
    pub fn root(&self, fields: &Fields, problems: &mut Vec<Diagnostic>) -> Table<'_> {
        let table = Table {
            entries: &self.root,
            place: self.place,
            site: self.place.site(&(0..0)),
        };
        table.refuse_unknown(fields, problems);
        table
    }
}

/// A table whose keys are known.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    entries: &'a DeTable<'a>,
    place: Place,
    /// The header, or the whole of an inline table.
    pub site: Site,
}

impl<'a> Table<'a> {
    /// The value of a key, if it is there.
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        let (key, inner) = self.entries.get_key_value(name)?;
        Some(Value {
            inner,
            place: self.place,
            key: self.place.site(&key.span()),
        })
    }

    /// The value of a key that must be there; its absence is reported as `missing-field`, unless it
    /// may have stood in a broken line.
    pub fn require(&self, name: &str, problems: &mut Vec<Diagnostic>) -> Option<Value<'a>> {
        let value = self.get(name);
        if value.is_none() && !self.place.broken {
            problems.push(
                Diagnostic::error("missing-field", format!("`{name}` is missing"))
                    .at(self.site, format!("needs `{name}`")),
            );
        }
        value
    }

    /// An optional text.
    pub fn text(&self, name: &str, problems: &mut Vec<Diagnostic>) -> Option<&'a str> {
        self.get(name)?.text(problems)
    }

    /// An optional list.
    pub fn list(&self, name: &str, problems: &mut Vec<Diagnostic>) -> Vec<Value<'a>> {
        let list = self.get(name).map(|value| value.list(problems));
        list.unwrap_or_default()
    }

    fn refuse_unknown(&self, fields: &Fields, problems: &mut Vec<Diagnostic>) {
        for (key, _) in self.entries {
            let name = key.get_ref().as_ref();
            if fields.names().any(|known| known == name) {
                continue;
            }
            let site = self.place.site(&key.span());
            problems.push(if fields.planned.contains(&name) {
                not_built_yet(&format!("`{name}`")).at(site, "")
            } else {
                let known = fields.names().chain(fields.planned.iter().copied());
                Diagnostic::error("unknown-key", format!("unknown key `{name}`"))
                    .at(site, "")
                    .hint(did_you_mean(name, known.clone()).unwrap_or_else(|| {
                        format!("known here: {}", known.collect::<Vec<_>>().join(", "))
                    }))
            });
        }
    }
}

/// A value, its place, and the place of its key.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    inner: &'a Spanned<DeValue<'a>>,
    place: Place,
    /// The key's place; the value's own in a list.
    pub key: Site,
}

/// A key of a table whose keys are names that the user chose.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// The name.
    pub name: &'a str,
    /// Its place.
    pub site: Site,
}

impl<'a> Value<'a> {
    /// The value's place.
    pub fn site(&self) -> Site {
        self.place.site(&self.inner.span())
    }

    /// The text, if it is one; nothing is reported.
    pub fn as_text(&self) -> Option<&'a str> {
        self.inner.get_ref().as_str()
    }

    /// True or false, if it is one of them; nothing is reported.
    pub fn as_boolean(&self) -> Option<bool> {
        self.inner.get_ref().as_bool()
    }

    /// True for a table.
    pub fn is_table(&self) -> bool {
        self.inner.get_ref().is_table()
    }

    /// True for a list.
    pub fn is_list(&self) -> bool {
        self.inner.get_ref().is_array()
    }

    /// A text.
    pub fn text(&self, problems: &mut Vec<Diagnostic>) -> Option<&'a str> {
        self.expect(self.as_text(), "a string", problems)
    }

    /// True or false.
    pub fn boolean(&self, problems: &mut Vec<Diagnostic>) -> Option<bool> {
        let value = self.inner.get_ref().as_bool();
        self.expect(value, "true or false", problems)
    }

    /// A whole number.
    pub fn integer(&self, problems: &mut Vec<Diagnostic>) -> Option<i64> {
        let value = self.inner.get_ref().as_integer();
        let number =
            value.and_then(|value| i64::from_str_radix(value.as_str(), value.radix()).ok());
        self.expect(number, "a whole number", problems)
    }

    /// A list.
    pub fn list(&self, problems: &mut Vec<Diagnostic>) -> Vec<Value<'a>> {
        let list = self.expect(self.inner.get_ref().as_array(), "a list", problems);
        let values = list.into_iter().flatten().map(|inner| Value {
            inner,
            place: self.place,
            key: self.place.site(&inner.span()),
        });
        values.collect()
    }

    /// A list of texts; what is not a text is reported and left out.
    pub fn texts(&self, problems: &mut Vec<Diagnostic>) -> Vec<(&'a str, Site)> {
        let values = self.list(problems).into_iter();
        values
            .filter_map(|value| Some((value.text(problems)?, value.site())))
            .collect()
    }

    /// A table with known keys.
    pub fn table(&self, fields: &Fields, problems: &mut Vec<Diagnostic>) -> Option<Table<'a>> {
        let entries = self.expect(self.inner.get_ref().as_table(), "a table", problems)?;
        let table = Table {
            entries,
            place: self.place,
            site: self.site(),
        };
        table.refuse_unknown(fields, problems);
        Some(table)
    }

    /// The entries of a table whose keys are names, sorted by name.
    pub fn entries(&self, problems: &mut Vec<Diagnostic>) -> Vec<(Key<'a>, Value<'a>)> {
        let entries = self.expect(self.inner.get_ref().as_table(), "a table", problems);
        let mut entries: Vec<_> = entries
            .into_iter()
            .flatten()
            .map(|(key, inner)| {
                let site = self.place.site(&key.span());
                let name: &str = key.get_ref();
                let value = Value {
                    inner,
                    place: self.place,
                    key: site,
                };
                (Key { name, site }, value)
            })
            .collect();
        entries.sort_by_key(|(key, _)| key.name);
        entries
    }

    /// A day: `2026-03-17`.
    pub fn date(&self, problems: &mut Vec<Diagnostic>) -> Option<Date> {
        let date = self
            .inner
            .get_ref()
            .as_datetime()
            .filter(|datetime| datetime.time.is_none() && datetime.offset.is_none())
            .and_then(|datetime| civil(datetime.date?));
        self.expect(date, "a date such as 2026-03-17", problems)
    }

    /// An instant: `2026-03-05T15:00:00-08:00`.
    pub fn instant(&self, problems: &mut Vec<Diagnostic>) -> Option<Timestamp> {
        let instant = self.inner.get_ref().as_datetime().and_then(timestamp);
        self.expect(
            instant,
            "a time with an offset such as 2026-03-05T15:00:00-08:00",
            problems,
        )
    }

    /// Reports that something else was expected, without repeating what is there.
    pub fn wrong_shape(&self, expected: &str) -> Diagnostic {
        let found = match self.inner.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        Diagnostic::error("wrong-shape", format!("expected {expected}, found {found}"))
            .at(self.site(), format!("expected {expected}"))
    }

    fn expect<T>(
        &self,
        value: Option<T>,
        expected: &str,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<T> {
        if value.is_none() {
            problems.push(self.wrong_shape(expected));
        }
        value
    }
}

/// The text with broken lines made blank, byte for byte. Reports the first mistake of each run of
/// such lines: its neighbours mostly follow from it.
fn repair(text: &str, mut report: impl FnMut(&Range<usize>, &str)) -> String {
    let mut text = text.to_owned();
    let mut run: Option<Range<usize>> = None;
    let (bytes, most) = REPAIRS;
    for _ in 0..(bytes / text.len().max(1)).clamp(1, most) {
        let (_, errors) = DeTable::parse_recoverable(&text);
        // The first of many: each costs a look at its line.
        let placed = errors.iter().take(100).map(|error| {
            let span = error.span().unwrap_or_default();
            (line(&text, span.start), span, error.message())
        });
        let Some((line, span, message)) = placed.min_by_key(|(line, _, _)| line.start) else {
            break;
        };
        let touches = run.as_ref().is_some_and(|run| {
            let between = run.end.min(line.end)..run.start.max(line.start);
            text.get(between).is_some_and(|text| text.trim().is_empty())
        });
        if !touches {
            report(&span, message);
        }
        if text[line.clone()].trim().is_empty() {
            break;
        }
        text.replace_range(line.clone(), &" ".repeat(line.len()));
        run = Some(match run {
            Some(run) if touches => run.start.min(line.start)..run.end.max(line.end),
            _ => line,
        });
    }
    text
}

/// The line around a byte, without its line break.
fn line(text: &str, byte: usize) -> Range<usize> {
    let (before, after) = text.as_bytes().split_at(byte.min(text.len()));
    let is_break = |byte: &u8| *byte == b'\n';
    let start = before.iter().rposition(is_break).map_or(0, |at| at + 1);
    let length = after.iter().position(is_break).unwrap_or(after.len());
    start..before.len() + length
}

fn civil(date: toml::value::Date) -> Option<Date> {
    let year = i16::try_from(date.year).ok()?;
    let [month, day] = [date.month, date.day].map(i8::try_from);
    Date::new(year, month.ok()?, day.ok()?).ok()
}

fn timestamp(datetime: &toml::value::Datetime) -> Option<Timestamp> {
    let time = datetime.time?;
    let [hour, minute, second] =
        [time.hour, time.minute, time.second.unwrap_or(0)].map(i8::try_from);
    let nanosecond = i32::try_from(time.nanosecond.unwrap_or(0)).ok()?;
    let time = Time::new(hour.ok()?, minute.ok()?, second.ok()?, nanosecond).ok()?;
    let minutes = match datetime.offset? {
        toml::value::Offset::Z => 0,
        toml::value::Offset::Custom { minutes } => i32::from(minutes),
    };
    let offset = Offset::from_seconds(minutes * 60).ok()?;
    offset
        .to_timestamp(civil(datetime.date?)?.to_datetime(time))
        .ok()
}

/// A setting that is designed and not built: refused, never ignored.
pub fn not_built_yet(what: &str) -> Diagnostic {
    Diagnostic::error("not-built-yet", format!("{what} is not built yet"))
        .hint("remove it: provisor refuses what it cannot do rather than ignoring it")
}

/// "did you mean `x`?", if a known name is near.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let best = *nearest(word, known, 1).first()?;
    Some(format!("did you mean `{best}`?"))
}

#[cfg(test)]
mod tests {
    use super::super::fields::{Field, Form};
    use super::*;

    const FIELDS: Fields = Fields::new(&[
        Field::required("name", Form::Text, ""),
        Field::optional("day", Form::Date, ""),
        Field::optional("at", Form::Instant, ""),
        Field::optional("list", Form::List(&Form::Text), ""),
    ])
    .planned(&["guards"]);

    fn codes(text: &str, read: impl Fn(Table<'_>, &mut Vec<Diagnostic>)) -> Vec<&'static str> {
        let mut problems = Vec::new();
        Document::read(FileId(0), text, 0, &mut problems, |document, problems| {
            let root = document.root(&FIELDS, problems);
            read(root, problems);
        });
        problems.iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn reads_on_after_a_mistake_and_reports_all_of_them() {
        let text = "nmae = 1\nname = \nguards = 1\nday = 'x'\nlist = [1, 'a']\n";
        let mut found = codes(text, |root, problems| {
            assert_eq!(root.get("list").unwrap().texts(problems).len(), 1);
            assert!(root.get("day").unwrap().date(problems).is_none());
        });
        found.sort_unstable();
        found.dedup();
        assert_eq!(
            found,
            ["not-built-yet", "syntax", "unknown-key", "wrong-shape"]
        );
    }

    #[test]
    fn places_are_those_of_the_whole_file() {
        Document::read(
            FileId(3),
            "name = 'x'",
            100,
            &mut Vec::new(),
            |document, problems| {
                let name = document.root(&FIELDS, problems).get("name").unwrap();
                assert_eq!(
                    name.key.span,
                    Span {
                        start: 100,
                        end: 104
                    }
                );
                assert_eq!(
                    name.site().span,
                    Span {
                        start: 107,
                        end: 110
                    }
                );
                assert_eq!(name.site().file, FileId(3));
            },
        );
    }

    #[test]
    fn one_broken_line_makes_one_report_and_hides_nothing() {
        let text = "list = [{ a = \"x }]\nnmae = 1\n\nday 2026\n[name]\n[guards";
        let found = codes(text, |root, problems| {
            assert!(root.require("at", problems).is_none());
            assert!(root.get("name").is_some());
        });
        assert_eq!(found, ["syntax", "syntax", "syntax", "unknown-key"]);
        let open = "list = [\n\"a\",\n\nname = 1\nday = 2\nat = 3\n";
        assert_eq!(codes(open, |_, _| {}), ["syntax"]);
    }

    #[test]
    fn instants_need_an_offset_and_days_no_time() {
        let found = codes(
            "at = 2026-03-05T15:00:00-08:00\nday = 2026-03-05T15:00:00",
            |root, problems| {
                let at = root.get("at").unwrap().instant(problems).unwrap();
                assert_eq!(at.to_string(), "2026-03-05T23:00:00Z");
                assert!(root.get("day").unwrap().instant(problems).is_none());
                assert!(root.get("day").unwrap().date(problems).is_none());
            },
        );
        assert_eq!(found, ["wrong-shape", "wrong-shape"]);
    }
}
