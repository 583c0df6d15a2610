//! `y = relu(x W1 + b1) W2 + b2` and its gradients in one pass over the samples, f32 or f64, without a hidden layer in
//! memory.
//!
//! Composed of tensor operations, the network writes and reads arrays of `n x h` several times a step. Here the forward
//! pass keeps nothing, and the backward pass computes again what it needs of the hidden layer. With one input the network
//! is a piecewise-linear function, whose table of `h + 1` pieces makes a sample cost `O(log h)`; with several, or few
//! samples, tiles of samples and units go through vector registers. Any loss, order and number of samples will do.

mod activation;
mod errors;
mod float;
mod net;
mod neuron;
mod parts;
mod passes;
mod search;
mod segments;
mod tiles;

pub use activation::Activation;
pub use errors::{errors, errors_gradient};
pub use float::Float;
pub use net::Net;
pub use neuron::{Neuron, NeuronErrors, NeuronSamples};
pub use passes::{NetGradient, Saved};
