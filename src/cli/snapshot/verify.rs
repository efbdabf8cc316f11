//! `snapshot verify`: whether anything that runs left behind was touched since.

use std::path::PathBuf;

use clap::Args;

use crate::base::Digest;
use crate::cli::arguments::{Format, Global};
use crate::cli::exit::Exit;
use crate::cli::terminal::Terminal;
use crate::cli::trouble::Trouble;
use crate::cli::world;
use crate::render::{json, verification};
use crate::state::Store;
use crate::state::signature::AllowedSigners;
use crate::state::verify::{Anchor, verify};

/// Options of `snapshot verify`.
#[derive(Debug, Args)]
pub struct VerifyOptions {
    /// The digest of the last snapshot, or of an earlier one, as it was kept elsewhere: `apply`
    /// prints it
    #[arg(long, value_name = "DIGEST")]
    pub head: Option<Digest>,

    /// Check the snapshots' signatures against a file of who may sign, as ssh-keygen has it
    #[arg(long, value_name = "FILE")]
    pub allowed_signers: Option<PathBuf>,

    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Looks at every piece.
pub async fn run(
    global: &Global,
    options: &VerifyOptions,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    let config = world::load(global, terminal)?;
    let place = world::state(global, &config);
    let signers = options
        .allowed_signers
        .as_ref()
        .map(|path| global.path(path));
    if let Some(path) = &signers {
        let readable = std::fs::File::open(path).map(drop);
        readable.map_err(|error| Trouble::Read {
            path: path.clone(),
            error,
        })?;
    }
    let anchor = Anchor {
        head: options.head,
        signers: signers.map(AllowedSigners),
    };
    let verified = verify(&Store::at(&place)?, &anchor).await?;
    match options.format {
        Format::Text => terminal.result(&verification::text(&verified, terminal.width())),
        Format::Json => terminal.data(&json::verification(&verified, json::Layout::Pretty)),
    }
    Ok(if verified.is_sound() {
        Exit::Done
    } else {
        Exit::Error
    })
}
