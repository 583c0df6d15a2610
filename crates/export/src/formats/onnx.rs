//! The network as an ONNX graph: `x [n, 1]` to `y [n, 1]`; test vectors are in its metadata.

use std::{collections::HashMap, path::Path};

use prost::Message;
use shallow_analytic::Activation;

use crate::{
    error::ExportError,
    fitted::Function,
    job::{Export, Verified, read},
    options::Dtype,
};

/// The messages of ONNX's protocol buffers that such a graph needs, by their numbers in onnx.proto.
mod proto {
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Model {
        #[prost(int64, tag = "1")]
        pub ir_version: i64,
        #[prost(string, tag = "2")]
        pub producer_name: String,
        #[prost(string, tag = "3")]
        pub producer_version: String,
        #[prost(string, tag = "6")]
        pub doc_string: String,
        #[prost(message, optional, tag = "7")]
        pub graph: Option<Graph>,
        #[prost(message, repeated, tag = "8")]
        pub opset_import: Vec<OperatorSet>,
        #[prost(message, repeated, tag = "14")]
        pub metadata_props: Vec<Entry>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct OperatorSet {
        #[prost(string, tag = "1")]
        pub domain: String,
        #[prost(int64, tag = "2")]
        pub version: i64,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Entry {
        #[prost(string, tag = "1")]
        pub key: String,
        #[prost(string, tag = "2")]
        pub value: String,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Graph {
        #[prost(message, repeated, tag = "1")]
        pub node: Vec<Node>,
        #[prost(string, tag = "2")]
        pub name: String,
        #[prost(message, repeated, tag = "5")]
        pub initializer: Vec<Tensor>,
        #[prost(message, repeated, tag = "11")]
        pub input: Vec<ValueInfo>,
        #[prost(message, repeated, tag = "12")]
        pub output: Vec<ValueInfo>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Node {
        #[prost(string, repeated, tag = "1")]
        pub input: Vec<String>,
        #[prost(string, repeated, tag = "2")]
        pub output: Vec<String>,
        #[prost(string, tag = "3")]
        pub name: String,
        #[prost(string, tag = "4")]
        pub op_type: String,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Tensor {
        #[prost(int64, repeated, packed = "false", tag = "1")]
        pub dims: Vec<i64>,
        #[prost(int32, tag = "2")]
        pub data_type: i32,
        #[prost(string, tag = "8")]
        pub name: String,
        #[prost(bytes = "vec", tag = "9")]
        pub raw_data: Vec<u8>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct ValueInfo {
        #[prost(string, tag = "1")]
        pub name: String,
        #[prost(message, optional, tag = "2")]
        pub r#type: Option<Type>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Type {
        #[prost(message, optional, tag = "1")]
        pub tensor_type: Option<TensorType>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct TensorType {
        #[prost(int32, tag = "1")]
        pub elem_type: i32,
        #[prost(message, optional, tag = "2")]
        pub shape: Option<Shape>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Shape {
        #[prost(message, repeated, tag = "1")]
        pub dim: Vec<Dimension>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Dimension {
        #[prost(oneof = "Size", tags = "1, 2")]
        pub size: Option<Size>,
    }

    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum Size {
        #[prost(int64, tag = "1")]
        Value(i64),
        #[prost(string, tag = "2")]
        Name(String),
    }
}

use proto::{
    Dimension, Entry, Graph, Model, Node, OperatorSet, Shape, Size, Tensor, TensorType, Type,
    ValueInfo,
};

/// ONNX's numbers of float types.
const FLOAT: i32 = 1;
const DOUBLE: i32 = 11;

pub(crate) fn write(export: &Export) -> Result<Vec<u8>, ExportError> {
    let mut graph = Builder {
        dtype: export.dtype,
        graph: Graph {
            name: export.name.clone(),
            ..Default::default()
        },
    };
    match &export.fitted.function {
        Function::Relu { weights, x_shift } => {
            let h = weights.n_hidden() as i64;
            graph.constant("w1", &[1, h], &weights.w1);
            graph.constant("b1", &[h], &weights.b1);
            graph.constant("w2", &[h, 1], &weights.w2);
            graph.constant("b2", &[1], &weights.b2);
            let input = match *x_shift == 0.0 {
                true => "x",
                false => {
                    graph.constant("x_shift", &[1], &[*x_shift]);
                    graph.node("Sub", &["x", "x_shift"], "shifted");
                    "shifted"
                }
            };
            graph.node("Gemm", &[input, "w1", "b1"], "hidden");
            graph.node("Relu", &["hidden"], "active");
            graph.node("Gemm", &["active", "w2", "b2"], "y");
        }
        Function::Perceptron { neuron, x, y } => {
            for (name, value) in [
                ("x_shift", x.shift),
                ("x_scale", x.scale),
                ("y_shift", y.shift),
                ("y_scale", y.scale),
            ] {
                graph.constant(name, &[1], &[value]);
            }
            graph.node("Sub", &["x", "x_shift"], "centred");
            graph.node("Div", &["centred", "x_scale"], "u");
            // Horner's rule, from 0 u + w0.
            graph.constant("zero", &[1], &[0.0]);
            graph.node("Mul", &["u", "zero"], "z0");
            for (i, w) in neuron.weight.iter().enumerate() {
                graph.constant(&format!("weight{i}"), &[1], &[*w]);
                let (product, sum) = (format!("product{i}"), format!("z{}", i + 1));
                graph.node("Mul", &[&format!("z{i}"), "u"], &product);
                graph.node("Add", &[&product, &format!("weight{i}")], &sum);
            }
            let z = format!("z{}", neuron.weight.len());
            let p = match neuron.activation {
                Activation::Identity => z,
                Activation::Sigmoid | Activation::Tanh => {
                    let is_tanh = neuron.activation == Activation::Tanh;
                    graph.node(if is_tanh { "Tanh" } else { "Sigmoid" }, &[&z], "p");
                    "p".into()
                }
            };
            graph.node("Mul", &[&p, "y_scale"], "scaled");
            graph.node("Add", &["scaled", "y_shift"], "y");
        }
    }
    Ok(graph.finish(export)?.encode_to_vec())
}

/// A graph that grows.
struct Builder {
    dtype: Dtype,
    graph: Graph,
}

impl Builder {
    fn elem_type(&self) -> i32 {
        match self.dtype {
            Dtype::F32 => FLOAT,
            _ => DOUBLE,
        }
    }

    fn constant(&mut self, name: &str, dims: &[i64], values: &[f64]) {
        let raw_data = match self.dtype {
            Dtype::F32 => values
                .iter()
                .flat_map(|v| (*v as f32).to_le_bytes())
                .collect(),
            _ => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        };
        self.graph.initializer.push(Tensor {
            dims: dims.to_vec(),
            data_type: self.elem_type(),
            name: name.into(),
            raw_data,
        });
    }

    fn node(&mut self, op_type: &str, input: &[&str], output: &str) {
        self.graph.node.push(Node {
            input: input.iter().map(|name| name.to_string()).collect(),
            output: vec![output.into()],
            name: format!("{op_type}_{output}"),
            op_type: op_type.into(),
        });
    }

    fn finish(mut self, export: &Export) -> Result<Model, ExportError> {
        let column = |name: &str| ValueInfo {
            name: name.into(),
            r#type: Some(Type {
                tensor_type: Some(TensorType {
                    elem_type: self.elem_type(),
                    shape: Some(Shape {
                        dim: [Size::Name("n".into()), Size::Value(1)]
                            .map(|size| Dimension { size: Some(size) })
                            .into(),
                    }),
                }),
            }),
        };
        let (input, output) = (column("x"), column("y"));
        self.graph.input.push(input);
        self.graph.output.push(output);
        let entry = |key: &str, value: String| Entry {
            key: key.into(),
            value,
        };
        let [x, y] = export.fitted.names.clone();
        let (low, high) = export.fitted.domain;
        Ok(Model {
            ir_version: 8,
            producer_name: "shallow".into(),
            producer_version: env!("CARGO_PKG_VERSION").into(),
            doc_string: export.fitted.function.describe(),
            graph: Some(self.graph),
            opset_import: vec![OperatorSet {
                domain: String::new(),
                version: 14,
            }],
            metadata_props: vec![
                entry("x", x),
                entry("y", y),
                entry("domain", format!("{low:?}:{high:?}")),
                entry("test_x", serde_json::to_string(&export.vectors.x)?),
                entry("test_y", serde_json::to_string(&export.vectors.y)?),
            ],
        })
    }
}

pub(crate) fn verify(export: &Export, path: &Path) -> Result<Verified, ExportError> {
    let bytes = read(path)?;
    let model = Model::decode(bytes.as_slice())?;
    let graph = model
        .graph
        .ok_or_else(|| ExportError::content("the file has no graph"))?;
    let mut values = Vec::new();
    for x in &export.vectors.x {
        values.push(run(&graph, *x)?);
    }
    Ok(Verified {
        deviation: export.vectors.deviation(values),
        by: "read back and its graph run, node by node".into(),
    })
}

/// The graph's y for one x, every operation rounded to the graph's float type: every value is a row.
fn run(graph: &Graph, x: f64) -> Result<f64, ExportError> {
    let is_f32 = graph
        .initializer
        .iter()
        .any(|tensor| tensor.data_type == FLOAT);
    let round = |value: f64| {
        if is_f32 {
            f64::from(value as f32)
        } else {
            value
        }
    };
    let mut values: HashMap<&str, Vec<f64>> = HashMap::from([("x", vec![round(x)])]);
    for tensor in &graph.initializer {
        let raw = &tensor.raw_data;
        let numbers = match tensor.data_type {
            FLOAT => raw
                .chunks_exact(4)
                .map(|b| f64::from(f32::from_le_bytes(std::array::from_fn(|i| b[i]))))
                .collect(),
            DOUBLE => raw
                .chunks_exact(8)
                .map(|b| f64::from_le_bytes(std::array::from_fn(|i| b[i])))
                .collect(),
            other => {
                return Err(ExportError::content(format!(
                    "tensor {} has the unknown type {other}",
                    tensor.name
                )));
            }
        };
        values.insert(&tensor.name, numbers);
    }
    for node in &graph.node {
        let inputs: Option<Vec<_>> = node
            .input
            .iter()
            .map(|name| values.get(name.as_str()))
            .collect();
        let inputs = inputs
            .ok_or_else(|| ExportError::content(format!("node {} lacks an input", node.name)))?;
        let pairs = |f: fn(f64, f64) -> f64| vec![round(f(inputs[0][0], inputs[1][0]))];
        let each = |f: fn(f64) -> f64| inputs[0].iter().map(|value| round(f(*value))).collect();
        let output = match node.op_type.as_str() {
            "Gemm" => gemm(inputs[0], inputs[1], inputs[2], round),
            "Relu" => each(|v| v.max(0.0)),
            "Sigmoid" => each(|v| 1.0 / (1.0 + (-v).exp())),
            "Tanh" => each(f64::tanh),
            "Add" => pairs(|a, b| a + b),
            "Sub" => pairs(|a, b| a - b),
            "Mul" => pairs(|a, b| a * b),
            "Div" => pairs(|a, b| a / b),
            other => {
                return Err(ExportError::content(format!(
                    "node {} has the unknown operation {other}",
                    node.name
                )));
            }
        };
        values.insert(&node.output[0], output);
    }
    values
        .get("y")
        .map(|y| y[0])
        .ok_or_else(|| ExportError::content("the graph gives no y"))
}

/// `row W + b`, W `[d, k]`.
fn gemm(row: &[f64], w: &[f64], b: &[f64], round: impl Fn(f64) -> f64) -> Vec<f64> {
    let k = b.len();
    let output = |j: usize| {
        let terms = row.iter().zip(w[j..].iter().step_by(k));
        let sum = terms.fold(0.0, |sum, (a, w)| round(sum + round(a * w)));
        round(sum + b[j])
    };
    (0..k).map(output).collect()
}
