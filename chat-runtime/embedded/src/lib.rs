//! talkline-embedded
