//! A drawing to a file: PNG or SVG by the file's ending, whole or not at all.

use std::{
    fs,
    path::{Path, PathBuf},
};

use image::{ImageFormat, RgbImage, imageops};
use plotters::{
    coord::Shift,
    drawing::DrawingAreaErrorKind,
    prelude::{BitMapBackend, DrawingArea, DrawingBackend, IntoDrawingArea, SVGBackend},
};

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// Values that cannot be drawn: none at all, or one that is NaN or infinite.
    #[error("cannot draw line `{line}`: it needs at least one value, and all must be finite")]
    Values {
        /// The line's name.
        line: String,
    },
    /// A file name that ends in neither `.png` nor `.svg`.
    #[error("cannot tell the format of picture `{}`; end its name in .png or .svg", .path.display())]
    Format {
        /// The file asked for.
        path: PathBuf,
    },
    /// The file could not be written.
    #[error("cannot write picture `{}`: {message}; choose a folder you may write to", .path.display())]
    Write {
        /// The file asked for.
        path: PathBuf,
        /// What the system said.
        message: String,
    },
}

/// What drawing on a backend ends in.
pub(crate) type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

/// What draws itself on any backend.
pub(crate) trait Draw {
    /// Width and height in units of a hundredth of an inch.
    fn size(&self) -> (u32, u32);

    /// Draws everything, `scale` pixels to the unit.
    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>, scale: u32) -> Drawn<B>;
}

/// Draws to a file beside `path`, then renames it: `path` is never half-written.
pub(crate) fn save<D: Draw>(drawing: &D, path: &Path) -> Result<(), PlotError> {
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    let unfinished = path.with_extension(format!("unfinished.{ending}"));
    let drawn = match ending {
        "png" => save_png(drawing, &unfinished),
        "svg" => draw_on(drawing, SVGBackend::new(&unfinished, drawing.size()), 1),
        _ => return Err(PlotError::Format { path: path.into() }),
    };
    let renamed = drawn.and_then(|()| fs::rename(&unfinished, path).map_err(|e| e.to_string()));
    renamed.map_err(|message| {
        let _ = fs::remove_file(&unfinished); // it may not exist; the first failure is the one to report
        PlotError::Write {
            path: path.into(),
            message,
        }
    })
}

/// Draws three times as large and averages, for smooth lines: the bitmap backend draws wide lines without.
fn save_png<D: Draw>(drawing: &D, path: &Path) -> Result<(), String> {
    const SCALE: u32 = 3;
    let (width, height) = drawing.size();
    let mut large = RgbImage::new(SCALE * width, SCALE * height);
    draw_on(
        drawing,
        BitMapBackend::with_buffer(&mut large, (SCALE * width, SCALE * height)),
        SCALE,
    )?;
    let picture = imageops::thumbnail(&large, width, height);
    picture
        .save_with_format(path, ImageFormat::Png)
        .map_err(|error| error.to_string())
}

fn draw_on<D: Draw, B: DrawingBackend>(drawing: &D, backend: B, scale: u32) -> Result<(), String> {
    let area = backend.into_drawing_area();
    drawing
        .draw(&area, scale)
        .and_then(|()| area.present())
        .map_err(|error| error.to_string())
}
