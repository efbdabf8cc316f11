//! Roles and the one table that gives each its colour. Nothing else names a colour.

use annotate_snippets::Renderer;
use annotate_snippets::renderer::{AnsiColor, Effects};
use owo_colors::{OwoColorize as _, Style};

/// Whether text carries colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// No escape sequence at all.
    #[default]
    Plain,
    /// SGR sequences of the sixteen colours, which every terminal theme maps to legible ones.
    Ansi,
}

/// What a piece of text is, from which its look follows.
///
/// A role never carries meaning alone: a symbol and a word say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Text as it is.
    Text,
    /// The title of a page or a section.
    Heading,
    /// A name that the eye looks for.
    Strong,
    /// Where and why: there for whoever looks for it.
    Quiet,
    /// Gives: create, grant, reactivate.
    Create,
    /// Takes: deactivate, revoke.
    Remove,
    /// Alters: update, set, adopt.
    Change,
    /// Gives power.
    Privileged,
    /// A human must decide.
    Held,
    /// A rule forbids it, or an app cannot be read.
    Blocked,
    /// It worked.
    Done,
    /// It did not.
    Failed,
    /// It may have worked, or something deserves a look.
    Warning,
}

impl Role {
    /// The symbol that stands before a line of this role; a space where none does.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Text | Self::Heading | Self::Strong | Self::Quiet => " ",
            Self::Create => "+",
            Self::Remove => "-",
            Self::Change => "~",
            Self::Privileged => "!",
            Self::Held => "?",
            Self::Blocked => "×",
            Self::Done => "✓",
            Self::Failed => "✗",
            Self::Warning => "⚠",
        }
    }

    fn style(self) -> Style {
        let style = Style::new();
        match self {
            Self::Text => style,
            Self::Heading | Self::Strong => style.bold(),
            Self::Quiet => style.dimmed(),
            Self::Create | Self::Done => style.green(),
            Self::Remove | Self::Failed => style.red(),
            Self::Change | Self::Warning => style.yellow(),
            Self::Privileged => style.magenta().bold(),
            Self::Held => style.cyan(),
            Self::Blocked => style.red().reversed(),
        }
    }

    /// Writes text in the look of the role.
    pub(super) fn paint(self, text: &str, colour: Colour, into: &mut String) {
        use std::fmt::Write as _;
        let style = self.style();
        if colour == Colour::Plain || style.is_plain() {
            into.push_str(text);
        } else {
            write!(into, "{}", text.style(style)).expect("a String takes all text");
        }
    }
}

/// The crate that draws places in source text, in our colours: notes stand for what is held.
pub(super) fn renderer(colour: Colour) -> Renderer {
    match colour {
        Colour::Plain => Renderer::plain(),
        Colour::Ansi => {
            Renderer::styled().note(AnsiColor::Cyan.on_default().effects(Effects::BOLD))
        }
    }
}
