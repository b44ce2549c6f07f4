//! Between Rust's values and BSON's.

use mongodb::bson::{Binary, Bson, DateTime, RawBinaryRef, RawBsonRef, RawDocument, spec::BinarySubtype};
use talkline_core::{
    id::{ConversationId, UserId},
    offset::Offset,
    time::Timestamp,
};

use super::error::Failure;

/// What is not as this program writes it.
pub(super) const STRANGE: Failure = Failure::Corrupt("a stored document has a field of another type");

/// A count, number or offset; what does not fit is as good as the highest.
pub(super) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// An id.
pub(super) fn binary(bytes: &[u8]) -> Bson {
    Bson::Binary(Binary {
        subtype: BinarySubtype::Generic,
        bytes: bytes.to_vec(),
    })
}

/// An id, where no copy is wanted.
pub(super) fn raw_binary(bytes: &[u8]) -> RawBinaryRef<'_> {
    RawBinaryRef {
        subtype: BinarySubtype::Generic,
        bytes,
    }
}

/// A time.
pub(super) fn date(time: Timestamp) -> DateTime {
    DateTime::from_millis(time.as_millis())
}

/// Ids as a list.
pub(super) fn binaries<'a>(ids: impl IntoIterator<Item = &'a [u8]>) -> Vec<Bson> {
    ids.into_iter().map(binary).collect()
}

/// From what [`integer`] gave.
pub(super) fn number(value: RawBsonRef<'_>) -> Result<u64, Failure> {
    let number = match value {
        RawBsonRef::Int64(number) => Some(number),
        RawBsonRef::Int32(number) => Some(number.into()),
        _ => None,
    };
    number.and_then(|number| u64::try_from(number).ok()).ok_or(STRANGE)
}

/// An offset.
pub(super) fn offset(value: RawBsonRef<'_>) -> Result<Offset, Failure> {
    number(value).map(Offset::from_raw)
}

/// An id's bytes.
pub(super) fn bytes(value: RawBsonRef<'_>) -> Result<&[u8], Failure> {
    value.as_binary().map(|binary| binary.bytes).ok_or(STRANGE)
}

/// A user's id.
pub(super) fn user(value: RawBsonRef<'_>) -> Result<UserId, Failure> {
    UserId::from_slice(bytes(value)?).map_err(|_| STRANGE)
}

/// A conversation's id.
pub(super) fn conversation(value: RawBsonRef<'_>) -> Result<ConversationId, Failure> {
    ConversationId::from_slice(bytes(value)?).map_err(|_| STRANGE)
}

/// A text.
pub(super) fn text(value: RawBsonRef<'_>) -> Result<&str, Failure> {
    value.as_str().ok_or(STRANGE)
}

/// A yes or no.
pub(super) fn boolean(value: RawBsonRef<'_>) -> Result<bool, Failure> {
    value.as_bool().ok_or(STRANGE)
}

/// A time.
pub(super) fn time(value: RawBsonRef<'_>) -> Result<Timestamp, Failure> {
    let date = value.as_datetime().ok_or(STRANGE)?;
    Ok(Timestamp::from_millis(date.timestamp_millis()))
}

/// A document within.
pub(super) fn document(value: RawBsonRef<'_>) -> Result<&RawDocument, Failure> {
    value.as_document().ok_or(STRANGE)
}

/// The field that every document of its kind has.
pub(super) fn field<'d>(document: &'d RawDocument, name: &str) -> Result<RawBsonRef<'d>, Failure> {
    document
        .get(name)?
        .ok_or(Failure::Corrupt("a stored document lacks a field"))
}
