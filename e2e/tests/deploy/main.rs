//! What `deploy/` holds, as far as a machine without a container engine can tell.

mod compose;
mod prometheus;
mod proxy;
