//! The formats: each writes the bytes and checks the file.

pub(crate) mod c;
pub(crate) mod json;
pub(crate) mod onnx;
pub(crate) mod rust;
pub(crate) mod safetensors;
pub(crate) mod sql;
