//! talkline-e2e
