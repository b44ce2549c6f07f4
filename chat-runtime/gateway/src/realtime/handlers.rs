//! What each of the clients' events does.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::{RawValue, to_raw_value};
use talkline_core::id::ConversationId;

use super::{Inner, client_event::ClientEvent, session::Session};
use crate::{
    auth::Identity,
    chat::{Reached, parse_id},
    problem::{Code, Problem},
    wire::{self, Done, Heads, Looking, PresenceAnswer, Renewed, UpTo},
};

/// An acknowledgement; some events have none.
type Answer = Result<Option<Box<RawValue>>, Problem>;

impl Inner {
    pub(super) async fn handle(
        &self,
        event: ClientEvent,
        session: &Session,
        actor: &Identity,
        payload: &RawValue,
    ) -> Answer {
        let chat = &self.chat;
        match event {
            ClientEvent::Send => {
                let request: wire::Send = read(payload)?;
                let accepted = chat.send(actor, request).await?;
                self.hub.touch(accepted.id.conversation());
                done(&accepted)
            }
            ClientEvent::Renew => self.renew(session, read(payload)?).await,
            ClientEvent::Delivered => {
                self.reached(actor, read(payload)?, |delivered| Reached { delivered, read: 0 })
                    .await
            }
            ClientEvent::Seen => {
                self.reached(actor, read(payload)?, |read| Reached { delivered: 0, read })
                    .await
            }
            ClientEvent::TypingStart => self.typing(actor, read(payload)?, true).await,
            ClientEvent::TypingStop => self.typing(actor, read(payload)?, false).await,
            ClientEvent::Join => self.look(session, actor, read(payload)?, true).await,
            ClientEvent::Leave => self.look(session, actor, read(payload)?, false).await,
            ClientEvent::Sync => {
                let synced = chat.sync(actor, read(payload)?).await?;
                Ok(to_raw_value(&synced.answer()).ok())
            }
            ClientEvent::Update => done(&chat.edit(actor, read(payload)?).await?),
            ClientEvent::Delete => done(&chat.delete(actor, read(payload)?).await?),
            ClientEvent::React => done(&chat.react(actor, read(payload)?).await?),
            ClientEvent::PresenceSet => self.say(actor, read(payload)?).await,
            ClientEvent::PresenceGet => self.who_is_there(actor, read(payload)?).await,
        }
    }

    async fn renew(&self, session: &Session, request: wire::Renew) -> Answer {
        let identity = self.authenticator.verify(&request.token).await?;
        if identity.user != session.user() {
            return Err(Problem::new(Code::Unauthenticated).with_detail("the token is of another user"));
        }
        session.renew(identity);
        done(&Renewed {
            expires_at: identity.expires_at,
        })
    }

    async fn reached(&self, actor: &Identity, request: UpTo, number: impl FnOnce(u64) -> Reached) -> Answer {
        let conversation: ConversationId = parse_id("conversationId", &request.conversation_id)?;
        self.chat.raise(actor, conversation, number(request.seq)).await?;
        done(&Done {})
    }

    async fn typing(&self, actor: &Identity, request: Looking, typing: bool) -> Answer {
        let conversation: ConversationId = parse_id("conversationId", &request.conversation_id)?;
        self.chat.require_member(actor.user, conversation).await?;
        match typing {
            true => self.typists.start_typing(conversation, actor.user).await,
            false => self.typists.stop_typing(conversation, actor.user).await,
        }
        Ok(None)
    }

    async fn look(&self, session: &Session, actor: &Identity, request: Looking, looks: bool) -> Answer {
        let conversation: ConversationId = parse_id("conversationId", &request.conversation_id)?;
        let head = self.chat.head(actor, conversation).await?;
        match looks {
            true => self.join(session, conversation).await?,
            false => self.look_away(session, conversation).await,
        }
        done(&Heads::from(head))
    }

    async fn say(&self, actor: &Identity, request: wire::PresenceSet) -> Answer {
        if self.chat.set_presence(actor, request.status).await? {
            self.observer.announce(actor.user);
        }
        done(&Done {})
    }

    async fn who_is_there(&self, actor: &Identity, request: wire::PresenceGet) -> Answer {
        let ids = request.user_ids.iter().enumerate();
        let ids = ids.map(|(at, id)| parse_id(&format!("userIds[{at}]"), id));
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        done(&PresenceAnswer {
            users: self.chat.presence(actor, &ids).await?,
        })
    }
}

/// Reads a payload.
fn read<T: DeserializeOwned>(payload: &RawValue) -> Result<T, Problem> {
    let read = serde_json::from_str(payload.get());
    // Only a payload that is wrong is read again, to find out where.
    read.map_err(|_| {
        let mut reader = serde_json::Deserializer::from_str(payload.get());
        match serde_path_to_error::deserialize::<_, T>(&mut reader) {
            Ok(_) => Problem::new(Code::MalformedBody),
            Err(error) => {
                Problem::new(Code::MalformedBody).with_error(error.path().to_string(), error.inner().to_string())
            }
        }
    })
}

/// `{"ok": true, …}`.
fn done<T: Serialize>(answer: &T) -> Answer {
    #[derive(Serialize)]
    struct Ok<'a, T> {
        ok: bool,
        #[serde(flatten)]
        answer: &'a T,
    }
    let ack = Ok { ok: true, answer };
    to_raw_value(&ack).map(Some).map_err(|error| {
        tracing::error!(%error, "an acknowledgement could not be encoded");
        Problem::new(Code::Internal)
    })
}
