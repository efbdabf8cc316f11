//! The thin binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    provisor::cli::main(std::env::args_os())
}
