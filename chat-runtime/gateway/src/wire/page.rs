//! A page of history as its bytes: messages are encoded once, and shown many times.

use bytes::Bytes;

use super::History;

/// The JSON of a [`History`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page(Bytes);

const HEAD: &[u8] = br#"{"messages":["#;

impl Page {
    /// Of messages as JSON with commas between them.
    pub(crate) fn of(messages: &[u8], has_more: bool) -> Self {
        let tail: &[u8] = match has_more {
            true => br#"],"hasMore":true}"#,
            false => br#"],"hasMore":false}"#,
        };
        Self([HEAD, messages, tail].concat().into())
    }

    /// What goes out.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    /// What a client reads.
    ///
    /// # Errors
    /// None, of a page that this program made.
    pub fn read(&self) -> serde_json::Result<History> {
        serde_json::from_slice(&self.0)
    }
}

impl TryFrom<&History> for Page {
    type Error = serde_json::Error;

    fn try_from(history: &History) -> serde_json::Result<Self> {
        serde_json::to_vec(history).map(|bytes| Self(bytes.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_lead_to_the_same_bytes() {
        for has_more in [true, false] {
            let history = History {
                messages: Vec::new(),
                has_more,
            };
            assert_eq!(Page::try_from(&history).unwrap(), Page::of(b"", has_more));
            assert_eq!(Page::of(b"", has_more).read().unwrap(), history);
        }
    }
}
