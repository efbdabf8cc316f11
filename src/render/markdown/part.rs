//! The parts of a page, which lose their length in turn until the page fits.

/// A part of a page: in full, and as short as it may become.
pub struct Part {
    full: String,
    /// From which turn on it is short, and what then stands in its place.
    short: Option<(usize, String)>,
}

impl Part {
    /// One that always stands in full.
    pub fn standing(write: impl Fn(&mut String)) -> Self {
        let mut full = String::new();
        write(&mut full);
        Self { full, short: None }
    }

    /// One that is short from a turn on; it is told whether it is to be.
    pub fn dropped_at(turn: usize, write: impl Fn(bool, &mut String)) -> Self {
        let text = |is_short| {
            let mut text = String::new();
            write(is_short, &mut text);
            text
        };
        Self {
            full: text(false),
            short: Some((turn, text(true))),
        }
    }

    fn at(&self, turn: usize) -> &str {
        match &self.short {
            Some((from, short)) if turn >= *from => short,
            _ => &self.full,
        }
    }
}

/// The longest page of at most `limit` bytes that the parts make; none if they are too long even
/// when all that may be short are.
pub fn fit(parts: &[Part], limit: usize) -> Option<String> {
    let turns = parts.iter().filter_map(|part| part.short.as_ref());
    let last = turns.map(|(turn, _)| *turn).max().unwrap_or(0);
    let at = |turn| parts.iter().map(move |part| part.at(turn));
    let turn = (0..=last).find(|turn| at(*turn).map(str::len).sum::<usize>() <= limit)?;
    Some(at(turn).collect())
}
