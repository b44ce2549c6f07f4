//! `clientMessageId`s that say which message they name, so that no table has to be kept to find out.

use std::fmt::{self, Display};

use crate::check::MessageKey;

/// The name of one message: run, conversation, sender's place in it, sender's count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MessageName {
    /// Tells the messages of this run from those of others.
    pub(super) run: u32,
    /// Which conversation of the run.
    pub(super) room: usize,
    /// Which message there.
    pub(super) key: MessageKey,
}

impl Display for MessageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:08x}-{}-{}-{}",
            self.run, self.room, self.key.sender, self.key.number
        )
    }
}

impl MessageName {
    /// Reads a name back; `None` for what this program did not write.
    #[must_use]
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let run = u32::from_str_radix(parts.next()?, 16).ok()?;
        let mut number = || parts.next()?.parse().ok();
        let (room, sender, number) = (number()?, number()?, number()?);
        let name = Self {
            run,
            room,
            key: MessageKey { sender, number },
        };
        parts.next().is_none().then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_name_is_read_back(run: u32, room: usize, sender: usize, number: usize) {
            let name = MessageName { run, room, key: MessageKey { sender, number } };
            prop_assert_eq!(MessageName::parse(&name.to_string()), Some(name));
        }
    }

    #[test]
    fn other_peoples_names_are_not_ours() {
        for text in ["", "hello", "0a-1-2", "0a-1-2-3-4", "xyz-1-2-3", "0a-1-2-x"] {
            assert_eq!(MessageName::parse(text), None, "{text}");
        }
    }
}
