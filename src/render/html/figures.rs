//! What the page of figures shows, as the template reads it: a plot per group, drawn as inline SVG.

use askama::Template;

use crate::render::figures::{Bar, Section, heading, runs, sections, summary};
use crate::render::style::Colour;
use crate::reports::figures::Report;

use super::view::{Piece, class, pieces};

/// How wide the longest bar is, in the plot's units.
const WIDEST: i64 = 400;

/// How high a row of a plot is.
const ROW: usize = 26;

/// How many characters of a label fit beside its bar.
const LABEL: usize = 38;

/// The whole page.
#[derive(Template)]
#[template(path = "figures.html", config = "src/render/html/askama.toml")]
pub struct Page {
    heading: Vec<Piece>,
    runs: Vec<Piece>,
    summary: Vec<Piece>,
    sections: Vec<SectionView>,
}

/// A group of figures.
struct SectionView {
    title: &'static str,
    means: &'static str,
    lines: Vec<Vec<Piece>>,
    height: usize,
    bars: Vec<BarView>,
}

/// One bar.
struct BarView {
    label: String,
    whole: String,
    says: String,
    class: &'static str,
    /// Its length, and that of what it could be.
    width: i64,
    of: i64,
    /// Where the bar and the text's base line are.
    y: usize,
    base: usize,
}

impl Page {
    /// Lays it out.
    pub fn of(report: &Report) -> Self {
        Self {
            heading: pieces(&heading(report)),
            runs: pieces(&runs(report)),
            summary: pieces(&summary(report)),
            sections: sections(report).iter().map(view).collect(),
        }
    }
}

fn view(section: &Section) -> SectionView {
    let most = section
        .bars
        .iter()
        .map(|bar| bar.of.unwrap_or(bar.value))
        .max();
    let most = most.unwrap_or(0).max(1);
    let bars = section.bars.iter().enumerate();
    SectionView {
        title: section.title,
        means: section.means,
        lines: section.lines.iter().map(pieces).collect(),
        height: section.bars.len() * ROW,
        bars: bars
            .map(|(index, bar)| self::bar(bar, index, most))
            .collect(),
    }
}

fn bar(bar: &Bar, index: usize, most: i64) -> BarView {
    // Something is never drawn as nothing.
    let length = |value: i64| match value {
        0 => 0,
        value => (value.saturating_mul(WIDEST) / most).max(1),
    };
    let whole = bar.label.to_row(Colour::Plain);
    let cut = whole.chars().count() > LABEL;
    let mut label: String = whole
        .chars()
        .take(if cut { LABEL - 1 } else { LABEL })
        .collect();
    if cut {
        label.push('…');
    }
    BarView {
        label,
        whole,
        says: bar.says.clone(),
        class: class(bar.role),
        width: length(bar.value),
        of: bar.of.map_or(0, length),
        y: index * ROW + 4,
        base: index * ROW + 17,
    }
}
