//! Pages: how long they are, and where the next one begins.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use talkline_core::{id::ConversationId, port::Listing, time::Timestamp};

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

/// A place in the list of conversations, as text: its time's 8 bytes, then the conversation's id.
pub(super) fn write_listing(listing: &Listing) -> String {
    let mut bytes = listing.at.as_millis().to_be_bytes().to_vec();
    bytes.extend_from_slice(listing.conversation.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads what [`write_listing`] wrote.
pub(super) fn read_listing(cursor: &str) -> Result<Listing, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| bad_cursor())?;
    let (at, conversation) = bytes.split_first_chunk().ok_or_else(bad_cursor)?;
    Ok(Listing {
        at: Timestamp::from_millis(i64::from_be_bytes(*at)),
        conversation: ConversationId::from_slice(conversation).map_err(|_| bad_cursor())?,
    })
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
