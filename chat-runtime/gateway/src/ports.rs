//! What the gateway needs of the outside.

use std::sync::Arc;

use talkline_core::{
    port::{Accounts, FanOut, Limits, Log, Presence, Recent, Search, Store},
    trace::Tracer,
};

use crate::clock::Clock;

/// The ports; which adapters fill them is the composition root's choice.
#[derive(Clone)]
pub struct Ports {
    /// Where messages and commands are appended.
    pub log: Arc<dyn Log>,
    /// Where conversations are read.
    pub store: Arc<dyn Store>,
    /// Where messages are found.
    pub search: Arc<dyn Search>,
    /// Users and logins.
    pub accounts: Arc<dyn Accounts>,
    /// What workers and other gateways tell.
    pub fan_out: Arc<dyn FanOut>,
    /// Rate limits' counters.
    pub limits: Arc<dyn Limits>,
    /// Who is there.
    pub presence: Arc<dyn Presence>,
    /// The newest messages of conversations that are read.
    pub recent: Arc<dyn Recent>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Where spans go.
    pub tracer: Tracer,
}
