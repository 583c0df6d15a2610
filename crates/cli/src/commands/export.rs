//! `shallow export`: a fitted network for other programs, verified on the spot.

use std::{
    ffi::OsStr,
    fs::{self, create_dir_all},
    path::Path,
};

use anyhow::Result;
use shallow_data::short;
use shallow_export::{
    Dtype, ExportError, Exported, Format, Layout, Model, Options, SourceOptions, export,
};
use shallow_fitting::{FittingError, Norm, Request, Target, check_export, fit_within};

use crate::{
    args::ExportArgs,
    error::usage,
    print::{print, say, write},
};

/// Exports, and says what the check found: on stdout, or on stderr where the file itself goes there.
pub fn run(args: &ExportArgs) -> Result<()> {
    let asked = numbers(args);
    let dtype = asked.dtype;
    let fitted = match args.tolerance {
        None => Model::load(&args.dir)?.one(args.group.as_deref())?,
        Some(tolerance) => {
            let request = Request::read(&args.dir.join("config.toml"))?;
            fit_within(&request, tolerance, asked)?.fitted
        }
    };
    let to_stdout = args.out.as_deref() == Some(Path::new("-"));
    let path = match &args.out {
        _ if to_stdout => args.dir.clone(),
        Some(path) => path.clone(),
        None => args
            .dir
            .join("export/model")
            .with_extension(args.format.extension()),
    };
    let layout = match path.extension().and_then(OsStr::to_str) {
        _ if to_stdout || args.format != Format::C => Layout::One,
        Some("h" | "hh" | "hpp") => Layout::Header,
        _ => Layout::Pair,
    };
    let header = (layout == Layout::Pair).then(|| path.with_extension("h"));
    if args.out.is_some() && !to_stdout {
        for path in [Some(&path), header.as_ref()].into_iter().flatten() {
            check_export(&args.dir, path, args.force)?;
        }
    }
    let stem = match &args.out {
        Some(path) if !to_stdout => path.file_stem().unwrap_or_default().to_string_lossy(),
        _ => "model".into(),
    };
    let options = Options {
        format: args.format,
        form: args.form,
        dtype,
        name: stem.clone().into(),
        dialect: args.dialect,
        column: args.x.clone(),
        source: SourceOptions {
            lookup: args.lookup,
            clamp: args.clamp,
            x_counts: asked.x_scale,
            y_counts: asked.y_scale,
            monotone: args.monotone,
            layout,
            is_const: args.is_const,
            progmem: args.progmem,
        },
    };
    let exported = match export(&fitted, &options) {
        Err(ExportError::Options(what)) => return Err(usage(flagged(&what))),
        exported => exported?,
    };
    let found = found(&exported);
    let is_renamed = exported.name != stem && matches!(args.format, Format::C | Format::Rust);
    if to_stdout {
        print(&exported.bytes)?;
        say(&format!("note: {}", found.trim_end()));
        return Ok(());
    }
    if args.out.is_none() {
        let folder = args.dir.join("export");
        create_dir_all(&folder).map_err(|source| FittingError::Write {
            path: folder,
            source,
        })?;
    }
    let mut named = path.display().to_string();
    if let (Some(header), Some(bytes)) = (&header, &exported.header) {
        let before = fs::read(header).ok();
        write(header, bytes)?;
        named += &format!(", {}", header.display());
        if let Err(error) = write(&path, &exported.bytes) {
            // Neither of the two without the other: what was there before is there again.
            match before {
                Some(bytes) => write(header, &bytes)?,
                None => drop(fs::remove_file(header)),
            }
            return Err(error);
        }
    } else {
        write(&path, &exported.bytes)?;
    }
    print(format!("{named}: {found}").as_bytes())?;
    if is_renamed {
        say(&format!(
            "note: the function is called {}, as {stem} is no free name in C and Rust",
            exported.name
        ));
    }
    Ok(())
}

/// The numbers that are asked for; of source, and where nothing is, those of the table that the run was fitted for.
fn numbers(args: &ExportArgs) -> Target {
    let config = args.dir.join("config.toml");
    let is_source = matches!(args.format, Format::C | Format::Rust);
    let run = Request::read(&config).ok().filter(|run| {
        is_source && args.form.is_none() && args.dtype.is_none() && run.norm == Some(Norm::Max)
    });
    let run = run.unwrap_or_default();
    Target {
        dtype: args.dtype.or(run.dtype).unwrap_or(Dtype::F64),
        x_scale: args.x_scale.or(run.x_scale),
        y_scale: args.y_scale.or(run.y_scale),
    }
}

/// What the export is, and what its check found.
fn found(exported: &Exported) -> String {
    let mut text = format!(
        "{}, {}; largest deviation from the model {} at {} {}, {}\n",
        exported.model,
        exported.form,
        short(exported.deviation),
        exported.n_vectors,
        if exported.is_fixed() {
            "inputs"
        } else {
            "test vectors"
        },
        exported.by
    );
    for (what, facts) in exported.table.iter().flat_map(|table| table.lines()) {
        text += &format!("{what:<13} {facts}\n");
    }
    text
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
        "dtype f32 goes with the formats onnx, c and rust",
        "--dtype f32 goes with --format onnx, c and rust",
        1,
    )
    .replacen(
        "dtypes q15 and q31 go with the formats",
        "--dtype q15 and q31 go with --format",
        1,
    )
    .replacen(
        "a scale of x or y goes with the dtypes",
        "--x-scale and --y-scale go with --dtype",
        1,
    )
    .replacen(
        "a lookup and monotone go with tables in the formats",
        "--lookup and --monotone go with tables in --format",
        1,
    )
    .replacen(
        "clamp goes with the formats",
        "--clamp goes with --format",
        1,
    )
    .replacen(
        "const and progmem go with the format",
        "--const and --progmem go with --format",
        1,
    )
    .replacen(
        "progmem goes with tables alone; export it as table",
        "--progmem goes with tables alone; use --as table",
        1,
    )
    .replacen("export it as table", "use --as table", 1)
    .replacen(
        "with progmem, use f32",
        "with --progmem, use --dtype f32",
        1,
    )
}
