//! Of the servers that a process needs.

use super::label::{DEPENDENCY, KIND};
use crate::descriptor::Gauge;

/// Whether they answer.
pub const UP: Gauge = Gauge::new(
    "talkline_dependency_up",
    "Whether a server that this process needs (log, store, bus) answered when it was asked last: 1 or 0",
)
.by(&[DEPENDENCY]);

/// When certificates end.
pub const CERTIFICATE_EXPIRES: Gauge = Gauge::new(
    "talkline_dependency_certificate_expires_timestamp_seconds",
    "When the files of certificates for a server end, since 1970: own, the first of its chain; authorities, the last of them",
)
.seconds()
.by(&[DEPENDENCY, KIND]);
