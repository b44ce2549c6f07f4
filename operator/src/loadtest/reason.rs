//! Why a load test stands where it stands, in a word. `docs/loadtest-on-kubernetes.md` says of each what to do.

macro_rules! reasons {
    ($($(#[$about:meta])+ $name:ident),+ $(,)?) => {
        /// See the module.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Reason {
            $($(#[$about])+ $name),+
        }

        impl Reason {
            /// All of them.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$name),+];

            /// As the status says it.
            pub(crate) const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name)),+
                }
            }
        }
    };
}

reasons! {
    /// The ChatCluster is not there yet, or not ready.
    WaitingForTarget,
    /// The agents' pods are on their way.
    AgentsStarting,
    /// The agents work.
    UnderWay,
    /// Everything held.
    Passed,
    /// A threshold did not hold.
    ThresholdsMissed,
    /// A guarantee did not hold.
    GuaranteesBroken,
    /// An agent was taken from its node.
    AgentEvicted,
    /// An agent took more memory than it may.
    AgentOutOfMemory,
    /// An agent was lost otherwise.
    AgentLost,
    /// There is no room for a pod.
    Unschedulable,
    /// The image cannot be had.
    ImageUnavailable,
    /// A node cannot make the container.
    ContainerRefused,
    /// Agents were not ready in time, for no reason that can be seen.
    AgentsNotReady,
    /// What is asked for cannot be run.
    InvalidScenario,
    /// The ChatCluster did not come.
    TargetMissing,
    /// It did not become ready.
    TargetNotReady,
    /// The API server does not take the objects.
    ObjectsRefused,
    /// The run ended before there was anything to measure.
    NothingMeasured,
    /// The controller ended without a word.
    ControllerLost,
    /// It took longer than it may.
    DeadlineExceeded,
    /// Somebody removed its Jobs.
    Cancelled,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_what_to_do_about_each() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/loadtest-on-kubernetes.md");
        let page = std::fs::read_to_string(path).unwrap();
        for reason in Reason::ALL {
            assert!(page.contains(&format!("`{}`", reason.word())), "{reason:?}");
        }
    }
}
