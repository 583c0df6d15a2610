//! `shallow completions`: a completion script for a shell.

use anyhow::Result;
use clap::CommandFactory;

use crate::{args::Shallow, print::print};

/// Prints the script.
pub fn run(shell: clap_complete::Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Shallow::command(), "shallow", &mut script);
    print(&script)
}
