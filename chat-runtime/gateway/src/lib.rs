//! talkline-gateway
