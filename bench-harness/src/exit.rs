//! How a benchmark command ends.

use std::process::{ExitCode, Termination};

/// The exit statuses of benchmark commands, so that scripts can tell the endings apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Exit {
    /// All that was asked for was measured, and is as it should be.
    Pass = 0,
    /// Something failed, or nothing ran at all.
    Error = 1,
    /// The command was used wrongly.
    Usage = 2,
    /// Slower than before.
    Regressed = 3,
    /// A result was wrong, whatever its speed.
    WrongResult = 4,
    /// Too noisy to tell.
    Inconclusive = 5,
    /// The two sides were measured on different machines or with different settings.
    NotComparable = 6,
}

impl Exit {
    /// Every status, in the order of the codes.
    pub const ALL: [Exit; 7] = [
        Exit::Pass,
        Exit::Error,
        Exit::Usage,
        Exit::Regressed,
        Exit::WrongResult,
        Exit::Inconclusive,
        Exit::NotComparable,
    ];

    /// The process's exit code.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// What it means, for help texts.
    pub fn meaning(self) -> &'static str {
        match self {
            Exit::Pass => "pass",
            Exit::Error => "error, or nothing ran",
            Exit::Usage => "wrong usage",
            Exit::Regressed => "regressed",
            Exit::WrongResult => "wrong result",
            Exit::Inconclusive => "inconclusive",
            Exit::NotComparable => "not comparable",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_count_up_from_zero() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|e| e.code()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(Exit::WrongResult.code(), 4);
    }
}
