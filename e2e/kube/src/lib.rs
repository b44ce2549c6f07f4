//! Real Kubernetes for tests: started by the scripts beside, talked to by its own programs, stopped when it goes out of scope.
//!
//! Whatever this machine lacks is said once, by [`tool::lacking`], and the test ends. Nothing of Talkline is known here.

mod audit;
mod command;
mod conformance;
mod helm;
mod kubernetes;
pub mod tool;

pub use audit::{Request, requests};
pub use conformance::Conformance;
pub use helm::Helm;
pub use kubernetes::{Kubernetes, Mode, install};
