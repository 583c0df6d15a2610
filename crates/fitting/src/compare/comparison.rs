//! A comparison from its plan to its folder.

use std::path::Path;

use shallow_analytic::Parameters;

use super::{
    advice::advice,
    crossed::{FOLDS, crossed},
    methods::Contest,
    picture,
    row::Row,
};
use crate::{
    choice::left_out,
    error::FittingError,
    generator::Generator,
    memory,
    plan::{FileSource, Model, Plan, Source},
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
    /// What the errors are measured on: test samples, rows held out, or rows left out in turn.
    pub judged_on: &'static str,
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
    let without_noise = Samples::draw(&with_all_rows(plan), &mut draw)?;
    let Parameters::Relu(weights) = draw_weights(&model, &mut draw) else {
        unreachable!("a ReLU network's weights were drawn");
    };
    let mut samples = without_noise.with_noise(&mut draw);
    if !samples.weight.is_empty() {
        return Err(FittingError::Options(
            "a comparison takes no weights; leave them out".into(),
        ));
    }
    let is_crossed = samples.test_x.is_empty();
    if is_crossed {
        if left_out(&samples.x, FOLDS, plan.seed).len() < 3 {
            return Err(FittingError::Options(format!(
                "a comparison leaves rows out and needs three different {}; give a larger table",
                samples.names[0]
            )));
        }
        (samples.test_x, samples.test_y) = (samples.x.clone(), samples.y.clone());
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
    let (mut methods, mut notes) = contest.methods(progress)?;
    if is_crossed {
        progress.note(&format!("all of them in {FOLDS} folds ..."));
        let (crossed, more) = crossed(&samples, &weights, plan.seed, methods)?;
        methods = crossed;
        notes.extend(more);
    }
    let rows: Vec<&Row> = methods.iter().map(|method| &method.row).collect();
    let advice = advice(&samples, plan.source.is_noisy(), hidden, &rows);
    let judged_on = match is_crossed {
        true => "rows left out, five-fold",
        false => samples.judged_on().2,
    };
    let run_dir = folder.path().display().to_string();
    let json = serde_json::json!({
        "methods": rows,
        "advice": advice,
        "notes": notes,
        "judged_on": judged_on,
        "run_dir": run_dir,
    });
    let json = format!("{json}\n");
    folder.write("compare.json", json.as_bytes())?;
    picture::draw(&samples, &methods, judged_on, folder.work())?;
    folder.replace()?;
    Ok(Comparison {
        rows: methods.into_iter().map(|method| method.row).collect(),
        advice,
        notes,
        run_dir,
        json,
        judged_on,
    })
}

/// The plan with no rows held out of a file, unless a number of them is asked for: then each is left out once.
fn with_all_rows(plan: &Plan) -> Plan {
    let source = match &plan.source {
        Source::File(file) => Source::File(FileSource {
            n_test: file.n_test.or(Some(0)),
            ..file.clone()
        }),
        function => function.clone(),
    };
    Plan {
        source,
        ..plan.clone()
    }
}
