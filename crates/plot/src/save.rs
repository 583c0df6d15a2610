//! A drawing to a file: PNG or SVG by the file's ending, whole or not at all.

use std::{
    io::Cursor,
    path::{Path, PathBuf},
};

use image::{ImageFormat, RgbImage, imageops};
use plotters::{
    coord::Shift,
    drawing::DrawingAreaErrorKind,
    prelude::{BitMapBackend, DrawingArea, DrawingBackend, IntoDrawingArea, SVGBackend},
};
use shallow_data::write_whole;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// A panel in which no line has a point whose x and y are finite.
    #[error("cannot draw line `{line}`: its panel has no finite value")]
    Values {
        /// The name of the panel's first line.
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

    /// Draws everything.
    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>, pen: Pen) -> Drawn<B>;
}

/// How a backend draws.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pen {
    /// Pixels to the unit.
    pub(crate) scale: i32,
    /// Whether the pieces of a line may be joined.
    pub(crate) joins: bool,
}

/// Both formats are drawn this much larger, for smooth lines: the backends know whole pixels only.
const SCALE: u32 = 3;

/// Draws the whole picture, then writes it whole.
pub(crate) fn save<D: Draw>(drawing: &D, path: &Path) -> Result<(), PlotError> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let bytes = match ending {
        Some("png") => png(drawing),
        Some("svg") => svg(drawing),
        _ => return Err(PlotError::Format { path: path.into() }),
    };
    let written =
        bytes.and_then(|bytes| write_whole(path, &bytes).map_err(|error| error.to_string()));
    written.map_err(|message| PlotError::Write {
        path: path.into(),
        message,
    })
}

/// The text of an SVG picture.
pub(crate) fn to_svg<D: Draw>(drawing: &D) -> Result<String, PlotError> {
    let bytes = svg(drawing);
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).map_err(|error| error.to_string()));
    text.map_err(|message| PlotError::Write {
        path: "the picture".into(),
        message,
    })
}

/// Averages the larger picture.
fn png<D: Draw>(drawing: &D) -> Result<Vec<u8>, String> {
    let (width, height) = drawing.size();
    let mut large = RgbImage::new(SCALE * width, SCALE * height);
    let backend = BitMapBackend::with_buffer(&mut large, (SCALE * width, SCALE * height));
    draw_on(drawing, backend, false)?;
    let picture = imageops::thumbnail(&large, width, height);
    let mut bytes = Cursor::new(Vec::new());
    let encoded = picture.write_to(&mut bytes, ImageFormat::Png);
    encoded.map_err(|error| error.to_string())?;
    Ok(bytes.into_inner())
}

/// Says the size it is shown in; its coordinates stay those of the larger picture.
fn svg<D: Draw>(drawing: &D) -> Result<Vec<u8>, String> {
    let (width, height) = drawing.size();
    let (wide, high) = (SCALE * width, SCALE * height);
    let mut text = String::new();
    draw_on(
        drawing,
        SVGBackend::with_string(&mut text, (wide, high)),
        true,
    )?;
    let size = |width, height| format!(r#"<svg width="{width}" height="{height}""#);
    Ok(text
        .replacen(&size(wide, high), &size(width, height), 1)
        .into_bytes())
}

fn draw_on<D: Draw, B: DrawingBackend>(drawing: &D, backend: B, joins: bool) -> Result<(), String> {
    let area = backend.into_drawing_area();
    let pen = Pen {
        scale: SCALE as i32,
        joins,
    };
    drawing
        .draw(&area, pen)
        .and_then(|()| area.present())
        .map_err(|error| error.to_string())
}
