//! Model files of any content: read or refused, and what was read can be predicted with and exported.
//!
//! `PROPTEST_CASES=1000000 cargo test -p shallow-export --test hostile_models` looks for longer.

use proptest::{collection::vec, prelude::*, sample::select};
use shallow_export::{
    Direction, Dtype, Fitted, Form, Format, Options, SourceOptions, export, table_bounds,
    tensors::{self, Metadata, Tensor},
};

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => -3.0_f64..3.0,
        1 => select(&[0.0, -0.0, 1e-320, 1e-150, 1e150, 1e300, f64::MAX, f64::INFINITY, f64::NAN][..]),
        1 => any::<f64>(),
    ]
}

const NAMES: &[&str] = &[
    "hidden.weight",
    "hidden.bias",
    "output.weight",
    "output.bias",
    "weight",
    "x.shift",
    "x.scale",
    "y.shift",
    "y.scale",
    "other",
];

const TEXTS: &[&str] = &[
    "relu",
    "perceptron",
    "sigmoid",
    "tanh",
    "identity",
    "-1:1",
    "1:-1",
    "0:0",
    "-1e308:1e308",
    "nan:1",
    "[]",
    "[0.5]",
    "[1e308]",
    "x",
    "a\u{202e}b*/",
    "",
];

/// A file of the right form, whose content may not be.
fn file() -> impl Strategy<Value = Vec<u8>> {
    let (h, model) = (1_usize..6, any::<bool>());
    (h, model).prop_flat_map(|(h, is_relu)| {
        let own: Vec<(&str, usize)> = match is_relu {
            true => vec![
                ("hidden.weight", h),
                ("hidden.bias", h),
                ("output.weight", h),
                ("output.bias", 1),
            ],
            false => vec![
                ("weight", h),
                ("x.shift", 1),
                ("x.scale", 1),
                ("y.shift", 1),
                ("y.scale", 1),
            ],
        };
        let own: Vec<_> = own
            .into_iter()
            .map(|(name, n)| vec(value(), n).prop_map(move |v| (name, v)))
            .collect();
        let more = vec((select(NAMES), vec(value(), 0..4)), 0..2);
        let text = vec(
            (
                select(&["model", "activation", "domain", "inputs", "x", "y"][..]),
                select(TEXTS),
            ),
            0..2,
        );
        (own, more, text).prop_map(move |(own, more, text)| {
            let mut metadata = Metadata::from(
                [
                    ("model", if is_relu { "relu" } else { "perceptron" }),
                    ("activation", "tanh"),
                    ("domain", "-1.0:1.0"),
                    ("inputs", "[0.5]"),
                    ("x", "x"),
                    ("y", "y"),
                ]
                .map(|(key, value)| (key.to_string(), value.to_string())),
            );
            metadata.extend(
                text.into_iter()
                    .map(|(key, value)| (key.to_string(), value.to_string())),
            );
            let mut all: Vec<(&str, Vec<f64>)> = own;
            for (name, values) in more {
                all.retain(|known| known.0 != name);
                all.push((name, values));
            }
            let tensors: Vec<Tensor> = all
                .iter()
                .map(|(name, values)| Tensor(name.to_string(), vec![values.len()], values))
                .collect();
            tensors::write(&tensors, &metadata).unwrap()
        })
    })
}

fn is_answered(bytes: &[u8], format: Format, form: Option<Form>) -> Result<(), TestCaseError> {
    let one_line = |text: String| -> Result<(), TestCaseError> {
        prop_assert!(!text.is_empty() && !text.contains('\n'), "{text:?}");
        Ok(())
    };
    let fitted = match Fitted::from_safetensors(bytes) {
        Ok(fitted) => fitted,
        Err(error) => return one_line(error.to_string()),
    };
    fitted.function.predict(&[0.0, 1e300, f64::MIN_POSITIVE]);
    let options = Options {
        format,
        form,
        dtype: Dtype::F64,
        name: "model".into(),
        dialect: None,
        column: None,
        source: SourceOptions::default(),
    };
    match export(&fitted, &options) {
        Ok(exported) => prop_assert!(exported.deviation.is_finite()),
        Err(error) => one_line(error.to_string())?,
    }
    for dtype in Dtype::ALL {
        for monotone in [None, Some(Direction::Decreasing)] {
            let source = SourceOptions {
                monotone,
                ..SourceOptions::default()
            };
            match table_bounds(&fitted.function, fitted.domain, dtype, &source) {
                Ok((bounds, _)) => prop_assert!(bounds.from_network >= 0.0),
                Err(error) => one_line(error.to_string())?,
            }
        }
    }
    Ok(())
}

#[test]
fn a_model_whose_values_are_not_finite_is_not_exported() {
    let one = |name: &str, value| (name.to_string(), value);
    let values = [
        one("hidden.weight", [3.0]),
        one("hidden.bias", [0.0]),
        one("output.weight", [f64::MAX]),
        one("output.bias", [0.0]),
    ];
    let tensors: Vec<Tensor> = values
        .iter()
        .map(|(name, value)| Tensor(name.clone(), vec![1], value))
        .collect();
    let known = [
        ("model", "relu"),
        ("domain", "-1.0:1.0"),
        ("inputs", "[]"),
        ("x", "x"),
        ("y", "y"),
    ];
    let known = known.map(|(key, value)| (key.to_string(), value.to_string()));
    let bytes = tensors::write(&tensors, &Metadata::from(known)).unwrap();
    let fitted = Fitted::from_safetensors(&bytes).unwrap();
    for format in [Format::Json, Format::Onnx, Format::Safetensors] {
        let options = Options {
            format,
            form: None,
            dtype: Dtype::F64,
            name: "model".into(),
            dialect: None,
            column: None,
            source: SourceOptions::default(),
        };
        let error = export(&fitted, &options).unwrap_err().to_string();
        assert!(
            error.contains("is inf: its weights are too large"),
            "{error}"
        );
    }
}

proptest! {
    #[test]
    fn a_file_of_the_right_form_is_answered(
        bytes in file(),
        format in select(&[Format::Json, Format::Onnx, Format::Safetensors][..]),
        form in select(&[None, Some(Form::Net), Some(Form::Table)][..]),
    ) {
        is_answered(&bytes, format, form)?;
    }

    #[test]
    fn a_file_of_any_bytes_is_answered(
        bytes in file(),
        at in any::<prop::sample::Index>(),
        new in vec(any::<u8>(), 0..12),
        cut in 0_usize..12,
    ) {
        let at = at.index(bytes.len());
        let end = (at + cut).min(bytes.len());
        let mut bytes = bytes;
        bytes.splice(at..end, new);
        is_answered(&bytes, Format::Json, None)?;
    }
}
