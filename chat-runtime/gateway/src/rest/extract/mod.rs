//! What handlers take from a request. Each refuses with a problem that names the field, the parameter or the header.

mod actor;
mod body;
mod id;
mod parameters;
mod request_key;

pub(super) use actor::{Actor, Caller, Client};
pub(super) use body::Body;
pub(super) use id::{Id, IdAndText};
pub(super) use parameters::Parameters;
pub(super) use request_key::{IDEMPOTENCY_KEY, RequestKey};
