//! `shallow devices`: what this build and machine can run on.

use std::fmt::Write;

use anyhow::Result;
use shallow::{BACKENDS, DeviceError};

use shallow_fitting::CPU_BACKENDS;

use crate::print::print;

/// Prints a line for each backend.
pub fn run() -> Result<()> {
    let mut text = format!("{:<9} {:<12} present\n", "backend", "compiled in");
    let mut present = Vec::new();
    for backend in BACKENDS {
        let (compiled_in, is_present, remark) = match shallow::device(backend) {
            Ok(device) => {
                present.push(backend);
                ("yes", "yes", shallow::describe(&device))
            }
            Err(DeviceError::NotCompiledIn { backend }) => (
                "no",
                "-",
                format!("build with --features {backend} to have it"),
            ),
            Err(error) => ("yes", "no", error.to_string()),
        };
        writeln!(
            text,
            "{backend:<9} {compiled_in:<12} {is_present:<8} {remark}"
        )?;
    }
    let cpu = present.iter().find(|name| CPU_BACKENDS.contains(name));
    let auto = shallow::device("auto").map(|device| shallow::describe(&device));
    writeln!(
        text,
        "\nDefault: {} for a perceptron; with --engine autodiff {}, the first that is no software on the CPU. The engines exact and backprop and the best networks need no device.",
        cpu.unwrap_or(&"none"),
        auto.unwrap_or_else(|_| "none".into())
    )?;
    print(text.as_bytes())
}
