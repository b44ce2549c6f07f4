//! Whether a request has the right form: ids, lengths. The bounds are configuration.

use std::str::FromStr;

use crate::problem::Problem;

/// Reads an id that a client wrote into `field`.
///
/// # Errors
/// `INVALID`, naming the field.
pub fn parse_id<T: FromStr>(field: &str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::invalid(field, "must be an id"))
}

/// The same for a field that may be absent.
pub(super) fn parse_optional_id<T: FromStr>(field: &str, text: Option<&str>) -> Result<Option<T>, Problem> {
    text.map(|text| parse_id(field, text)).transpose()
}

/// A text of 1 to `most` characters (Unicode scalar values).
pub(super) fn check_length(field: &str, text: &str, most: usize) -> Result<(), Problem> {
    // Most texts are so short that their bytes, which need no counting, settle it.
    let fits = text.len() <= most || text.chars().take(most + 1).count() <= most;
    if fits && !text.is_empty() {
        Ok(())
    } else {
        Err(Problem::invalid(field, format!("must have 1 to {most} characters")))
    }
}

/// What tells this command from every other one of the same actor: the client's request id, or chance.
pub(super) fn request_bytes(request_id: Option<&str>, most: usize) -> Result<Vec<u8>, Problem> {
    match request_id {
        Some(id) => check_length("requestId", id, most).map(|()| id.as_bytes().to_vec()),
        None => Ok(rand::random::<[u8; 16]>().to_vec()),
    }
}
