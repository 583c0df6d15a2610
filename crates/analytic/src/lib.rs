//! Gradients worked out by hand, in f64 on the host; this crate knows no Burn.
//!
//! [`backprop`] is the documents' own classes, the reference that every other engine is held against. [`numeric`] is
//! central differences, which know nothing of calculus and so check the reference itself.
//!
//! `n` is the number of samples, `d` of inputs, `h` of hidden units, `k` of outputs; arrays are row-major.

pub mod backprop;
pub mod numeric;
mod relu_weights;

pub use relu_weights::ReluWeights;
