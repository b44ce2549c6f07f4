//! What is seen of a load test, and where that leaves it.

mod seen;
mod standing;
