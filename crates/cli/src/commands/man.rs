//! `shallow man`: the manual page.

use anyhow::Result;
use clap::CommandFactory;

use crate::{args::Shallow, print::print};

/// Prints the page: the program, then its commands.
pub fn run() -> Result<()> {
    let mut page = Vec::new();
    for command in manual(Shallow::command()) {
        clap_mangen::Man::new(command).render(&mut page)?;
    }
    print(&page)
}

/// The program and its commands, each as it is called.
fn manual(mut program: clap::Command) -> Vec<clap::Command> {
    program.build();
    let commands: Vec<_> = program
        .get_subcommands()
        .filter(|command| command.get_name() != "help")
        .map(|command| {
            command
                .clone()
                .display_name(format!("shallow-{}", command.get_name()))
        })
        .collect();
    [program].into_iter().chain(commands).collect()
}
