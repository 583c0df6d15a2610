//! Values at many points: each operation is looked up once for a chunk of points.

use crate::{
    number::Number,
    operation::{Binary, Unary},
    tree::{Node, Tree},
};

/// The most points in a chunk.
const POINTS: usize = 256;

/// About how many intermediate values are kept; a large tree gets smaller chunks.
const VALUES: usize = 1 << 16;

/// The values of a tree of at most one variable.
pub(crate) fn values(tree: &Tree, x: &[f64]) -> Vec<f64> {
    let nodes = tree.nodes();
    let width = (VALUES / nodes.len()).clamp(1, POINTS);
    let mut rows = vec![0.0; width * nodes.len()];
    for (row, node) in rows.chunks_exact_mut(width).zip(nodes) {
        if let Node::Constant(value) = node {
            row.fill(*value);
        }
    }
    let mut result = Vec::with_capacity(x.len());
    for points in x.chunks(width) {
        for (index, node) in nodes.iter().enumerate() {
            let (before, rest) = rows.split_at_mut(index * width);
            let row = &mut rest[..points.len()];
            let operand = |index: usize| &before[index * width..][..points.len()];
            match *node {
                Node::Constant(_) => {}
                Node::Variable(_) => row.copy_from_slice(points),
                Node::Unary(operation, of) => unary(operation, operand(of), row),
                Node::Binary(operation, left, right) => {
                    binary(operation, operand(left), operand(right), row);
                }
            }
        }
        result.extend_from_slice(&rows[(nodes.len() - 1) * width..][..points.len()]);
    }
    result
}

fn unary(operation: Unary, a: &[f64], result: &mut [f64]) {
    for (result, a) in result.iter_mut().zip(a) {
        *result = a.unary(operation);
    }
}

/// The four that the processor does on several numbers at once get their own loops.
fn binary(operation: Binary, a: &[f64], b: &[f64], result: &mut [f64]) {
    match operation {
        Binary::Add => each(a, b, result, |a, b| a + b),
        Binary::Subtract => each(a, b, result, |a, b| a - b),
        Binary::Multiply => each(a, b, result, |a, b| a * b),
        Binary::Divide => each(a, b, result, |a, b| a / b),
        other => each(a, b, result, |a, b| a.binary(other, b)),
    }
}

fn each(a: &[f64], b: &[f64], result: &mut [f64], operation: impl Fn(f64, f64) -> f64) {
    for ((result, a), b) in result.iter_mut().zip(a).zip(b) {
        *result = operation(*a, *b);
    }
}
