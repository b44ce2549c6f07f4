//! Sending a message: everything that the gateway decides, then the log.

use bytes::Bytes;
use talkline_core::{
    conversation::{Command, Record, ReplyTo},
    id::{ConversationId, MessageId},
    offset::{Offset, Partition},
    trace::{Kind, OpenSpan},
};

use super::{Chat, form};
use crate::{
    auth::Identity,
    limits::Name,
    problem::{Code, Problem},
    trace, wire,
};

impl Chat {
    /// Accepts a message: when this returns, the log has it durably, and it will be stored once or rejected.
    ///
    /// # Errors
    /// The form, the membership, the limit. `TIMEOUT` and other failures of the log can be tried again: the same
    /// `clientMessageId` is the same message.
    pub async fn send(&self, actor: &Identity, request: wire::Send) -> Result<wire::Accepted, Problem> {
        let result = self.accept(actor, request).await;
        self.metrics.send(&result);
        result
    }

    async fn accept(&self, actor: &Identity, request: wire::Send) -> Result<wire::Accepted, Problem> {
        let conversation: ConversationId = form::parse_id("conversationId", &request.conversation_id)?;
        let most = self.config.sizes.request_id_chars;
        form::check_length("clientMessageId", &request.client_message_id, most)?;
        self.require_member(actor.user, conversation).await?;
        let content = self.content(actor, conversation, &request).await?;
        self.limits.take(Name::Messages, actor).await?;
        let message = MessageId::new(conversation, actor.user, &request.client_message_id);
        let accepted = wire::Accepted {
            id: message,
            client_message_id: request.client_message_id.clone(),
        };
        let command = Command::Send {
            message,
            client_message_id: request.client_message_id,
            content,
        };
        self.append(actor, conversation, command, None).await?;
        Ok(accepted)
    }

    /// Appends a command to the log.
    pub(super) async fn append(
        &self,
        actor: &Identity,
        conversation: ConversationId,
        command: Command,
        reply_to: Option<ReplyTo>,
    ) -> Result<(), Problem> {
        let record = Record {
            conversation,
            actor: actor.user,
            at: self.ports.clock.now(),
            reply_to,
            command,
        };
        let record = Bytes::from(record.encode()?);
        let mut span = self.ports.tracer.child(trace::span(), "log append", Kind::Producer);
        let context = span.as_ref().map(OpenSpan::context);
        let appending = self.ports.log.append(conversation, record, context);
        let appended = match tokio::time::timeout(self.config.realtime.append_timeout, appending).await {
            Ok(appended) => appended.map_err(Problem::from),
            Err(_) => Err(Problem::new(Code::Timeout)),
        };
        if let Some(span) = &mut span {
            note(span, &appended);
        }
        appended.map(drop)
    }
}

/// Where the record is, or why it may not be there.
fn note(span: &mut OpenSpan, appended: &Result<(Partition, Offset), Problem>) {
    span.note("messaging.system", "talkline");
    span.note("messaging.operation.name", "append");
    span.note("messaging.operation.type", "send");
    match appended {
        Ok((partition, offset)) => {
            span.note("messaging.destination.partition.id", partition.to_string());
            span.note("talkline.log.record", offset.number());
        }
        Err(problem) => trace::blame(span, problem.code()),
    }
}
