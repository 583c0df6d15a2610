//! Errors to exit codes: 1 failed, 2 usage, 3 diverged.

/// Something was asked for that cannot be.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

/// An error that ends with the exit code of wrong usage.
pub fn usage(message: impl Into<String>) -> anyhow::Error {
    Usage(message.into()).into()
}

/// The exit code that says what kind of error it is.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    let mut causes = error.chain();
    causes
        .find_map(|cause| match cause.downcast_ref::<shallow::Error>() {
            Some(error) => Some(error.exit_code()),
            None => cause.is::<Usage>().then_some(2),
        })
        .unwrap_or(1)
}
