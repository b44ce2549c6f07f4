//! `chat:sync`: from what a client has to what there is, bounded, and cut to what the member may see.

use std::{borrow::Cow, collections::BTreeMap};

use talkline_core::{
    conversation::Member,
    id::{ConversationId, UserId},
    port::{Changes, Head, Page, Range},
    time::Timestamp,
};

use super::Chat;
use crate::{
    auth::Identity,
    problem::{Code, Problem},
    wire::{CaughtUp, Mark, Position, Refused, Sync, SyncAnswer},
};

/// Rejections in one answer, the newest.
const MOST_REJECTIONS: usize = 100;
/// Conversations in one answer, gone into or not.
const MOST_CONVERSATIONS: usize = 1_000;

/// What [`Chat::sync`] found.
pub struct Synced {
    /// How the conversations went on.
    pub conversations: BTreeMap<ConversationId, CaughtUp>,
    /// Names that were asked for and are no conversation of the actor's.
    pub unknown: Vec<(String, Problem)>,
    /// Messages of the actor's that were rejected when their turn came.
    pub rejected: Vec<(ConversationId, String, Problem)>,
}

/// One conversation to catch up with.
struct Case {
    id: ConversationId,
    member: Member,
    position: Position,
    head: Head,
}

impl Chat {
    /// How the actor's conversations went on from where the client is.
    ///
    /// The first conversations, in the order of their ids, are gone into. What is left over comes with its heads only
    /// and `hasMore`: the client asks again, by name.
    ///
    /// # Errors
    /// `INVALID` for too many conversations; those of the store.
    pub async fn sync(&self, actor: &Identity, request: Sync) -> Result<Synced, Problem> {
        let (cases, mut unknown) = self.cases(actor.user, request.conversations).await?;
        let since: BTreeMap<_, _> = cases.iter().map(|case| (case.id, case.member.since)).collect();
        let mut conversations = BTreeMap::new();
        let mut budget = self.config.realtime.sync_conversations;
        for case in cases {
            let caught_up = match budget.checked_sub(1) {
                Some(left) => {
                    budget = left;
                    self.catch_up(&case).await?
                }
                None => case.untouched(),
            };
            conversations.insert(case.id, caught_up);
        }
        // Whoever was removed while this was read may have been shown what came after.
        let still = self.mailboxes(actor.user).await?;
        conversations.retain(|id, _| {
            let kept = still.get(id).map(|member| member.since) == since.get(id).copied();
            if !kept {
                unknown.push((id.to_string(), Problem::new(Code::NotAMember)));
            }
            kept
        });
        Ok(Synced {
            conversations,
            unknown,
            rejected: self.rejections(actor.user).await?,
        })
    }

    /// The conversations to look at, each with where it is.
    async fn cases(
        &self,
        user: UserId,
        asked: Option<BTreeMap<String, Position>>,
    ) -> Result<(Vec<Case>, Vec<(String, Problem)>), Problem> {
        let mut members = self.mailboxes(user).await?;
        let mut unknown = Vec::new();
        let wanted: Vec<_> = match asked {
            None => members
                .into_iter()
                .map(|(id, member)| (id, member, Position::default()))
                .collect(),
            Some(asked) if asked.len() > MOST_CONVERSATIONS => {
                return Err(Problem::invalid(
                    "conversations",
                    format!("must name at most {MOST_CONVERSATIONS}"),
                ));
            }
            Some(asked) => {
                let mut wanted = Vec::new();
                for (name, position) in asked {
                    match name.parse().ok().and_then(|id| members.remove_entry(&id)) {
                        Some((id, member)) => wanted.push((id, member, position)),
                        None => unknown.push((name, Problem::new(Code::NotAMember))),
                    }
                }
                wanted
            }
        };
        let wanted = &wanted[..wanted.len().min(MOST_CONVERSATIONS)];
        let ids: Vec<_> = wanted.iter().map(|(id, ..)| *id).collect();
        let heads = self.ports.store.heads(&ids).await?;
        let cases = wanted.iter().zip(heads).map(|(&(id, member, position), head)| Case {
            id,
            member,
            position,
            head,
        });
        Ok((cases.collect(), unknown))
    }

    /// The conversations of `user`, with the membership in each.
    async fn mailboxes(&self, user: UserId) -> Result<BTreeMap<ConversationId, Member>, Problem> {
        let mailboxes = self.ports.store.mailboxes(user).await?;
        Ok(mailboxes
            .into_iter()
            .map(|mailbox| (mailbox.conversation, mailbox.member))
            .collect())
    }

    async fn catch_up(&self, case: &Case) -> Result<CaughtUp, Problem> {
        let (store, limit) = (&self.ports.store, self.config.realtime.sync_page);
        let after = case.position.seq.max(case.member.history_from.saturating_sub(1));
        let changes_after = case.position.change_seq.max(case.member.changes_after);
        let (changes, page) = if case.head.change_seq > changes_after || case.head.seq > after {
            // In this order, so that every change in the answer is of a message that the client has then, or that comes
            // later with the change in it.
            let changes = store.changes(case.id, changes_after, limit).await?;
            (changes, store.page(case.id, Range::After { after }, limit).await?)
        } else {
            (Changes::default(), Page::default())
        };
        let has_more = page.has_more || changes.has_more;
        let visible = changes.changes.iter().filter(|change| {
            // A change of a message from before the member's time is none of theirs; its number counts all the same, as
            // those do which the store leaves out because they have expired.
            change.message_seq.is_none_or(|seq| seq >= case.member.history_from)
        });
        // A whole answer reaches the heads, which were asked for before it: what is not in it up to there is gone.
        let reach = |last: Option<u64>, from: u64, head: u64, more: bool| match more {
            true => last.unwrap_or(from),
            false => last.unwrap_or(from).max(head),
        };
        let (last, last_change) = (page.messages.last(), changes.changes.last());
        let seq = reach(last.map(|message| message.seq), after, case.head.seq, page.has_more);
        let change_seq = reach(
            last_change.map(|change| change.change_seq),
            changes_after,
            case.head.change_seq,
            changes.has_more,
        );
        let marks = match has_more {
            true => Vec::new(),
            false => store.marks(case.id).await?.iter().map(Mark::from).collect(),
        };
        Ok(CaughtUp {
            messages: page.messages.iter().map(Into::into).collect(),
            changes: visible.map(Into::into).collect(),
            seq,
            change_seq,
            // Something may have been stored since the heads were asked for.
            head_seq: case.head.seq.max(seq),
            head_change_seq: case.head.change_seq.max(change_seq),
            marks,
            has_more,
        })
    }

    async fn rejections(&self, sender: UserId) -> Result<Vec<(ConversationId, String, Problem)>, Problem> {
        let now = self.ports.clock.now().as_millis();
        let kept = i64::try_from(self.config.realtime.rejections_kept.as_millis()).unwrap_or(i64::MAX);
        let since = Timestamp::from_millis(now.saturating_sub(kept));
        let mut stored = self.ports.store.rejections(sender, since).await?;
        stored.sort_by_key(|rejection| std::cmp::Reverse(rejection.at));
        stored.truncate(MOST_REJECTIONS);
        let told = stored.into_iter().map(|rejection| {
            (
                rejection.conversation,
                rejection.client_message_id,
                rejection.reason.into(),
            )
        });
        Ok(told.collect())
    }
}

impl Case {
    /// The answer for a conversation that is not gone into.
    fn untouched(&self) -> CaughtUp {
        CaughtUp {
            seq: self.position.seq,
            change_seq: self.position.change_seq,
            head_seq: self.head.seq,
            head_change_seq: self.head.change_seq,
            has_more: true,
            ..CaughtUp::default()
        }
    }
}

impl Synced {
    /// The answer as the client reads it.
    pub fn answer(&self) -> SyncAnswer<'_> {
        let unknown = self.unknown.iter().map(|(name, problem)| Refused {
            conversation_id: Cow::Borrowed(name),
            client_message_id: None,
            error: problem.body(),
        });
        let rejected = self.rejected.iter().map(|(conversation, message, problem)| Refused {
            conversation_id: Cow::Owned(conversation.to_string()),
            client_message_id: Some(message),
            error: problem.body(),
        });
        SyncAnswer {
            ok: true,
            conversations: &self.conversations,
            rejected: unknown.chain(rejected).collect(),
        }
    }
}
