//! Every metric of the harness: names, labels, units, and what each is for.

pub mod names;
