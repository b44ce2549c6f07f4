//! The cluster from outside: gateways and workers as processes of their own, over real servers.

mod belonging;
mod dead_letters;
mod drain;
mod faults;
mod logins;
mod metrics;
