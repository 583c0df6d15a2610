//! The font of every picture: DejaVu Sans, compiled in, so that no font need be installed.

use std::sync::Once;

use plotters::style::{
    FontStyle, IntoFont, TextStyle, register_font,
    text_anchor::{HPos, Pos, VPos},
};

/// The family name, registered on first use.
fn family() -> &'static str {
    static REGISTER: Once = Once::new();
    REGISTER.call_once(|| {
        let sans = register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular());
        assert!(sans.is_ok(), "the font that is compiled in can be read");
    });
    "sans-serif"
}

/// So far below a line, in units, text with its middle there looks level with the line: both backends draw it too high.
pub(crate) const DROP: i32 = 2;

/// Text of a size in pixels, and which of its points lies where it is drawn.
pub(crate) fn text(size: i32, across: HPos, down: VPos) -> TextStyle<'static> {
    TextStyle::from((family(), size).into_font()).pos(Pos::new(across, down))
}

/// How wide a text is, in pixels.
pub(crate) fn width(text: &str, size: i32) -> i32 {
    let measured = (family(), size).into_font().box_size(text);
    measured.map_or(size * text.len() as i32, |(width, _)| width as i32)
}

/// The largest size up to `most` at which a text has the width, but at least half of `most`.
pub(crate) fn fitting(shown: &str, most: i32, room: i32) -> i32 {
    let fits = |size: &i32| width(shown, *size) <= room;
    (most / 2..=most).rev().find(fits).unwrap_or(most / 2)
}
