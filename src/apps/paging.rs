//! Whether the pages of a listing are all of it: one judge for all connectors.
//!
//! What is missing from a listing looks like somebody without an account, so whatever is odd about
//! its pages is a doubt: the reading is then incomplete, or fails.

use std::collections::HashSet;
use std::hash::Hash;

/// A listing of more pages than this is endless.
pub const MOST_PAGES: usize = 50_000;

/// So many pages in a row without anything on them, and the listing is taken to have no end. Some
/// are nothing odd: vendors leave out what an administrator may not see.
const MOST_EMPTY_PAGES: usize = 100;

/// A record's id came before, so that another was left out.
pub const ACCOUNT_CAME_TWICE: &str = "an account id came twice while paging";

/// A record's id came before, so that another was left out.
pub const GROUP_CAME_TWICE: &str = "a group id came twice while paging";

/// Why a listing cannot be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// Somebody came or went meanwhile.
    #[error("the number of records changed while paging")]
    TotalMoved,
    /// Pages ended too early, or went on.
    #[error("the server said {said} and sent {sent}")]
    Miscounted {
        /// The total.
        said: usize,
        /// The records that came.
        sent: usize,
    },
    /// It goes round in a circle.
    #[error("a cursor came twice while paging")]
    CursorTwice,
    /// It is not good any more.
    #[error("the server's cursor expired while paging")]
    CursorExpired,
    /// More pages, and nothing on them.
    #[error("page after page holds nothing, without an end")]
    Empty,
    /// More and more.
    #[error("the listing does not end")]
    Endless,
}

/// The pages of one listing that came so far. `Cursor` is what leads to a page.
#[derive(Debug)]
pub struct Pages<Cursor = String> {
    cursors: HashSet<Cursor>,
    count: usize,
    empty_in_a_row: usize,
    received: usize,
    total: Option<usize>,
}

impl<Cursor> Default for Pages<Cursor> {
    fn default() -> Self {
        Self {
            cursors: HashSet::new(),
            count: 0,
            empty_in_a_row: 0,
            received: 0,
            total: None,
        }
    }
}

impl<Cursor: Eq + Hash> Pages<Cursor> {
    /// Where the first page is: no other leads back to it.
    pub fn start(&mut self, cursor: Cursor) {
        self.cursors.insert(cursor);
    }

    /// Takes a page of so many records, and the total that it tells, if it does.
    pub fn take(&mut self, records: usize, total: Option<usize>) -> Result<(), Doubt> {
        if self.count == 0 {
            self.total = total;
        }
        self.count += 1;
        self.received += records;
        self.empty_in_a_row = if records == 0 {
            self.empty_in_a_row + 1
        } else {
            0
        };
        if total.is_some() && total != self.total {
            return Err(Doubt::TotalMoved);
        }
        Ok(())
    }

    /// Whether another page may be asked for, from where the one before ended.
    pub fn more(&self) -> Result<(), Doubt> {
        if self.count >= MOST_PAGES {
            return Err(Doubt::Endless);
        }
        if self.empty_in_a_row > MOST_EMPTY_PAGES {
            return Err(Doubt::Empty);
        }
        Ok(())
    }

    /// [`Self::more`], where a cursor leads to the next page: to none that came before.
    pub fn follow(&mut self, cursor: Cursor) -> Result<(), Doubt> {
        self.more()?;
        if !self.cursors.insert(cursor) {
            return Err(Doubt::CursorTwice);
        }
        Ok(())
    }

    /// Whether all came that the first page promised.
    pub fn end(&self) -> Result<(), Doubt> {
        match self.total {
            Some(said) if said != self.received => Err(Doubt::Miscounted {
                said,
                sent: self.received,
            }),
            _ => Ok(()),
        }
    }

    /// How many records came.
    pub fn received(&self) -> usize {
        self.received
    }

    /// How many there are, by the first page.
    pub fn total(&self) -> Option<usize> {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_add_up_are_believed() {
        let mut pages = Pages::<String>::default();
        assert_eq!(pages.take(2, Some(5)), Ok(()));
        assert_eq!(pages.follow("b".to_owned()), Ok(()));
        assert_eq!(pages.take(2, None), Ok(()), "not every page tells it");
        assert_eq!(pages.follow("c".to_owned()), Ok(()));
        assert_eq!(pages.take(1, Some(5)), Ok(()));
        assert_eq!(pages.end(), Ok(()));
    }

    #[test]
    fn what_does_not_add_up_is_a_doubt() {
        let mut pages = Pages::<String>::default();
        pages.take(2, Some(5)).unwrap();
        assert_eq!(pages.take(2, Some(4)), Err(Doubt::TotalMoved));
        let (said, sent) = (5, 4);
        assert_eq!(pages.end(), Err(Doubt::Miscounted { said, sent }));
        pages.take(0, Some(5)).unwrap();
        assert_eq!(pages.end(), Err(Doubt::Miscounted { said, sent }));
        pages.take(2, Some(5)).unwrap();
        let sent = 6;
        assert_eq!(pages.end(), Err(Doubt::Miscounted { said, sent }));
    }

    #[test]
    fn nobody_is_led_in_a_circle_or_on_and_on() {
        let mut pages = Pages::default();
        pages.start("a");
        pages.follow("b").unwrap();
        assert_eq!(pages.follow("a"), Err(Doubt::CursorTwice));
        for _ in 0..MOST_EMPTY_PAGES {
            pages.take(0, None).unwrap();
        }
        pages.follow("c").unwrap();
        pages.take(0, None).unwrap();
        assert_eq!(pages.follow("d"), Err(Doubt::Empty));
        pages.take(1, None).unwrap();
        pages.follow("d").unwrap();
        for _ in 0..MOST_PAGES {
            pages.take(1, None).unwrap();
        }
        assert_eq!(pages.follow("e"), Err(Doubt::Endless));
    }
}
