//! Every metric of every program: its name, what it means, its unit and labels.
//!
//! Programs register these constants and dashboards and alerts ask for them, so neither can have a name that the other has not.
//! They stand here and not beside what each of them counts, because whoever charts them, or makes Kubernetes objects of alerts,
//! would otherwise link a database's client for the sake of a word.

pub mod dependency;
pub mod gateway;
pub mod kafka;
pub mod loadtest;
pub mod mongo;
pub mod operator;
pub mod process;
pub mod redis;
pub mod traces;
pub mod worker;

/// The labels of the metrics.
pub mod label {
    /// A broker of Kafka, by its number.
    pub const BROKER: &str = "broker";
    /// An error, by Kafka's name for it.
    pub const CODE: &str = "code";
    /// A server that a process needs: log, store or bus.
    pub const DEPENDENCY: &str = "dependency";
    /// A kind of something, such as of an error.
    pub const KIND: &str = "kind";
    /// An HTTP method.
    pub const METHOD: &str = "method";
    /// A call of a port.
    pub const OPERATION: &str = "operation";
    /// What became of something.
    pub const OUTCOME: &str = "outcome";
    /// A partition of the commands' topic.
    pub const PARTITION: &str = "partition";
    /// Where a run of the load harness stands.
    pub const PHASE: &str = "phase";
    /// A route's template.
    pub const ROUTE: &str = "route";
    /// Who knew something: the nearest who did.
    pub const SOURCE: &str = "source";
    /// A class of HTTP status: 2xx.
    pub const STATUS: &str = "status";
    /// A step of something that has several.
    pub const STEP: &str = "step";
}

/// The labels that say whose a series is: they come from who scrapes, see `docs/monitoring.md`.
pub mod target {
    /// The namespace of a ChatCluster.
    pub const NAMESPACE: &str = "namespace";
    /// The name of a ChatCluster.
    pub const CHATCLUSTER: &str = "chatcluster";
    /// What a process does: gateway or worker.
    pub const ROLE: &str = "role";
    /// The process.
    pub const POD: &str = "pod";
}
