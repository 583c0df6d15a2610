//! Reads the golden numbers that `assets/golden/record.py` recorded from NumPy.

/// The values of `assets/golden/<name>.txt`, one f64 a line.
pub fn golden(name: &str) -> Vec<f64> {
    let path = format!("{}/assets/golden/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    text.lines()
        .map(|line| line.parse().unwrap_or_else(|_| panic!("{path}: {line}")))
        .collect()
}
