//! The areas of a ChatLoadTest: what is under load, what has to hold, what runs the load, and what came of it.

mod image;
mod status;
mod target;
mod thresholds;

pub use image::LoadImage;
pub use status::{Agents, ChatLoadTestStatus, Figures, Phase, Report, Verdict};
pub use target::{Arrivals, Target};
pub use thresholds::Thresholds;
