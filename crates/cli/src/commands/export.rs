//! `shallow export`: a fitted network for other programs, verified on the spot.

use std::{ffi::OsStr, fs::create_dir_all, path::Path};

use anyhow::Result;
use shallow_data::{short, write_whole};
use shallow_export::{Dtype, ExportError, Model, Options, export};
use shallow_fitting::{FittingError, check_export};

use crate::{
    args::ExportArgs,
    error::usage,
    print::{print, say},
};

/// Exports, and says what the check found: on stdout, or on stderr where the file itself goes there.
pub fn run(args: &ExportArgs) -> Result<()> {
    let fitted = Model::load(&args.dir)?.one(args.group.as_deref())?;
    let to_stdout = args.out.as_deref() == Some(Path::new("-"));
    let path = match &args.out {
        _ if to_stdout => args.dir.clone(),
        Some(path) => {
            check_export(&args.dir, path, args.force)?;
            path.clone()
        }
        None => args
            .dir
            .join("export/model")
            .with_extension(args.format.extension()),
    };
    let stem = match &args.out {
        Some(path) if !to_stdout => path.file_stem().unwrap_or_default(),
        _ => OsStr::new("model"),
    };
    let options = Options {
        format: args.format,
        form: args.form,
        dtype: args.dtype.unwrap_or(Dtype::F64),
        name: stem.to_string_lossy().into(),
        dialect: args.dialect,
        column: args.x.clone(),
    };
    let exported = match export(&fitted, &options) {
        Err(ExportError::Options(what)) => return Err(usage(flagged(&what))),
        exported => exported?,
    };
    let found = format!(
        "{}, {}; largest deviation from the model {} at {} test vectors, {}",
        exported.model,
        exported.form,
        short(exported.deviation),
        exported.n_vectors,
        exported.by
    );
    if to_stdout {
        print(&exported.bytes)?;
        say(&format!("note: {found}"));
        return Ok(());
    }
    if args.out.is_none() {
        let folder = args.dir.join("export");
        create_dir_all(&folder).map_err(|source| FittingError::Write {
            path: folder,
            source,
        })?;
    }
    // A link stays one.
    let target = path.canonicalize().unwrap_or_else(|_| path.clone());
    write_whole(&target, &exported.bytes).map_err(|source| FittingError::Write {
        path: path.clone(),
        source,
    })?;
    print(format!("{}: {found}\n", path.display()).as_bytes())
}

/// The options as flags.
fn flagged(what: &str) -> String {
    what.replacen(
        "a form goes with the formats",
        "--as goes with the formats",
        1,
    )
    .replacen(
        "format sql needs a dialect:",
        "--format sql needs --dialect:",
        1,
    )
    .replacen(
        "a dialect and a column go with the format sql",
        "--dialect and --x go with --format sql",
        1,
    )
    .replacen("export it as net", "use --as net", 1)
    .replacen(
        "dtype f32 goes with the formats onnx and c",
        "--dtype f32 goes with --format onnx and c",
        1,
    )
}
