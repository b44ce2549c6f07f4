//! talkline-bench
