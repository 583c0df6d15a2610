//! What the user might do about a fit, by the flags that do it.

use shallow_data::short;
use shallow_fitting::Advice;

fn narrower(is_chosen: bool) -> &'static str {
    match is_chosen {
        true => "more samples, or fewer units with --hidden",
        false => "fewer --hidden units or --hidden auto",
    }
}

/// What to do next, in a sentence.
pub fn advice(advice: &Advice) -> String {
    match advice {
        Advice::LearningRate(what) => what.clone(),
        Advice::HiddenDetail { rms, n_test } => format!(
            "over the whole domain the RMS is {}: the function has more detail than {n_test} test samples show; try more --test-samples and --samples, or a smaller --domain",
            short(*rms)
        ),
        Advice::NoBands => {
            "there are no bands: a piece of the network has too few samples, or all are too few; give more, or fewer units".into()
        }
        Advice::Swings { what, is_chosen } => format!("{what}; try {}", narrower(*is_chosen)),
        Advice::LineBeatsBest { is_chosen } => format!(
            "the best straight line is closer; try {}",
            narrower(*is_chosen)
        ),
        Advice::LineBeatsDescent {
            is_stuck: true,
            is_perceptron: true,
            ..
        } => {
            "the best straight line is closer, and the loss no longer falls; try a smaller --lr or another --seed".into()
        }
        Advice::LineBeatsDescent { is_stuck: true, .. } => {
            "the best straight line is closer, and the loss no longer falls; try a smaller --lr, another --seed or --method best"
                .into()
        }
        Advice::LineBeatsDescent {
            epochs,
            is_perceptron: true,
            ..
        } => format!(
            "the best straight line is closer; try --epochs {epochs}, --optimizer adam or another --lr"
        ),
        Advice::LineBeatsDescent { epochs, .. } => format!(
            "the best straight line is closer; try --method best, --epochs {epochs} or another --lr"
        ),
    }
}
