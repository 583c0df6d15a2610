//! One job on every engine, device and peer, and how their times compare.
fn main() {}
