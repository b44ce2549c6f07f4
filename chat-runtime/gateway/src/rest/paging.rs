//! Pages: how long they are, and where the next one begins.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use talkline_core::{
    id::{ConversationId, MessageId},
    port::{Listing, Place},
    time::Timestamp,
};

use crate::{
    config::Sizes,
    problem::{Code, Problem},
};

/// The length that the client wants, within bounds: more than the most is cut, as the description says.
pub(super) fn limit(asked: Option<usize>, sizes: &Sizes) -> Result<usize, Problem> {
    match asked {
        Some(0) => Err(Problem::new(Code::InvalidParameter).with_error("limit", "must be at least 1")),
        Some(asked) => Ok(asked.min(sizes.page_max)),
        None => Ok(sizes.page_default),
    }
}

pub(super) fn bad_cursor() -> Problem {
    Problem::new(Code::InvalidParameter).with_error("cursor", "must be a `nextCursor` of this list")
}

/// A place in a list that is ordered by time and then by id, as text: the time's 8 bytes, then the id's.
fn write(at: Timestamp, id: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode([&at.as_millis().to_be_bytes(), id].concat())
}

/// Reads what [`write()`] wrote.
fn read<I, E>(cursor: &str, id: impl FnOnce(&[u8]) -> Result<I, E>) -> Result<(Timestamp, I), Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| bad_cursor())?;
    let (at, rest) = bytes.split_first_chunk().ok_or_else(bad_cursor)?;
    let id = id(rest).map_err(|_| bad_cursor())?;
    Ok((Timestamp::from_millis(i64::from_be_bytes(*at)), id))
}

/// A place in the list of conversations.
pub(super) fn write_listing(listing: &Listing) -> String {
    write(listing.at, listing.conversation.as_bytes())
}

/// Reads what [`write_listing`] wrote.
pub(super) fn read_listing(cursor: &str) -> Result<Listing, Problem> {
    read(cursor, ConversationId::from_slice).map(|(at, conversation)| Listing { at, conversation })
}

/// A place among hits of a search.
pub(super) fn write_place(place: &Place) -> String {
    write(place.created_at, place.message.as_bytes())
}

/// Reads what [`write_place`] wrote.
pub(super) fn read_place(cursor: &str) -> Result<Place, Problem> {
    read(cursor, MessageId::from_slice).map(|(created_at, message)| Place { created_at, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_and_nonsense_is_refused() {
        let listing = Listing {
            at: Timestamp::from_millis(-7),
            conversation: ConversationId::from_bytes([9; 16]),
        };
        let text = write_listing(&listing);
        assert_eq!(read_listing(&text), Ok(listing));
        for bad in ["", "A", "AAAA", &text[1..], &format!("{text}AAAA"), "é"] {
            assert_eq!(read_listing(bad).unwrap_err().code(), Code::InvalidParameter, "{bad}");
        }
        let place = Place {
            created_at: Timestamp::from_millis(7),
            message: MessageId::from_bytes([9; 28]),
        };
        assert_eq!(read_place(&write_place(&place)), Ok(place));
        assert!(read_place(&text).is_err(), "a cursor of another list");
    }

    #[test]
    fn a_page_is_never_longer_than_the_most() {
        let sizes = Sizes::default();
        assert_eq!(limit(None, &sizes), Ok(50));
        assert_eq!(limit(Some(7), &sizes), Ok(7));
        assert_eq!(limit(Some(usize::MAX), &sizes), Ok(200));
        assert!(limit(Some(0), &sizes).is_err());
    }
}
