//! Where descent begins: samples, and weights as the documents draw them, or the best network of the width.

use shallow_analytic::{Parameters, Perceptron, ReluWeights};
use shallow_data::{Dataset, Draw};
use shallow_splines::BestNets;

use crate::{
    error::FittingError,
    generator::Generator,
    memory,
    plan::{DescentPlan, Method, Model, Plan},
    request::StartName,
    samples::Samples,
    weighted::moments,
};

/// The weights of a model before its first step, drawn in the documents' order.
pub fn draw_weights(model: &Model, draw: &mut Generator) -> Parameters {
    match *model {
        Model::Perceptron { degree, activation } => Parameters::Perceptron(Perceptron {
            weight: (0..=degree).map(|_| draw.normal(0.0, 0.1)).collect(),
            activation,
        }),
        Model::Relu { hidden } => {
            Parameters::Relu(ReluWeights::random(1, hidden, 1, || draw.normal(0.0, 1.0)))
        }
    }
}

/// The samples of a plan, and a network's weights before its first step, where the plan has their number.
///
/// # Errors
///
/// As [`run`](crate::run).
pub(crate) fn draw(plan: &Plan) -> Result<(Samples, Option<Parameters>), FittingError> {
    memory::check(plan)?;
    let mut generator = Generator::new(plan);
    let without_noise = Samples::draw(plan, &mut generator)?;
    // The noise is drawn after a descent's weights: so all methods see the same.
    let drawn = match &plan.method {
        Method::Descent(descent) => Some(descent.model),
        method => method.hidden().map(|hidden| Model::Relu { hidden }),
    };
    let drawn = drawn.map(|model| draw_weights(&model, &mut generator));
    Ok((without_noise.with_noise(&mut generator), drawn))
}

/// The drawn weights, or the best network of their width for these samples where the plan asks for it.
pub fn at_start(
    plan: &DescentPlan,
    drawn: Parameters,
    data: &Dataset,
    weights: Option<&[f64]>,
) -> Parameters {
    match drawn {
        Parameters::Relu(net) if plan.start == StartName::Best => {
            let hidden = net.n_hidden();
            let moments = moments(data.x(), data.y(), weights);
            Parameters::Relu(BestNets::new(&moments).of(hidden).weights)
        }
        drawn => drawn,
    }
}
