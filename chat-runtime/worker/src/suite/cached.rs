//! A reader in front of the store, through the cache: slow at any step, and never shown what is older than anybody was told.

use std::{collections::HashMap, sync::Arc};

use rand::{RngExt, rngs::SmallRng};
use talkline_core::{
    Error,
    id::ConversationId,
    message::Message,
    port::{Head, Lease, Membership, Newest, Range, Recalled, Recent, Store},
    suite::script::GROUPS,
};

use super::gate::{Mutation, Published};

/// See the module.
pub(super) struct Reading {
    /// Of its own, so that the workers' schedule is the same with it and without.
    rng: SmallRng,
    store: Arc<dyn Store>,
    recent: Arc<dyn Recent>,
    published: Published,
    mutation: Option<Mutation>,
    /// What it is about to bring: under which lease, and what, once that is read.
    bringing: HashMap<ConversationId, (Lease, Option<Newest>)>,
    /// Likewise, whom it is about to bring.
    bringing_members: HashMap<ConversationId, (Lease, Option<Arc<Membership>>)>,
    /// What it found last, as a gateway's memory keeps it.
    kept: HashMap<ConversationId, Newest>,
}

impl Reading {
    pub(super) fn new(
        rng: SmallRng,
        (store, recent): (Arc<dyn Store>, Arc<dyn Recent>),
        published: Published,
        mutation: Option<Mutation>,
    ) -> Self {
        Self {
            rng,
            store,
            recent,
            published,
            mutation,
            bringing: HashMap::new(),
            bringing_members: HashMap::new(),
            kept: HashMap::new(),
        }
    }

    /// Looks at one of the groups; or goes on to bring it, or takes its time.
    pub(super) async fn step(&mut self) -> Result<(), String> {
        for group in GROUPS {
            if self.rng.random_bool(0.2) {
                self.look(group).await?;
            }
            if self.rng.random_bool(0.2) {
                self.go_on(group).await.map_err(text)?;
            }
            if self.rng.random_bool(0.2) {
                self.look_at_members(group).await?;
            }
        }
        Ok(())
    }

    /// Everybody has ended, and what is cached is what is stored.
    pub(super) async fn finish(&mut self) -> Result<(), String> {
        for group in GROUPS {
            self.look(group).await?;
            self.bringing.remove(&group);
            self.look(group).await?;
            self.go_on(group).await.map_err(text)?;
            self.go_on(group).await.map_err(text)?;
            let Recalled::Found(found) = self.recent.get(group).await.map_err(text)? else {
                return Err("what was brought is not there".to_owned());
            };
            let stored = self.read(group).await.map_err(text)?;
            if found != stored {
                return Err(format!("cached in the end: {found:?}, stored: {stored:?}"));
            }
        }
        Ok(())
    }

    async fn look(&mut self, group: ConversationId) -> Result<(), String> {
        if let Some(kept) = self.kept.get(&group)
            && self.recent.confirm(group, kept.reach()).await.map_err(text)?
        {
            self.check(group, kept).await?;
        }
        match self.recent.get(group).await.map_err(text)? {
            Recalled::Found(found) => {
                self.check(group, &found).await?;
                self.kept.insert(group, found);
                Ok(())
            }
            Recalled::Nothing(lease) => {
                self.bringing.entry(group).or_insert((lease, None));
                Ok(())
            }
        }
    }

    /// Looks who is in, or goes on to bring them.
    async fn look_at_members(&mut self, group: ConversationId) -> Result<(), String> {
        let told = self.published.membership(group);
        let recalled = self.recent.membership(group).await.map_err(text)?;
        match (recalled, self.bringing_members.remove(&group)) {
            (Recalled::Found(found), _) if found.changed < told => {
                return Err(format!(
                    "a reader found members as of {} after {told} was told",
                    found.changed
                ));
            }
            (Recalled::Found(_), _) => {}
            (Recalled::Nothing(lease), None) => {
                self.bringing_members.insert(group, (lease, None));
            }
            (Recalled::Nothing(_), Some((lease, None))) => {
                let members = self.store.membership(group).await.map_err(text)?;
                self.bringing_members.insert(group, (lease, members.map(Arc::new)));
            }
            (Recalled::Nothing(newer), Some((lease, Some(members)))) => {
                let any = self.mutation == Some(Mutation::AnyLease);
                let lease = if any { newer } else { lease };
                self.recent.fill_membership(lease, &members).await.map_err(text)?;
            }
        }
        Ok(())
    }

    async fn check(&self, group: ConversationId, found: &Newest) -> Result<(), String> {
        let (told, head) = (self.published.head(group), found.head);
        if head.seq < told.seq || head.change_seq < told.change_seq {
            return Err(format!("a reader found {head:?} after {told:?} was told"));
        }
        let stored = self.read(group).await.map_err(text)?;
        for message in &found.messages {
            let same = stored.messages.iter().find(|stored| stored.seq == message.seq);
            // Of what is changed further, only the later state is stored.
            let comparable = |it: &&Arc<Message>| stored.head.change_seq == head.change_seq && !is_ahead(it, head);
            if let Some(stored) = same.filter(comparable).filter(|_| !is_ahead(message, head))
                && stored != message
            {
                return Err(format!("at {head:?}, found {message:?}, stored {stored:?}"));
            }
        }
        Ok(())
    }

    async fn go_on(&mut self, group: ConversationId) -> Result<(), Error> {
        match self.bringing.remove(&group) {
            None => {}
            Some((lease, None)) => {
                let newest = self.read(group).await?;
                self.bringing.insert(group, (lease, Some(newest)));
            }
            Some((lease, Some(newest))) => {
                let lease = match (self.mutation, self.recent.get(group).await?) {
                    (Some(Mutation::AnyLease), Recalled::Nothing(newer)) => newer,
                    _ => lease,
                };
                self.recent.fill(group, lease, &newest).await?;
            }
        }
        Ok(())
    }

    /// In the order in which a gateway reads.
    async fn read(&self, group: ConversationId) -> Result<Newest, Error> {
        let head = self.store.heads(&[group]).await?.first().copied().unwrap_or_default();
        let all = Range::Before {
            from: 1,
            before: u64::MAX,
        };
        let page = self.store.page(group, all, Newest::MOST).await?;
        let membership = self.store.membership(group).await?;
        Ok(Newest {
            head: Head {
                seq: page.messages.last().map_or(head.seq, |last| last.seq.max(head.seq)),
                ..head
            },
            membership: membership.map(|membership| membership.changed).unwrap_or_default(),
            messages: page.messages.into_iter().map(Arc::new).collect(),
            whole: !page.has_more,
        })
    }
}

/// Whether a message shows some of what comes after `head`.
fn is_ahead(message: &Message, head: Head) -> bool {
    message.changes.change_seq > head.change_seq
}

fn text(error: Error) -> String {
    error.to_string()
}
