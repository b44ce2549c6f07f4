//! talkline-crds
