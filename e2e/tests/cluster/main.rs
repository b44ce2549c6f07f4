//! The cluster from outside: gateways and workers as processes of their own, over real servers.

mod drain;
mod faults;
