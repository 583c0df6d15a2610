//! A comparison from its plan to its folder.

use std::path::Path;

use shallow_analytic::Parameters;

use super::{advice::advice, methods::Contest, picture, row::Row};
use crate::{
    error::FittingError,
    generator::Generator,
    memory,
    plan::{Model, Plan},
    progress::Progress,
    run_folder::RunFolder,
    samples::Samples,
    start::draw_weights,
};

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// A line for each method.
    pub rows: Vec<Row>,
    /// What to do.
    pub advice: String,
    /// About methods that were left out.
    pub notes: Vec<String>,
    /// The folder.
    pub run_dir: String,
    /// The JSON object in it, with a line end.
    pub json: String,
    /// Whether the samples are of a function.
    pub is_of_function: bool,
}

/// Fits the plan's samples with networks of `hidden` units by every method; the plan's own method is not asked.
///
/// # Errors
///
/// As [`run`](crate::run).
pub fn compare(
    plan: &Plan,
    hidden: usize,
    out: Option<&Path>,
    force: bool,
    progress: &mut dyn Progress,
) -> Result<Comparison, FittingError> {
    let model = Model::Relu { hidden };
    memory::check(plan)?;
    let mut draw = Generator::new(plan);
    let without_noise = Samples::draw(plan, &mut draw)?;
    let Parameters::Relu(weights) = draw_weights(&model, &mut draw) else {
        unreachable!("a ReLU network's weights were drawn");
    };
    let samples = without_noise.with_noise(&mut draw);
    if !samples.weight.is_empty() {
        return Err(FittingError::Options(
            "a comparison takes no weights; leave them out".into(),
        ));
    }
    if samples.test_x.is_empty() {
        return Err(FittingError::Options(
            "a comparison needs test samples, got 0".into(),
        ));
    }
    let mut folder = RunFolder::create(out, force)?;
    let data = samples.dataset(&model)?;
    let contest = Contest {
        samples: &samples,
        data: &data,
        weights: &weights,
        is_noisy: plan.source.is_noisy(),
        seed: plan.seed,
    };
    let (methods, notes) = contest.methods(progress)?;
    let rows: Vec<&Row> = methods.iter().map(|method| &method.row).collect();
    let advice = advice(&samples, plan.source.is_noisy(), hidden, &rows);
    let run_dir = folder.path().display().to_string();
    let json = serde_json::json!({
        "methods": rows,
        "advice": advice,
        "notes": notes,
        "run_dir": run_dir,
    });
    let json = format!("{json}\n");
    folder.write("compare.json", json.as_bytes())?;
    picture::draw(&samples, &methods, folder.work())?;
    folder.replace()?;
    Ok(Comparison {
        rows: methods.into_iter().map(|method| method.row).collect(),
        advice,
        notes,
        run_dir,
        json,
        is_of_function: samples.truth.is_some(),
    })
}
