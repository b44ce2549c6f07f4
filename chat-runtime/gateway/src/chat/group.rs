//! Beginning conversations, and what groups' members and admins do to them.

use std::collections::BTreeSet;

use talkline_core::{
    conversation::{Command, Kind},
    id::{CommandId, ConversationId, UserId},
};

use super::{Chat, form};
use crate::{
    auth::Identity,
    problem::{Code, Problem},
    wire,
};

/// A conversation that exists now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Created {
    /// Which.
    pub conversation: ConversationId,
    /// Whether it did not exist before.
    pub new: bool,
}

/// What is to become of a group's members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberChanges {
    /// Who comes.
    pub add: Vec<UserId>,
    /// Who goes.
    pub remove: Vec<UserId>,
    /// Who becomes an admin.
    pub promote: Vec<UserId>,
    /// Who ceases to be one.
    pub demote: Vec<UserId>,
}

impl Chat {
    /// Begins a direct conversation with `other`, unless it exists.
    ///
    /// # Errors
    /// `USER_NOT_FOUND`, `INVALID` for oneself, and those of [`Chat::command`].
    pub async fn create_direct(&self, actor: &Identity, other: UserId) -> Result<Created, Problem> {
        if other == actor.user {
            return Err(Problem::invalid("members", "must name somebody else"));
        }
        let conversation = ConversationId::direct(actor.user, other);
        if self.memberships.get(conversation).await?.is_some() {
            return Ok(Created {
                conversation,
                new: false,
            });
        }
        self.require_users(&[other]).await?;
        let command = Command::Create {
            change: CommandId::new(conversation, actor.user, b"create"),
            kind: Kind::Direct,
            name: None,
            members: vec![other],
            open_history: false,
        };
        self.command(actor, conversation, command).await?;
        Ok(Created {
            conversation,
            new: true,
        })
    }

    /// Begins a group with `members` and the actor as its admin. The same request id again is the same group.
    ///
    /// # Errors
    /// `USER_NOT_FOUND`, `TOO_MANY_MEMBERS`, the form, and those of [`Chat::command`].
    pub async fn create_group(
        &self,
        actor: &Identity,
        name: &str,
        members: Vec<UserId>,
        request_id: Option<&str>,
    ) -> Result<Created, Problem> {
        form::check_length("name", name, self.config.sizes.name_chars)?;
        self.require_users(&members).await?;
        self.check_size(members.iter().copied().chain([actor.user]).collect())?;
        let request = form::request_bytes(request_id, self.config.sizes.request_id_chars)?;
        let conversation = ConversationId::group(actor.user, &request);
        let new = request_id.is_none() || self.memberships.get(conversation).await?.is_none();
        let command = Command::Create {
            change: CommandId::new(conversation, actor.user, &request),
            kind: Kind::Group,
            name: Some(name.to_owned()),
            members,
            open_history: false,
        };
        self.command(actor, conversation, command).await?;
        Ok(Created { conversation, new })
    }

    /// Gives a group another name.
    ///
    /// # Errors
    /// The form, and those of [`Chat::command`].
    pub async fn rename(
        &self,
        actor: &Identity,
        conversation: ConversationId,
        name: &str,
        request_id: Option<&str>,
    ) -> Result<wire::Changed, Problem> {
        form::check_length("name", name, self.config.sizes.name_chars)?;
        let name = name.to_owned();
        let make = |change| Command::Rename { change, name };
        self.request(actor, conversation, request_id, make).await
    }

    /// Changes who is in a group, and as what.
    ///
    /// # Errors
    /// `USER_NOT_FOUND`, `TOO_MANY_MEMBERS`, the form, and those of [`Chat::command`].
    pub async fn change_members(
        &self,
        actor: &Identity,
        conversation: ConversationId,
        changes: MemberChanges,
        request_id: Option<&str>,
    ) -> Result<wire::Changed, Problem> {
        self.may_ask(actor, conversation, request_id).await?;
        let MemberChanges {
            add,
            remove,
            promote,
            demote,
        } = changes;
        self.check_count(&remove)?;
        self.check_count(&promote)?;
        self.check_count(&demote)?;
        self.require_users(&add).await?;
        if !add.is_empty() {
            let membership = self.memberships.get(conversation).await?;
            let present = membership.iter().flat_map(|membership| membership.members.keys());
            let after = present.chain(&add).filter(|user| !remove.contains(user));
            self.check_size(after.copied().collect())?;
        }
        let make = |change| Command::Members {
            change,
            add,
            remove,
            promote,
            demote,
        };
        self.request(actor, conversation, request_id, make).await
    }

    /// Leaves a group.
    ///
    /// # Errors
    /// Those of [`Chat::command`].
    pub async fn leave(
        &self,
        actor: &Identity,
        conversation: ConversationId,
        request_id: Option<&str>,
    ) -> Result<wire::Changed, Problem> {
        let make = |change| Command::Leave { change };
        self.request(actor, conversation, request_id, make).await
    }

    /// Ends a group: everybody is removed.
    ///
    /// # Errors
    /// Those of [`Chat::command`].
    pub async fn dissolve(
        &self,
        actor: &Identity,
        conversation: ConversationId,
        request_id: Option<&str>,
    ) -> Result<wire::Changed, Problem> {
        let make = |change| Command::Dissolve { change };
        self.request(actor, conversation, request_id, make).await
    }

    async fn require_users(&self, users: &[UserId]) -> Result<(), Problem> {
        self.check_count(users)?;
        let mut wanted = users.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        let found = self.ports.accounts.users(&wanted).await?;
        if found.len() == wanted.len() {
            Ok(())
        } else {
            Err(Problem::new(Code::UserNotFound))
        }
    }

    /// The operator's bound. Requests at the same moment can pass it by what they bring; the worker's own is above it.
    fn check_size(&self, members: BTreeSet<UserId>) -> Result<(), Problem> {
        let most = self.config.sizes.group_members;
        if members.len() <= most {
            Ok(())
        } else {
            Err(Problem::new(Code::TooManyMembers).with_detail(format!("A group has at most {most} members")))
        }
    }

    fn check_count(&self, users: &[UserId]) -> Result<(), Problem> {
        let most = self.config.sizes.members_per_request;
        if users.len() <= most {
            Ok(())
        } else {
            Err(Problem::invalid("members", format!("must name at most {most}")))
        }
    }
}
