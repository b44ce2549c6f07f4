//! What need not outlive the process: the fan-out, the rate limits, who is there, and the newest messages.

mod fan_out;
mod limits;
mod presence;
mod recent;

pub(crate) use fan_out::MemoryFanOut;
pub(crate) use limits::MemoryLimits;
pub(crate) use presence::MemoryPresence;
pub(crate) use recent::MemoryRecent;
