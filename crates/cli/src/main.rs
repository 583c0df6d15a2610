//! The binary.

use std::process::ExitCode;

/// The default allocator hands every large buffer back to the kernel; on the CPU that costs more than the arithmetic.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(shallow_cli::main(std::env::args_os()))
}
