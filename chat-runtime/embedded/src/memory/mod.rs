//! What need not outlive the process: the fan-out, the rate limits, and who is there.

mod fan_out;
mod limits;
mod presence;

pub(crate) use fan_out::MemoryFanOut;
pub(crate) use limits::MemoryLimits;
pub(crate) use presence::MemoryPresence;
