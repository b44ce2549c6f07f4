//! talkline-loadtest
