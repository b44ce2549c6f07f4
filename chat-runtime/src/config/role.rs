//! Which commands are configured here.

use std::fmt;

/// A command that takes settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Role {
    /// `talkline gateway`.
    Gateway,
    /// `talkline worker`.
    Worker,
    /// `talkline up`.
    Up,
}

impl Role {
    pub(super) const ALL: &[Self] = &[Self::Gateway, Self::Worker, Self::Up];
    /// The two roles of a cluster.
    pub(super) const CLUSTER: &[Self] = &[Self::Gateway, Self::Worker];
    /// Those that clients connect to.
    pub(super) const SERVING: &[Self] = &[Self::Gateway, Self::Up];

    /// As the command line has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Worker => "worker",
            Self::Up => "up",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
