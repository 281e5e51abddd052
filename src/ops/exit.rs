//! Every exit code, in one place.

/// How a command ended, as scripts see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, or nothing to do.
    Done,
    /// Failed.
    Failed,
    /// `plan --detailed-exitcode` only: there are changes.
    Changes,
    /// Some users failed, others did not.
    Partial,
    /// Tests, checks or thresholds were not met.
    NotMet,
    /// Cleanup ended and something is left.
    Residue,
    /// Usage, manifest or template error.
    Usage,
    /// Credentials or permission.
    Credentials,
    /// Interrupted; the same command again continues.
    Interrupted,
    /// `local serve -- COMMAND` only: the command's own exit code, which is not 0.
    Command(u8),
}

impl Exit {
    /// The exit code of a command that a server was started for.
    pub(crate) fn of_command(code: u8) -> Self {
        if code == 0 { Self::Done } else { Self::Command(code) }
    }

    /// The number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Changes => 2,
            Self::Partial => 3,
            Self::NotMet => 4,
            Self::Residue => 5,
            Self::Usage => 64,
            Self::Credentials => 77,
            Self::Interrupted => 130,
            Self::Command(code) => code,
        }
    }

    /// The worse of two, for commands made of commands: what stopped the run outranks what it found.
    pub(crate) fn or(self, other: Self) -> Self {
        const WORSE_FIRST: [Exit; 9] = [
            Exit::Interrupted,
            Exit::Credentials,
            Exit::Usage,
            Exit::Failed,
            Exit::Partial,
            Exit::Residue,
            Exit::NotMet,
            Exit::Changes,
            Exit::Done,
        ];
        if let Self::Command(_) = self {
            return self;
        }
        WORSE_FIRST.into_iter().find(|exit| *exit == self || *exit == other).unwrap_or(other)
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn what_stopped_a_run_outranks_what_it_found() {
        assert_eq!(Exit::Done.or(Exit::NotMet), Exit::NotMet);
        assert_eq!(Exit::Residue.or(Exit::NotMet), Exit::Residue);
        assert_eq!(Exit::Failed.or(Exit::Residue), Exit::Failed);
        assert_eq!(Exit::of_command(7).or(Exit::Done).code(), 7);
        assert_eq!(Exit::of_command(0), Exit::Done);
        assert_eq!(Exit::Interrupted.or(Exit::Failed), Exit::Interrupted);
    }
}
