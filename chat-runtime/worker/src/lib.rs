//! talkline-worker
