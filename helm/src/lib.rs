//! What is generated of the charts: the templates of `talkline-crds`, from the definitions in `crds/`, and the page of
//! `talkline`'s values, from its `values.yaml`.
//!
//! The charts themselves are the folders beside, `talkline-crds` and `talkline`. Their tests are this crate's.

mod definition;
pub mod values;

pub use definition::template;
