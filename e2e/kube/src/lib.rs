//! Real Kubernetes for tests, and a real Prometheus: started by scripts or built by them, stopped when they go out of scope.
//!
//! Whatever this machine lacks is said once, by [`tool::lacking`], and the test ends. Nothing of Talkline is known here.

mod audit;
mod command;
mod conformance;
mod definitions;
mod helm;
mod kubernetes;
mod prometheus;
pub mod tool;

pub use audit::{Request, requests};
pub use conformance::Conformance;
pub use definitions::Definitions;
pub use helm::Helm;
pub use kubernetes::{Kubernetes, Mode, install};
pub use prometheus::{Prometheus, Series, Target, promtool};
