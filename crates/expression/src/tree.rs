//! A syntax tree as a list: operands stand before the operation that uses them.

use crate::{
    number::Number,
    operation::{Binary, Unary},
};

/// A node; its operands are given by their places in the list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Node {
    Constant(f64),
    Variable(usize),
    Unary(Unary, usize),
    Binary(Binary, usize, usize),
}

/// At least one node; the last one is the root.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub fn is_smooth(&self) -> bool {
        self.nodes.iter().all(|node| match node {
            Node::Constant(_) | Node::Variable(_) => true,
            Node::Unary(operation, _) => operation.is_smooth(),
            Node::Binary(operation, _, _) => operation.is_smooth(),
        })
    }

    pub fn evaluate<N: Number>(&self, variables: &[N]) -> N {
        let mut values = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            values.push(match *node {
                Node::Constant(value) => N::constant(value),
                Node::Variable(index) => variables[index],
                Node::Unary(operation, of) => N::unary(values[of], operation),
                Node::Binary(operation, left, right) => {
                    N::binary(values[left], operation, values[right])
                }
            });
        }
        values[values.len() - 1]
    }
}

/// Builds a tree from the leaves up; an operation takes the operands that were built last.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    nodes: Vec<Node>,
    /// The places of the nodes that no operation has used yet.
    operands: Vec<usize>,
}

impl Builder {
    pub fn constant(&mut self, value: f64) {
        self.push(Node::Constant(value));
    }

    pub fn variable(&mut self, index: usize) {
        self.push(Node::Variable(index));
    }

    /// An operation on constants is done here, once.
    pub fn unary(&mut self, operation: Unary) {
        let of = self.operand();
        match self.nodes[of] {
            Node::Constant(value) => {
                self.nodes.truncate(of);
                self.constant(value.unary(operation));
            }
            _ => self.push(Node::Unary(operation, of)),
        }
    }

    /// An operation on constants is done here, once.
    pub fn binary(&mut self, operation: Binary) {
        let right = self.operand();
        let left = self.operand();
        match (self.nodes[left], self.nodes[right]) {
            (Node::Constant(a), Node::Constant(b)) => {
                // A constant is one node, so these two are the last.
                self.nodes.truncate(left);
                self.constant(a.binary(operation, b));
            }
            _ => self.push(Node::Binary(operation, left, right)),
        }
    }

    pub fn finish(self) -> Tree {
        debug_assert_eq!(self.operands, [self.nodes.len() - 1]);
        Tree { nodes: self.nodes }
    }

    fn push(&mut self, node: Node) {
        self.operands.push(self.nodes.len());
        self.nodes.push(node);
    }

    fn operand(&mut self) -> usize {
        let operand = self.operands.pop();
        operand.expect("the parser builds operands before it builds their operation")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_on_constants_are_done_once() {
        let mut builder = Builder::default();
        builder.variable(0);
        builder.constant(3.0);
        builder.constant(1.0);
        builder.unary(Unary::Negate);
        builder.binary(Binary::Add);
        builder.binary(Binary::Multiply);
        let expected = [
            Node::Variable(0),
            Node::Constant(2.0),
            Node::Binary(Binary::Multiply, 0, 1),
        ];
        assert_eq!(builder.finish().nodes(), expected);
    }
}
