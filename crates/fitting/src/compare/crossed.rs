//! A file's methods on rows that they were not fitted to: each row is left out once.

use rayon::prelude::*;
use shallow_analytic::ReluWeights;
use shallow_data::largest;

use super::methods::{Contest, Method, rms};
use crate::{
    choice::left_out, columns::SomeRows, error::FittingError, plan::Model, progress::Silent,
    samples::Samples,
};

/// Folds of the rows.
pub(super) const FOLDS: usize = 5;

/// The errors of methods on some rows, by name.
type Errors = (Vec<usize>, Vec<(String, Vec<f64>)>);

/// Methods that were fitted to all rows, with their errors on rows left out in place of those; and notes on those that a fold has not.
///
/// # Errors
///
/// What a descent can fail by, but for divergence.
pub(super) fn crossed(
    samples: &Samples,
    weights: &ReluWeights,
    seed: u64,
    methods: Vec<Method>,
) -> Result<(Vec<Method>, Vec<String>), FittingError> {
    let folds = left_out(&samples.x, FOLDS, seed);
    let of_folds: Result<Vec<Errors>, FittingError> = folds
        .into_par_iter()
        .map(|rows| {
            let fold = without(samples, &rows);
            let model = Model::Relu { hidden: 1 };
            let data = fold.dataset(&model)?;
            let contest = Contest {
                samples: &fold,
                data: &data,
                weights,
                is_noisy: true,
                seed,
            };
            let (methods, _) = contest.methods(&mut Silent)?;
            let errors = methods.into_iter().map(|of| (of.row.method, of.errors));
            Ok((rows, errors.collect()))
        })
        .collect();
    let of_folds = of_folds?;
    let (mut kept, mut notes) = (Vec::new(), Vec::new());
    for mut method in methods {
        let name = &method.row.method;
        let mut errors = vec![0.0; samples.x.len()];
        let is_whole = of_folds.iter().all(|(rows, methods)| {
            let of = methods.iter().find(|(other, _)| other == name);
            for (row, error) in rows.iter().zip(of.iter().flat_map(|(_, errors)| errors)) {
                errors[*row] = *error;
            }
            of.is_some()
        });
        if !is_whole {
            notes.push(format!(
                "{name} is left out: it fails without some of the rows"
            ));
            continue;
        }
        method.row.rms = rms(&errors);
        method.row.max_error = largest(&errors);
        method.errors = errors;
        kept.push(method);
    }
    Ok((kept, notes))
}

/// The samples without some rows, on which they are judged.
fn without(samples: &Samples, rows: &[usize]) -> Samples {
    let mut is_out = vec![false; samples.x.len()];
    rows.iter().for_each(|row| is_out[*row] = true);
    let kept = |values: &[f64]| -> Vec<f64> {
        let pairs = values.iter().zip(&is_out);
        pairs
            .filter(|(_, out)| !**out)
            .map(|(value, _)| *value)
            .collect()
    };
    let of = |values: &[f64]| rows.iter().map(|row| values[*row]).collect();
    let kept = SomeRows {
        x: kept(&samples.x),
        y: kept(&samples.y),
        weight: Vec::new(),
        unit: 1.0,
        stand_for: None,
    };
    Samples {
        test_x: of(&samples.x),
        test_y: of(&samples.y),
        ..Samples::of_rows(kept, samples.names.clone(), &Model::Relu { hidden: 1 })
    }
}
