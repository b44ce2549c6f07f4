//! Who looks at which conversation: told to its members when somebody's first socket begins, and when the last ends.

use talkline_core::{
    event::{EventBody, Signal},
    id::{ConversationId, UserId},
};

use super::{Inner, session::Session};
use crate::problem::Problem;

impl Inner {
    /// A socket looks at a conversation.
    pub(super) async fn join(&self, session: &Session, conversation: ConversationId) -> Result<(), Problem> {
        let most = self.chat.config().realtime.max_viewed;
        let seen_before = self.is_viewed(session.user(), conversation);
        match session.view(conversation, most) {
            None => {
                let message = format!("would be looked at beside {most} others, which is the most");
                return Err(Problem::invalid("conversationId", message));
            }
            Some(true) if !seen_before => self.tell_viewing(session.user(), &[conversation], true).await,
            Some(_) => {}
        }
        Ok(())
    }

    /// A socket looks at a conversation no longer.
    pub(super) async fn look_away(&self, session: &Session, conversation: ConversationId) {
        if session.unview(conversation) && !self.is_viewed(session.user(), conversation) {
            self.tell_viewing(session.user(), &[conversation], false).await;
        }
    }

    /// A socket that is gone looks at nothing any more.
    pub(super) async fn close_eyes(&self, session: &Session) {
        let mut viewed = session.take_viewed();
        viewed.retain(|conversation| !self.is_viewed(session.user(), *conversation));
        if !viewed.is_empty() {
            self.tell_viewing(session.user(), &viewed, false).await;
        }
    }

    fn is_viewed(&self, user: UserId, conversation: ConversationId) -> bool {
        let sockets = self.hub.sockets(user);
        sockets.iter().any(|socket| socket.session.views(conversation))
    }

    async fn tell_viewing(&self, user: UserId, conversations: &[ConversationId], viewing: bool) {
        let signals = conversations.iter().map(|conversation| {
            let body = EventBody::Viewing { user, viewing };
            Signal::Conversation(self.chat.memberships().passing(*conversation, body))
        });
        self.chat.tell(signals.collect()).await;
    }
}
