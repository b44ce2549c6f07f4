//! Fan-out, presence and limits on Redis.
