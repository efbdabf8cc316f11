//! `--notify`: tells the channels of `[notify]` what a command did or found.

use clap::Args;

use crate::base::Clock;
use crate::base::foreign::escape;
use crate::config::Config;
use crate::model::event::What;
use crate::model::notice::{Notice, Occasion};
use crate::notify;

use super::arguments::Global;
use super::terminal::Terminal;
use super::trouble::Trouble;

/// Whether anybody is told.
#[derive(Debug, Default, Args)]
pub struct Telling {
    /// Tell the channels of [notify] in provisor.toml
    #[arg(long)]
    pub notify: bool,
}

impl Telling {
    /// Refuses, before anything is done, what nobody would hear of.
    pub fn check(&self, occasion: Occasion, config: &Config) -> Result<(), Trouble> {
        let heard = notify::listening(&config.notify, occasion).next().is_some();
        if self.notify && !heard {
            return Err(Trouble::NobodyToTell(occasion));
        }
        Ok(())
    }

    /// Sends a notice, if that is wanted. What a channel does not take is told by its name, even with
    /// `--quiet`; the exit code stays what the command came to: it says whether to run again, which
    /// would tell nobody more.
    pub async fn tell(
        &self,
        notice: Notice,
        global: &Global,
        config: &Config,
        clock: Clock,
        terminal: &Terminal,
    ) {
        if !self.notify {
            return;
        }
        let occasion = notice.occasion;
        let notice = Notice {
            rehearsal: global.sandbox,
            ..notice
        };
        for delivery in notify::send(&notice, &config.notify, clock).await {
            let notify::Delivery {
                channel,
                medium,
                milliseconds,
                result,
            } = &delivery;
            if let Some(events) = terminal.events() {
                events.write(match result {
                    Ok(()) => What::NotificationSent {
                        channel,
                        kind: medium,
                        occasion,
                        milliseconds: *milliseconds,
                    },
                    Err(unsent) => What::NotificationFailed {
                        channel,
                        kind: medium,
                        occasion,
                        message: &unsent.why,
                        hint: unsent.todo,
                        milliseconds: *milliseconds,
                    },
                });
                continue;
            }
            match result {
                Ok(()) => terminal.say(&format!("told {channel} ({medium})")),
                Err(unsent) => {
                    let why = escape(&unsent.why);
                    terminal.insist(&format!("not told: {channel} ({medium}): {why}"));
                    terminal.insist(&format!("  hint: {}", unsent.todo));
                }
            }
        }
    }
}
