//! The newest messages of conversations: what gateways remember of them. Workers keep the shared ones fresh, whatever is set.

use crate::config::{
    field::{number, switch},
    key::Key,
    role::Role,
};

pub(super) fn keys() -> Vec<Key> {
    let keys = [
        Key::new(
            "history.cached",
            "Whether the newest messages of conversations are answered from caches: Redis' and the gateway's own.",
            switch(|s| &mut s.history.cached),
        ),
        Key::new(
            "history.memoryBytes",
            "Bytes of them in the gateway's own memory, at most: a conversation that is read takes some 20 KB. 0: none. It is shown only after Redis has confirmed it.",
            number(0..=68_719_476_736, |s| &mut s.history.memory_bytes),
        ),
    ];
    keys.map(|key| key.of(&[Role::Gateway])).into()
}
