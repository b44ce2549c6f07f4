//! Several programs share a load: agents that wait for work, and the one program that gives it to them.
//!
//! Both speak JSON, a line a message, over one TCP connection for each run ([`wire`]): whoever is lost, closes it, and who is
//! silent for ten seconds counts as lost too. So an agent whose controller has died stops by itself ([`serve`]), and a controller
//! knows which agent it lost ([`control`]): the others go on as they were asked to, and the run fails with its name.
//!
//! ```text
//! controller ─ hello, run ─► agent         sets up, connects
//!            ◄─ point ──────               each second
//!            ◄─ ready ──────               all sockets are open
//!            ─ start ──────►               the same moment for all, once all are ready
//!            ◄─ done ───────               its books, in which no time is lost by rounding
//! ```

mod control;
mod serve;
mod share;
mod wire;

pub use control::{Controller, Error};
pub use serve::{Agent, serve};
pub use share::{Share, split};
