//! `shallow export`: a fitted network for other programs, verified on the spot.

use anyhow::{Context, Result, bail};
use shallow_data::short;
use shallow_export::{Dtype, ExportError, Fitted, Options, export};

use crate::{args::ExportArgs, error::usage, print::print};

/// Exports, and prints what the check found.
pub fn run(args: &ExportArgs) -> Result<()> {
    let fitted = Fitted::load(&args.dir)?;
    let path = match &args.out {
        Some(path) => path.clone(),
        None => args
            .dir
            .join("export/model")
            .with_extension(args.format.extension()),
    };
    let options = Options {
        format: args.format,
        form: args.form,
        dtype: args.dtype.unwrap_or(Dtype::F64),
        path,
    };
    if args.out.is_none() {
        let folder = args.dir.join("export");
        std::fs::create_dir_all(&folder).with_context(|| {
            let folder = folder.display();
            format!("cannot write {folder}, choose a folder with room that you may write to")
        })?;
    }
    let exported = match export(&fitted, &options) {
        Err(ExportError::Options(what)) => return Err(usage(flagged(&what))),
        exported => exported?,
    };
    let text = format!(
        "{}: {}, {}; largest deviation from the model {} at {} test vectors, {}\n",
        exported.path.display(),
        exported.model,
        exported.form,
        short(exported.deviation),
        exported.n_vectors,
        exported.by
    );
    print(text.as_bytes())?;
    if !exported.is_close() {
        bail!(
            "that is more than the {} that rounding explains; do not use the file",
            short(exported.tolerance)
        );
    }
    Ok(())
}

/// The options as flags.
fn flagged(what: &str) -> String {
    what.replacen(
        "a form goes with the formats",
        "--as goes with the formats",
        1,
    )
    .replacen("export it as net", "use --as net", 1)
    .replacen(
        "dtype f32 goes with the format onnx",
        "--dtype f32 goes with --format onnx",
        1,
    )
}
