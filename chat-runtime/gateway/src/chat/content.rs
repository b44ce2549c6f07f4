//! What a message says: the request's text, or what it forwards.

use talkline_core::{
    id::{ConversationId, MessageId},
    message::{Content, Message},
};

use super::{Chat, form};
use crate::{
    auth::Identity,
    problem::{Code, Problem},
    wire,
};

impl Chat {
    /// The content that `request` asks for.
    pub(super) async fn content(
        &self,
        actor: &Identity,
        conversation: ConversationId,
        request: &wire::Send,
    ) -> Result<Content, Problem> {
        if request.attachment_id.is_some() {
            return Err(Problem::invalid("attachmentId", "names no upload"));
        }
        let reply_to: Option<MessageId> = form::parse_optional_id("replyTo", request.reply_to.as_deref())?;
        // Whether it exists is for the worker to say, as of the reply's turn; that it is elsewhere can be said now.
        if reply_to.is_some_and(|target| target.conversation() != conversation) {
            return Err(Problem::new(Code::MessageNotFound));
        }
        let forward_of: Option<MessageId> = form::parse_optional_id("forwardOf", request.forward_of.as_deref())?;
        let content = match forward_of {
            Some(_) if request.text.is_some() => {
                return Err(Problem::invalid(
                    "text",
                    "must be absent: a forward repeats the original's",
                ));
            }
            Some(original) => self.live_message(actor, original).await?.content,
            None => Content {
                text: Some(self.text(request.text.as_deref())?),
                ..Content::default()
            },
        };
        Ok(Content {
            reply_to,
            forward_of,
            ..content
        })
    }

    /// A text within its bounds.
    pub(super) fn text(&self, text: Option<&str>) -> Result<String, Problem> {
        let text = text.unwrap_or_default();
        form::check_length("text", text, self.config.sizes.text_chars)?;
        Ok(text.to_owned())
    }

    /// A message that `actor` can see and that is not deleted.
    pub(super) async fn live_message(&self, actor: &Identity, id: MessageId) -> Result<Message, Problem> {
        let message = self.visible_message(actor, id).await?;
        match message.changes.deleted {
            Some(_) => Err(Problem::new(Code::MessageDeleted)),
            None => Ok(message),
        }
    }

    /// A message that `actor` can see, if only that it is deleted.
    pub(super) async fn visible_message(&self, actor: &Identity, id: MessageId) -> Result<Message, Problem> {
        let hidden = || Problem::new(Code::MessageNotFound);
        let (_, member) = self
            .reader(actor.user, id.conversation())
            .await
            .map_err(|problem| match problem.code() {
                Code::NotAMember => hidden(),
                _ => problem,
            })?;
        let found = self.ports.store.messages(&[id]).await?.into_iter().next();
        found
            .filter(|message| message.seq >= member.history_from)
            .ok_or_else(hidden)
    }
}
