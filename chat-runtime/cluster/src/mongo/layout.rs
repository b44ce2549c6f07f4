//! The collections, and what their documents are made of.
//!
//! Names within the documents of which there are many are one letter long. Ids are binary, times are dates, offsets and
//! numbers are 64-bit integers. On a sharded cluster the first eight collections are sharded ([`SHARDED`]), each by the field
//! in the second column; whatever can name that field in its filter does. `_id`s there begin with the conversation or are
//! local to it, so that they are unique although only one shard checks them.
//!
//! | collection | shard key | fields |
//! |---|---|---|
//! | [`MESSAGES`] | `conversationId` | `_id` the message's id (28 bytes), `seq`, `o` offset, `s` sender, `k` client's id, `t` accepted at, `x` text, `a` attachment, `r` reply to, `f` forward of; made by changes: `v` last `changeSeq`, `e` `{o, t}` edited, `d` `{o, t}` deleted, `w` reactions: `{<user><emoji>: {o, on, e}}` |
//! | [`CHANGES`] | `conversationId` | `_id` the command's id, `changeSeq`, `o` offset, `b` the change |
//! | [`MEMBERS`] | `conversationId` | `_id` conversation, user and offset (40 bytes), `u` user, `o` offset, and unless it ended `r` role, `s` since, `h` history from, `c` changes after |
//! | [`CONVERSATIONS`] | `_id` | `_id` the conversation; `k` kind, `h` open history, `t` created at, `o` offset; `n` `{o, n}` name and the offset of its word |
//! | [`RECEIPTS`] | `conversationId` | `_id` conversation and user (32 bytes), `d` delivered, `r` read, `t` moved at |
//! | [`INDEX`] | `conversationId` | the search index: see `search` |
//! | [`EXPIRIES`] | `conversationId` | `_id` conversation and offset (24 bytes), `o` offset, `h` through which `seq`, `p` how far the purge is |
//! | [`PURGED`] | `conversationId` | what is left of a message: `_id`, `seq`, `o` offset |
//! | [`REJECTIONS`] | – | `_id` conversation and offset (24 bytes), `c` conversation, `o` offset, `s` sender, `k` client's id, `y` reason, `t` accepted at |
//! | [`QUARANTINE`] | – | `_id` the conversation, `why` |
//! | [`MARKS`] | – | `_id` the partition, `o` offset, `a` `{o, f}` a record below it by which the log is known: its offset and fingerprint |
//! | [`USERS`] | – | `_id` the user, `m` address, `n` name, `f` name folded, `t` created at, `p` premium, `h` password's hash |
//! | [`SESSIONS`] | – | `_id` the session, `u` user, `x` expires at, `k` the good token's hash, `z` goes at |
//! | [`TOKENS`] | – | `_id` a refresh token's hash, `s` session, `z` goes at |
//! | [`INDEXERS`] | – | who brings the search index up, and how far that is: see `search` |
//! | [`SCHEMA`] | – | `_id` "schema", `version`; `_id` "log", the `name` and `generation` of the log that the database belongs to |

/// Messages.
pub(super) const MESSAGES: &str = "messages";
/// Changes.
pub(super) const CHANGES: &str = "changes";
/// Who came and went.
pub(super) const MEMBERS: &str = "members";
/// What conversations are, and what they are called.
pub(super) const CONVERSATIONS: &str = "conversations";
/// How far members are.
pub(super) const RECEIPTS: &str = "receipts";
/// The search index.
pub(super) const INDEX: &str = "index";
/// Which messages have expired.
pub(super) const EXPIRIES: &str = "expiries";
/// What is left of purged messages.
pub(super) const PURGED: &str = "purged";
/// What was accepted and then rejected.
pub(super) const REJECTIONS: &str = "rejections";
/// Conversations that contradict the log.
pub(super) const QUARANTINE: &str = "quarantine";
/// How far partitions are.
pub(super) const MARKS: &str = "marks";
/// Accounts.
pub(super) const USERS: &str = "users";
/// Logins.
pub(super) const SESSIONS: &str = "sessions";
/// Refresh tokens, used and unused.
pub(super) const TOKENS: &str = "tokens";
/// How far the search index is.
pub(super) const INDEXERS: &str = "indexers";
/// The schema's version, and whose database it is.
pub(super) const SCHEMA: &str = "schema";

/// What is spread over the shards of a sharded cluster, and by which field.
pub(super) const SHARDED: [(&str, &str); 8] = [
    (MESSAGES, "conversationId"),
    (CHANGES, "conversationId"),
    (MEMBERS, "conversationId"),
    (CONVERSATIONS, "_id"),
    (RECEIPTS, "conversationId"),
    (INDEX, "conversationId"),
    (EXPIRIES, "conversationId"),
    (PURGED, "conversationId"),
];
