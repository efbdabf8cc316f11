//! Floor 10: one file per command: arguments → the rooms below → exit code.

mod apply;
mod apps;
mod arguments;
mod environment;
mod exit;
mod explain;
mod generate;
mod git;
mod init;
mod plan;
mod sandbox;
mod schema;
mod snapshot;
mod terminal;
mod trouble;
mod validate;
mod world;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use arguments::{Arguments, Command};
use exit::Exit;
use terminal::Terminal;
use trouble::Trouble;

/// Runs the command that the arguments name. The README lists the exit codes.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let help = matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            );
            // Nothing is left to do for a screen that cannot be written to.
            let _ = error.print();
            if help {
                return Exit::Done.into();
            }
            terminal::last(Exit::Usage);
            return Exit::Usage.into();
        }
    };
    let terminal = Terminal::new(&arguments.global);
    let exit = run(&arguments, &terminal).unwrap_or_else(|trouble| {
        let exit = trouble.exit();
        terminal.trouble(trouble);
        exit
    });
    terminal.last(exit);
    exit.into()
}

fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Trouble> {
    let global = &arguments.global;
    match &arguments.command {
        Command::Validate => return Ok(validate::run(global, terminal)),
        Command::Init { target } => return init::run(global, target.as_deref(), terminal),
        Command::Explain(options) => return explain::run(global, options, terminal),
        Command::Apps(options) => return Ok(apps::run(options, terminal)),
        Command::Schema(options) => return schema::run(global, options, terminal),
        Command::Completions { shell } => return Ok(generate::completions(*shell, terminal)),
        Command::Man { target } => return generate::manual(global, target.as_deref(), terminal),
        Command::Plan(_) | Command::Apply(_) | Command::Snapshot(_) | Command::Sandbox(_) => {}
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.map_err(Trouble::Runtime)?.block_on(async {
        match &arguments.command {
            Command::Plan(options) => plan::run(global, options, terminal).await,
            Command::Apply(options) => apply::run(global, options, terminal).await,
            Command::Snapshot(command) => snapshot::run(global, command, terminal).await,
            Command::Sandbox(command) => sandbox::run(global, command, terminal).await,
            _ => unreachable!("it ran above, without a runtime"),
        }
    })
}
