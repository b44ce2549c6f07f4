//! talkline-core
