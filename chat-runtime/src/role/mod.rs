//! The two roles of a cluster: `talkline gateway` and `talkline worker`, as many of each as the load needs.

mod gateway;
mod readiness;
mod worker;

pub(crate) use self::{gateway::run as gateway, worker::run as worker};
