//! The journals against the contract's guarantees.

use std::{
    collections::{BTreeMap, HashSet},
    net::SocketAddr,
};

use anyhow::{Context, Result, ensure};
use talkline_e2e::{Api, eventually, in_time};
use tokio::task::JoinSet;

use crate::{
    journal::{Journal, Received},
    member::Member,
};

/// Lets everybody finish, then holds what they know against history and against each other. Answers how
/// many messages there are.
pub(crate) async fn reach(api: &Api, address: SocketAddr, members: &mut Vec<Member>) -> Result<usize> {
    // Everything is tried again until it is acknowledged …
    settle(address, members, |_| 0).await?;
    // … then stored, which comes after the acknowledgement …
    let mut histories = BTreeMap::new();
    for room in members.chunk_by(|a, b| a.conversation == b.conversation) {
        histories.insert(room[0].conversation.clone(), check_room(api, room).await?);
    }
    // … and received by everybody, as history has it.
    settle(address, members, |member| histories[&member.conversation].len() as u64).await?;
    for member in members.iter() {
        let history = &histories[&member.conversation];
        ensure!(member.journal.received() == history, "received is not what is stored");
        let me = api.get("/api/v1/me", Some(&member.account.access)).await?;
        me.expect(200).context("the keys are kept")?;
    }
    Ok(histories.values().map(BTreeMap::len).sum())
}

/// Everybody at once, since every one of them waits for the others' messages.
async fn settle(address: SocketAddr, members: &mut Vec<Member>, seq: impl Fn(&Member) -> u64) -> Result<()> {
    let mut settling = JoinSet::new();
    for mut member in members.drain(..) {
        let seq = seq(&member);
        settling.spawn(async move {
            in_time("a client settles", member.settle(address, seq)).await?;
            anyhow::Ok(member)
        });
    }
    while let Some(settled) = settling.join_next().await {
        members.push(settled??);
    }
    members.sort_by(|a, b| a.conversation.cmp(&b.conversation));
    Ok(())
}

/// What is stored in a room, once all is stored that was acknowledged.
async fn check_room(api: &Api, room: &[Member]) -> Result<BTreeMap<u64, Received>> {
    let [one, other] = room else {
        anyhow::bail!("{} members", room.len())
    };
    let history = eventually("what was acknowledged is stored", async || {
        let history = history(api, one).await?;
        let ids: HashSet<_> = history.values().map(|message| message.id.as_str()).collect();
        let mut acknowledged = room.iter().flat_map(|member| member.journal.sent().values().flatten());
        Ok(acknowledged.all(|id| ids.contains(id.as_str())).then_some(history))
    })
    .await?;
    ensure!(
        history == self::history(api, other).await?,
        "the two members see two orders"
    );

    let numbers: Vec<_> = history.keys().copied().collect();
    let expected: Vec<_> = (1..=history.len() as u64).collect();
    ensure!(numbers == expected, "the numbers have a gap");
    let names: HashSet<_> = history.values().map(|message| &message.client_message_id).collect();
    ensure!(names.len() == history.len(), "a message is there twice");
    for message in history.values() {
        check_message(message, room)?;
    }
    Ok(history)
}

/// It is what its sender sent, under the id that its sender was told.
fn check_message(message: &Received, room: &[Member]) -> Result<()> {
    let sender = room.iter().find(|member| member.account.id == message.sender);
    let journal: &Journal = &sender.context("a message of nobody")?.journal;
    let told = journal.sent().get(&message.client_message_id);
    let told = told.with_context(|| format!("nobody sent {message:?}"))?;
    ensure!(message.text == message.client_message_id, "another text: {message:?}");
    ensure!(
        told.as_ref().is_none_or(|id| *id == message.id),
        "{told:?} was acknowledged as {message:?}"
    );
    Ok(())
}

async fn history(api: &Api, member: &Member) -> Result<BTreeMap<u64, Received>> {
    let messages = api.history(&member.account.access, &member.conversation).await?;
    let history: BTreeMap<_, _> = messages.iter().map(Received::parse).collect::<Result<_>>()?;
    ensure!(history.len() == messages.len(), "one number for two messages");
    Ok(history)
}
