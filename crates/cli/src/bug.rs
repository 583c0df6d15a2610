//! What is left of panics: one sentence, and an exit code.

use std::panic::{self, AssertUnwindSafe, PanicHookInfo};

use crate::print::say;

/// Runs the program. A panic, which is always a bug, ends it with one sentence and exit code 1; what is on the disk by then stays.
pub(crate) fn caught(run: impl FnOnce() -> u8) -> u8 {
    panic::set_hook(Box::new(|info| say(&sentence(info))));
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or(1)
}

fn sentence(info: &PanicHookInfo) -> String {
    let what = info
        .payload_as_str()
        .unwrap_or("no message")
        .replace('\n', " ");
    let place = info.location().map_or(String::new(), |at| {
        format!(" ({}:{})", at.file(), at.line())
    });
    format!(
        "error: this is a bug in shallow: {what}{place}; please report it with the command line and, if there is one, the input file"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_with_code_1() {
        let code = caught(|| panic!("of\ntwo lines"));
        assert_eq!(code, 1);
        let code = caught(|| 2);
        assert_eq!(code, 2);
        let _ = panic::take_hook();
    }
}
