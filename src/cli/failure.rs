//! How the command ends when it does not end well.

use std::fmt::Display;

/// One line for people, and the exit status.
#[derive(Debug)]
pub(super) struct Failure {
    code: u8,
    error: anyhow::Error,
}

impl Failure {
    /// The command line asks for something that is not to be had: exit status 2.
    pub(super) fn usage(why: impl Display) -> Self {
        Failure { code: 2, error: anyhow::anyhow!("{why}") }
    }

    /// Work that failed: exit status 1.
    pub(super) fn failed(why: impl Display) -> Self {
        Failure { code: 1, error: anyhow::anyhow!("{why}") }
    }

    /// A failure with an exit status of its own, as `bench` has them.
    #[cfg(feature = "bench")]
    pub(super) fn with_code(code: u8, why: impl Display) -> Self {
        Failure { code, error: anyhow::anyhow!("{why}") }
    }

    /// The exit status.
    pub(super) fn code(&self) -> u8 {
        self.code
    }

    /// The error and its context in one line; a condition that was not understood keeps the mark under its place.
    pub(super) fn line(&self) -> String {
        let text = format!("{:#}", self.error);
        if self.code == 2 { text } else { text.replace('\n', " ") }
    }

    /// The same with what was being done in front.
    pub(super) fn context(mut self, what: impl Display + Send + Sync + 'static) -> Self {
        self.error = self.error.context(what.to_string());
        self
    }
}

impl From<crate::Error> for Failure {
    fn from(e: crate::Error) -> Self {
        use gapwave_kernels::Error as K;
        let code = match &e {
            crate::Error::Usage(_) | crate::Error::Kernel(K::Param { .. } | K::Unknown { .. }) => 2,
            _ => 1,
        };
        Failure { code, error: e.into() }
    }
}

impl From<gapwave_kernels::Error> for Failure {
    fn from(e: gapwave_kernels::Error) -> Self {
        crate::Error::from(e).into()
    }
}

impl From<gapwave_columns::Error> for Failure {
    fn from(e: gapwave_columns::Error) -> Self {
        crate::Error::from(e).into()
    }
}

impl From<gapwave_datasets::Error> for Failure {
    fn from(e: gapwave_datasets::Error) -> Self {
        crate::Error::from(e).into()
    }
}

impl From<std::io::Error> for Failure {
    fn from(e: std::io::Error) -> Self {
        Failure { code: 1, error: e.into() }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(e: serde_json::Error) -> Self {
        Failure { code: 1, error: e.into() }
    }
}
