//! Commands that wait for their answer: a message's edit, deletion and reactions.

use talkline_core::{
    conversation::Command,
    id::{CommandId, ConversationId, MessageId},
    port::Head,
};

use super::{Chat, form};
use crate::{
    auth::Identity,
    limits::Name,
    problem::{Code, Problem},
    wire,
};

impl Chat {
    /// Gives one's own message another text.
    ///
    /// # Errors
    /// The form, the membership, the worker's reason; `TIMEOUT` can be tried again with the same request id.
    pub async fn edit(&self, actor: &Identity, request: wire::Edit) -> Result<wire::Changed, Problem> {
        let message: MessageId = form::parse_id("messageId", &request.message_id)?;
        let text = self.text(Some(&request.text))?;
        let make = |change| Command::Edit { change, message, text };
        self.request(actor, message.conversation(), request.request_id.as_deref(), make)
            .await
    }

    /// Deletes one's own message, or any as a group's admin.
    ///
    /// # Errors
    /// Those of [`Chat::edit`].
    pub async fn delete(&self, actor: &Identity, request: wire::Delete) -> Result<wire::Changed, Problem> {
        let message: MessageId = form::parse_id("messageId", &request.message_id)?;
        let make = |change| Command::Delete { change, message };
        self.request(actor, message.conversation(), request.request_id.as_deref(), make)
            .await
    }

    /// Reacts to a message, or takes a reaction back.
    ///
    /// # Errors
    /// Those of [`Chat::edit`], and the limit of reactions.
    pub async fn react(&self, actor: &Identity, request: wire::React) -> Result<wire::Changed, Problem> {
        let message: MessageId = form::parse_id("messageId", &request.message_id)?;
        let most = self.config.sizes.emoji_bytes;
        if request.emoji.is_empty() || request.emoji.len() > most || request.emoji.chars().any(char::is_control) {
            return Err(Problem::invalid(
                "emoji",
                format!("must be a reaction of 1 to {most} bytes"),
            ));
        }
        self.may_ask(actor, message.conversation(), request.request_id.as_deref())
            .await?;
        self.limits.take(Name::Reactions, actor).await?;
        let make = |change| Command::React {
            change,
            message,
            emoji: request.emoji,
            on: !request.remove,
        };
        self.request(actor, message.conversation(), request.request_id.as_deref(), make)
            .await
    }

    /// Gives `conversation` the command that `make` makes of its id, and waits for the number of its change. The same
    /// request id again is the same command.
    pub(super) async fn request(
        &self,
        actor: &Identity,
        conversation: ConversationId,
        request_id: Option<&str>,
        make: impl FnOnce(CommandId) -> Command,
    ) -> Result<wire::Changed, Problem> {
        self.may_ask(actor, conversation, request_id).await?;
        let request = form::request_bytes(request_id, self.config.sizes.request_id_chars)?;
        let id = CommandId::new(conversation, actor.user, &request);
        self.command(actor, conversation, make(id)).await
    }

    /// Refuses who is no member. A request with an id goes through to the worker, since it may repeat one from before
    /// the membership ended, and must then answer the same.
    pub(super) async fn may_ask(
        &self,
        actor: &Identity,
        conversation: ConversationId,
        request_id: Option<&str>,
    ) -> Result<(), Problem> {
        match self.require_member(actor.user, conversation).await {
            Err(problem) if request_id.is_none() || problem.code() != Code::NotAMember => Err(problem),
            _ => Ok(()),
        }
    }

    /// Appends `command` and waits for its worker's answer: the `changeSeq`.
    ///
    /// # Errors
    /// The worker's reason; `TIMEOUT` can be tried again with the same command.
    pub async fn command(
        &self,
        actor: &Identity,
        conversation: ConversationId,
        command: Command,
    ) -> Result<wire::Changed, Problem> {
        let mut waiting = self.answers.wait()?;
        self.append(actor, conversation, command, Some(waiting.reply_to()))
            .await?;
        match tokio::time::timeout(self.config.realtime.answer_timeout, waiting.answer()).await {
            Ok(Some(Ok(change_seq))) => {
                // Who asked reads it from now on, even if the answer has overtaken the event.
                self.recents.heard(conversation, Head { seq: 0, change_seq });
                Ok(wire::Changed { change_seq })
            }
            Ok(Some(Err(reason))) => Err(reason.into()),
            Ok(None) | Err(_) => Err(Problem::new(Code::Timeout)),
        }
    }
}
