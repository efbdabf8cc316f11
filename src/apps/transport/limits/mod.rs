//! What apps say about their limits, whoever the vendor is: one parser for all.
//!
//! Vendors differ in the names of headers, in units, and in the status of a refusal. None of that
//! is asked of a connector: names are taken apart ([`window`]), whether a number is an instant or
//! seconds is told from the number ([`moment`]), and a refusal that looks like another one is told
//! by the codes in its body ([`words`]).

mod moment;
#[cfg(test)]
mod tests;
mod window;
mod words;

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;

use moment::AppTime;
use window::Window;
use words::Word;

/// What an answer means for whoever asks the app next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The app refused because of a limit, and so did surely not act.
    pub refused: bool,
    /// When it may be asked again, if the app says anything of it.
    pub end: Option<End>,
}

/// When an app may be asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// After this.
    In(Duration),
    /// It counts by the minute, and names no end.
    Minute,
    /// It counts by the day: not in this run.
    Day,
}

/// Judges an answer.
///
/// `Retry-After` counts where the app refuses or breaks. Else the window counts, on a refusal and
/// on the answer that used up its last request.
pub fn judge(status: u16, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Verdict {
    let now = AppTime::of(headers, now);
    let windows = window::all(headers, now);
    let retry_after = moment::retry_after(headers, now);
    let used_up = windows.iter().any(Window::is_used_up);
    // Of these statuses, some vendors give their refusals one (Google, Salesforce: 403; Linear: 400).
    let said = match status {
        400 | 403 | 429 => words::read(body),
        _ => words::Said::default(),
    };
    let refused = match status {
        429 => true,
        403 => retry_after.is_some() || used_up || said.word.is_some(),
        400 => said.word.is_some(),
        // HubSpot, while it moves an account.
        477 => retry_after.is_some(),
        _ => false,
    };
    let breaks = matches!(status, 503 | 529);
    let told = || retry_after.or(said.retry_after).map(End::In);
    let spent = || {
        let by_day = said.word == Some(Word::Day) || window::is_of_a_day(headers, &windows);
        by_day.then_some(End::Day)
    };
    let window = || window::end(&windows, refused).map(End::In);
    let word = || match said.word? {
        Word::Minute => Some(End::Minute),
        Word::AfterAMinute => Some(End::In(Duration::from_mins(1))),
        Word::Soon | Word::Day => None,
    };
    let end = if refused {
        told().or_else(spent).or_else(window).or_else(word)
    } else if breaks {
        told()
    } else {
        window()
    };
    Verdict { refused, end }
}
