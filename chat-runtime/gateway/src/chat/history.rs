//! Reading messages: pages, and single ones with who has them. Cut to what the reader may see.

use std::sync::Arc;

use serde::Serialize;
use talkline_core::{
    Error, ErrorKind,
    conversation::Member,
    id::{ConversationId, MessageId, UserId},
    port::{Head, Range},
};
use utoipa::ToSchema;

use super::{Chat, recent::Shown};
use crate::{
    auth::Identity,
    problem::{Code, Problem},
    wire,
};

/// Which part of a conversation to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// The newest messages below this number; `u64::MAX` for the end.
    Before(u64),
    /// The oldest messages above this number.
    After(u64),
}

impl Span {
    /// What of it a member may see.
    fn range(self, member: &Member) -> Range {
        let from = member.history_from;
        match self {
            Self::Before(before) => Range::Before { from, before },
            Self::After(after) => Range::After {
                after: after.max(from.saturating_sub(1)),
            },
        }
    }
}

/// A message and who has it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageDetails {
    /// The message.
    #[serde(flatten)]
    pub message: wire::Message,
    /// The members that it reached, without its sender.
    #[schema(value_type = Vec<String>)]
    pub delivered_to: Vec<UserId>,
    /// The members that read it, without its sender.
    #[schema(value_type = Vec<String>)]
    pub read_by: Vec<UserId>,
}

impl Chat {
    /// A page of a conversation, newest last: from the newest messages, if it lies within them, or else from the store.
    ///
    /// # Errors
    /// `NOT_A_MEMBER`.
    pub async fn history(
        &self,
        actor: &Identity,
        conversation: ConversationId,
        span: Span,
        limit: usize,
    ) -> Result<wire::Page, Problem> {
        if let Some(page) = self.recent_page(actor.user, conversation, span, limit).await? {
            return Ok(page);
        }
        let (_, member) = self.reader(actor.user, conversation).await?;
        let page = self.ports.store.page(conversation, span.range(&member), limit).await?;
        // Whoever was removed while the page was read may not see what came after: asked again, this time at its end.
        let (_, still) = self.reader(actor.user, conversation).await?;
        if still.since != member.since {
            return Err(Problem::new(Code::NotAMember));
        }
        let history = wire::History {
            messages: page.messages.iter().map(wire::Message::from).collect(),
            has_more: page.has_more,
        };
        let encoded = wire::Page::try_from(&history);
        Ok(encoded.map_err(|cause| Error::new(ErrorKind::Corrupt, "history.encode", cause))?)
    }

    /// How far a conversation of the actor's is, no older than this call.
    ///
    /// # Errors
    /// `NOT_A_MEMBER`.
    pub async fn head(&self, actor: &Identity, conversation: ConversationId) -> Result<Head, Problem> {
        if let Some((shown, _)) = self.newest(actor.user, conversation).await? {
            return Ok(shown.reach.head);
        }
        self.reader(actor.user, conversation).await?;
        let heads = self.ports.store.heads(&[conversation]).await?;
        Ok(heads.into_iter().next().unwrap_or_default())
    }

    /// The page, if it lies within the newest messages.
    async fn recent_page(
        &self,
        user: UserId,
        conversation: ConversationId,
        span: Span,
        limit: usize,
    ) -> Result<Option<wire::Page>, Problem> {
        let Some((shown, member)) = self.newest(user, conversation).await? else {
            return Ok(None);
        };
        let page = shown.page(span.range(&member), limit);
        self.recents.answered(page.is_some());
        Ok(page)
    }

    /// The newest messages, and who the actor is among their readers; none where nothing is cached.
    async fn newest(
        &self,
        user: UserId,
        conversation: ConversationId,
    ) -> Result<Option<(Arc<Shown>, Member)>, Problem> {
        if !self.recents.is_on() {
            return Ok(None);
        }
        // Who is known to be out may have come in by now. Of whom nothing is known, the answer is below.
        let known = self.memberships.remembered(conversation);
        if known.is_some_and(|known| !known.members.contains_key(&user)) {
            self.reader(user, conversation).await?;
        }
        let not_in = || Problem::new(Code::NotAMember);
        let shown = self.recents.read(conversation).await?.ok_or_else(not_in)?;
        // Whoever was removed meanwhile, or is remembered though gone, may not see what came after.
        let membership = self.memberships.at_least(conversation, shown.reach.membership).await?;
        let member = membership.members.get(&user).ok_or_else(not_in)?;
        Ok(Some((shown, *member)))
    }

    /// The messages after one that the actor can see.
    ///
    /// # Errors
    /// `MESSAGE_NOT_FOUND`.
    pub async fn since(&self, actor: &Identity, message: MessageId, limit: usize) -> Result<wire::Page, Problem> {
        let after = self.visible_message(actor, message).await?.seq;
        self.history(actor, message.conversation(), Span::After(after), limit)
            .await
    }

    /// A message that the actor can see, and who has it.
    ///
    /// # Errors
    /// `MESSAGE_NOT_FOUND`.
    pub async fn message(&self, actor: &Identity, id: MessageId) -> Result<MessageDetails, Problem> {
        let message = self.visible_message(actor, id).await?;
        let mut marks = self.ports.store.marks(id.conversation()).await?;
        marks.retain(|mark| mark.user_id != message.sender);
        let having = |far: fn(&talkline_core::receipt::Mark) -> u64| {
            let has = marks.iter().filter(|mark| far(mark) >= message.seq);
            has.map(|mark| mark.user_id).collect()
        };
        Ok(MessageDetails {
            delivered_to: having(|mark| mark.delivered_seq),
            read_by: having(|mark| mark.read_seq),
            message: (&message).into(),
        })
    }
}
