//! The ChatCluster API: the types, the schema that Kubernetes gets, and a strict reader of the YAML for machines without Kubernetes.
//!
//! This crate knows neither a cluster nor the chat: the operator turns a [`ChatCluster`] into objects, the runtime into a configuration.
//! It has no client, so that a program on a laptop reads the same file without carrying one.

mod chatcluster;
mod chatloadtest;
mod crd;
mod load;
pub mod loadtest;
mod reference;
pub mod spec;
pub mod status;

pub use chatcluster::{ChatCluster, ChatClusterSpec, DeletionPolicy};
pub use chatloadtest::{ChatLoadTest, ChatLoadTestSpec};
pub use crd::{Definition, MAX_NAME_LENGTH};
pub use load::{LoadError, Problem, document, load, nearest};
