//! A day's work in one process: memory and open files stay as they were.
//! `cargo test -p shallow-fitting --no-default-features --test soak -- --ignored --nocapture`
#![cfg(target_os = "linux")]

use std::{fs, sync::atomic::AtomicBool};

use shallow_fitting::{Destination, Plan, Request, Silent, run};

/// Fits, and steps of each: a billion steps in all.
const FITS: usize = 10_000;
const STEPS: usize = 100_000;

/// Megabytes in memory, and open files.
fn held() -> (f64, usize) {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    let resident: f64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
    (
        resident * 4096.0 / 1e6,
        fs::read_dir("/proc/self/fd").unwrap().count(),
    )
}

#[test]
#[ignore = "takes a quarter of an hour"]
fn ten_thousand_fits_leave_no_memory_and_no_file_behind() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    let mut first = (0.0, 0);
    for fit in 0..FITS {
        let text = format!(
            "function = \"sin(3*x)\"\nmethod = \"descent\"\nhidden = 2\nsamples = 40\ntest-samples = 10\nepochs = {STEPS}\n\
             log-every = 5000\nseed = {fit}\n"
        );
        fs::write(&config, text).unwrap();
        let plan = Plan::new(&Request::read(&config).unwrap()).unwrap();
        let out = Some(folder.path().join("run"));
        let into = Destination::New { out, force: true };
        run(&plan, into, &AtomicBool::new(false), &mut Silent).unwrap();
        let now = held();
        if fit == FITS / 20 {
            first = now;
        }
        if fit % (FITS / 20) == 0 {
            println!("{fit} fits: {:.1} MB, {} open files", now.0, now.1);
        }
    }
    let last = held();
    assert!(last.0 <= 1.1 * first.0 + 5.0, "{first:?}, then {last:?}");
    assert_eq!(last.1, first.1);
}
