//! From what to fit to a run's folder: a plan, samples, a method, a network, a report.
//!
//! A [`Request`] is options by name, some of them absent; a [`Plan`] has decided them all; [`run`] carries it out. [`check`]
//! holds the gradients of every engine against each other, [`compare`](compare::compare) fits by every method. Progress goes to
//! a front end's [`Progress`].
//!
//! Burn is the feature `burn`: without it the engines on the host and the best networks are here, and no device is.

mod check;
#[cfg(feature = "burn")]
mod check_devices;
mod choice;
mod columns;
mod company;
pub mod compare;
mod corridor;
mod decide;
mod descending;
mod detail;
mod error;
mod finish;
mod generator;
mod given;
mod gradients;
mod groups;
mod memory;
mod methods;
mod metrics;
mod pictures;
mod place;
mod plan;
mod poles;
mod progress;
mod proof;
mod report;
mod request;
mod robust;
mod run;
mod run_folder;
mod samples;
mod saved;
mod shape;
mod smoothing;
mod start;
mod truth;
mod uncertainty;
mod weighted;
mod width;
mod written;
mod yardstick;

pub use check::{central_differences, check, check_at};
pub use choice::{Among, Candidate, CandidateRow, Choice, Choices, choose};
pub use corridor::{AtLeast, Band, Shipped, Within};
pub use descending::{Descending, Step};
pub use error::FittingError;
pub use finish::{Advice, Finished};
pub use given::{Descended, Given, GivenFit, Look, descend_given, fit_given, fit_moments};
pub use gradients::{Check, CheckLine};
pub use groups::{
    FinishedGroups, GroupRow, GroupsReport, fit_groups, fit_groups_of_moments, run_groups,
};
pub use methods::corridor::{Approximation, approximate};
pub use pictures::fit_picture;
pub use place::{CPU_BACKENDS, compiled_backends};
pub use plan::{
    CorridorPlan, DescentPlan, FileSource, FunctionSource, Goal, Method, Model, MomentsSource,
    Penalty, Plan, SmoothPlan, Source, Target, Width,
};
pub use progress::{Progress, Silent};
pub use proof::LargestError;
pub use report::{MeasuredErrors, Report, mean_absolute_error};
pub use request::{
    AutoName, CriterionName, Hidden, LossName, MethodName, MissingName, ModelName, Norm,
    OptimizerName, Request, RngName, Side, StartName, plain_message,
};
pub use run::{fit, fit_within, run, values_at};
pub use run_folder::{
    Destination, OF_BEST, OF_COMPARISON, RunFolder, check_export, check_file, writer,
};
pub use samples::{Samples, interval};
pub use shallow_export::{Counts, Direction, Dtype};
pub use shape::ShapePlan;
pub use smoothing::Smoothing;
pub use uncertainty::{BandsReport, PieceRow, check_level};
pub use width::{WidthRow, Widths};
pub use yardstick::Yardstick;
