//! What `deploy/` holds, as far as a machine without a container engine can tell.

mod checkout;
mod compose;
mod images;
mod prometheus;
mod proxy;
