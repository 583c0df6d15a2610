//! Errors to sentences and exit codes: 1 failed, 2 usage, 3 diverged. The libraries say what is wrong; which flag mends it is
//! added here.

use shallow_data::visible;
use shallow_export::ExportError;
use shallow_fitting::{FittingError, writer};
use shallow_moments::MomentsError;

/// Something was asked for that cannot be.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

/// An error that ends with the exit code of wrong usage.
pub fn usage(message: impl Into<String>) -> anyhow::Error {
    Usage(message.into()).into()
}

/// The exit code that says what kind of error it is.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    let code = |cause: &(dyn std::error::Error + 'static)| {
        if let Some(error) = cause.downcast_ref::<FittingError>() {
            return Some(error.exit_code());
        }
        let is_usage = cause.is::<Usage>()
            || matches!(
                cause.downcast_ref(),
                Some(ExportError::Options(_) | ExportError::Group(_))
            );
        is_usage.then_some(2)
    };
    error.chain().find_map(code).unwrap_or(1)
}

/// The sentence, with the flag that mends it.
pub fn sentence(error: &anyhow::Error) -> String {
    let fitting = error.downcast_ref::<FittingError>();
    let export = match fitting {
        Some(FittingError::Export(error)) => Some(error),
        _ => error.downcast_ref::<ExportError>(),
    };
    if let Some(FittingError::GoesWith { option, with }) = fitting {
        return format!("--{option} goes with --{with} alone; leave it out");
    }
    let remedy = fitting
        .and_then(of_fitting)
        .or_else(|| export.and_then(of_export));
    // These sentences have their causes in them.
    let has_causes = fitting.is_some() || export.is_some() || error.is::<MomentsError>();
    let sentence = match has_causes {
        true => error.to_string(),
        false => format!("{error:#}"),
    };
    // What was typed may have line ends and worse in it.
    visible(&format!("{sentence}{}", remedy.unwrap_or_default()))
}

fn of_fitting(error: &FittingError) -> Option<String> {
    Some(match error {
        FittingError::NothingToFit => "; give --function \"sin(3*x)\" or --csv FILE".into(),
        FittingError::Shape { hidden: Some(_) } => {
            "; give more --hidden, or fewer or nearer points".into()
        }
        FittingError::Shape { hidden: None } => {
            "; give fewer or nearer points, or more rows".into()
        }
        FittingError::NumpySeed { .. } => "; choose --rng rand for larger ones".into(),
        FittingError::NotFinite { .. } => {
            "; choose a --domain A:B without that place, or other units".into()
        }
        FittingError::Missing { .. } => ", or pass such rows over with --missing skip".into(),
        FittingError::TooFewRows { .. } => "; choose smaller --samples or --test-samples".into(),
        FittingError::ConstantInput { .. } => ", choose another with --x".into(),
        FittingError::Columns { names, .. } => format!("; choose two with --x and --y, by {names}"),
        FittingError::Tolerance { is_noisy: true, .. } => {
            "; ask for no less, or for --hidden auto".into()
        }
        FittingError::Tolerance { .. } => "; ask for no less".into(),
        FittingError::NoFolder { .. } => "; name a folder with --out".into(),
        FittingError::FolderTaken { holds: "run", .. } => {
            "; choose another --out, replace it with --force, or go on with it with --resume".into()
        }
        FittingError::FolderTaken { .. } => {
            "; choose another --out, or replace it with --force".into()
        }
        FittingError::FolderBusy { .. } => "; wait until it ends, or choose another --out".into(),
        FittingError::FileThere { .. } => {
            "; choose another --out, or replace it with --force".into()
        }
        FittingError::Read { .. } => "; give a file that is there and may be read".into(),
        FittingError::NoRun { path } => {
            format!("; begin one with `shallow fit --out {}`", path.display())
        }
        FittingError::Done {
            epochs: Some(_), ..
        } => "; go further with --epochs N".into(),
        FittingError::Done { .. } => "; choose another --out for another".into(),
        FittingError::Memory { what, .. } => {
            let flag = what.replace("hidden units", "hidden");
            format!("; give fewer --{flag}")
        }
        FittingError::Interrupted { path, .. } => {
            format!("; go on with `shallow fit --resume {}`", path.display())
        }
        FittingError::NoDevices { .. } => {
            "; build with --features ndarray, flex, wgpu or cuda to have it".into()
        }
        _ => return None,
    })
}

fn of_export(error: &ExportError) -> Option<String> {
    Some(match error {
        ExportError::NoFolder { path } => {
            format!("; make one with `shallow fit --out {}`", path.display())
        }
        ExportError::Unfinished { path } => match writer(path) {
            Some(process) => {
                format!("; process {process} writes it at this moment: wait until it ends")
            }
            None => format!(
                "; go on with `shallow fit --resume {}`, or fit again with a smaller --lr",
                path.display()
            ),
        },
        ExportError::Group(_) => " (--group NAME)".into(),
        _ => return None,
    })
}
