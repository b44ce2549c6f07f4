//! A person's list of conversations. Nothing of it is stored: order, last message and unread count follow from the
//! documents, so that a message costs no write per member.

use std::cmp::Reverse;

use rusqlite::{Connection, params};
use talkline_core::{
    id::{ConversationId, UserId},
    message::Message,
    port::{ConversationRow, Head, Listing, Mailbox},
};

use super::{expiry, member, receipt, row, visible::Partitions};
use crate::database::{integer, number};

/// A conversation with what its place in the list follows from.
struct Candidate {
    mailbox: Mailbox,
    listing: Listing,
    head: Head,
    /// Up to which message nothing is seen: from before the membership, or expired.
    unseen: u64,
    last_message: Option<Message>,
}

/// The list from behind `after` on, the one with the newest message first.
pub(super) fn conversations(
    connection: &Connection,
    partitions: Partitions,
    user: UserId,
    after: Option<Listing>,
    limit: usize,
) -> rusqlite::Result<Vec<ConversationRow>> {
    let place = |listing: &Listing| (Reverse(listing.at), listing.conversation);
    let mut candidates = Vec::new();
    for mailbox in member::mailboxes(connection, user)? {
        if let Some(candidate) = candidate(connection, partitions, mailbox)? {
            candidates.push(candidate);
        }
    }
    candidates.retain(|candidate| after.is_none_or(|after| place(&candidate.listing) > place(&after)));
    candidates.sort_unstable_by_key(|candidate| place(&candidate.listing));
    candidates.truncate(limit);
    let rows = candidates
        .into_iter()
        .map(|candidate| complete(connection, user, candidate));
    rows.filter_map(Result::transpose).collect()
}

fn candidate(connection: &Connection, partitions: Partitions, mailbox: Mailbox) -> rusqlite::Result<Option<Candidate>> {
    let conversation = mailbox.conversation;
    let head = partitions.head(connection, conversation)?;
    let expired = expiry::through(connection, conversation)?;
    let unseen = expired.max(mailbox.member.history_from.saturating_sub(1));
    let last_message = match head.seq > unseen {
        true => row::message_at(connection, conversation, head.seq)?,
        false => None,
    };
    let at = match &last_message {
        Some(message) => Some(message.created_at),
        None => member::created_at(connection, conversation)?,
    };
    Ok(at.map(|at| Candidate {
        mailbox,
        listing: Listing { at, conversation },
        head,
        unseen,
        last_message,
    }))
}

fn complete(connection: &Connection, user: UserId, candidate: Candidate) -> rusqlite::Result<Option<ConversationRow>> {
    let Candidate {
        mailbox,
        listing,
        head,
        unseen,
        last_message,
    } = candidate;
    let Some(membership) = member::membership(connection, mailbox.conversation)? else {
        return Ok(None);
    };
    let mark = receipt::of_member(connection, mailbox.conversation, user)?;
    Ok(Some(ConversationRow {
        membership,
        listing,
        head,
        last_message,
        mark,
        unread: unread(
            connection,
            mailbox.conversation,
            mark.read_seq.max(unseen),
            head.seq,
            user,
        )?,
    }))
}

/// Others' messages above the mark: all of them, less the user's own.
fn unread(
    connection: &Connection,
    conversation: ConversationId,
    read: u64,
    head: u64,
    user: UserId,
) -> rusqlite::Result<u64> {
    if head <= read {
        return Ok(0);
    }
    let own = own_messages(connection, conversation, user, read, head)?;
    Ok(head - read - own)
}

fn own_messages(
    connection: &Connection,
    conversation: ConversationId,
    sender: UserId,
    above: u64,
    head: u64,
) -> rusqlite::Result<u64> {
    connection
        .prepare_cached(
            "SELECT count(*) FROM message WHERE conversation = ?1 AND seq > ?2 AND seq <= ?3 AND sender = ?4",
        )?
        .query_row(
            params![
                conversation.as_bytes(),
                integer(above),
                integer(head),
                sender.as_bytes()
            ],
            |row| row.get(0).map(number),
        )
}
