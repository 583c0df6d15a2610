//! The function as C99 source without dependencies, with a `main` that checks it.

mod network;
mod self_test;
mod source;
mod table;

use std::path::Path;

use self::source::Source;
use crate::{
    compiler::Compiler,
    error::ExportError,
    job::{Export, Verified},
    options::Layout,
};

/// Source and, where it is a file of its own, the header.
pub(crate) struct Files {
    pub(crate) source: Vec<u8>,
    pub(crate) header: Option<Vec<u8>>,
}

pub(crate) fn write(export: &Export) -> Result<Files, ExportError> {
    let source = Source { export };
    let layout = export.source.layout;
    let interface = source.interface();
    let body = source.body();
    let test = source.test();
    let guard = format!("{}_H", source.upper());
    let file = match layout {
        Layout::Pair => source.stem()?,
        _ => source.name(),
    };
    let guarded = |content: &str| {
        format!(
            "{}#ifndef {guard}\n#define {guard}\n\n{content}\n#endif\n",
            source.opening()
        )
    };
    Ok(match layout {
        Layout::One => Files {
            source: format!("{}{interface}\n{body}{test}", source.opening()).into_bytes(),
            header: None,
        },
        Layout::Header => Files {
            source: format!("{}{test}", guarded(&format!("{interface}\n{body}"))).into_bytes(),
            header: None,
        },
        Layout::Pair => Files {
            source: format!("{}#include \"{file}.h\"\n\n{body}{test}", source.opening())
                .into_bytes(),
            header: Some(guarded(&interface).into_bytes()),
        },
    })
}

pub(crate) fn verify(export: &Export, path: &Path) -> Result<Verified, ExportError> {
    let define = format!("-D{}_TEST", export.name.to_uppercase());
    let compiler = Compiler {
        what: "C compiler",
        then: "run",
        variable: "CC",
        usual: &["cc", "gcc", "clang"],
        before: &[
            "-x",
            "c",
            "-std=c99",
            "-pedantic",
            "-Wall",
            "-Wextra",
            "-Wconversion",
            "-Werror",
            "-O2",
            // Whatever C leaves undefined ends the program.
            "-fsanitize=undefined",
            "-fsanitize-undefined-trap-on-error",
            &define,
        ],
        after: &["-lm"],
    };
    compiler.verify(export, path)
}
