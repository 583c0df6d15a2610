//! The font of every picture: DejaVu Sans, compiled in, so that no font need be installed.

use std::sync::Once;

use plotters::style::{FontStyle, register_font};

/// The family name, registered on first use.
pub(crate) fn family() -> &'static str {
    static REGISTER: Once = Once::new();
    REGISTER.call_once(|| {
        let sans = register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular());
        assert!(sans.is_ok(), "the font that is compiled in can be read");
    });
    "sans-serif"
}
