//! `talkline dead-letters`: an operator looks at the records that no worker could understand, and has them read again.

mod listing;
mod opened;
mod place;

use std::sync::Arc;

use talkline_core::{
    offset::{Offset, Partition},
    port::{DeadLetter, DeadLetters},
};

use self::opened::Opened;
pub(crate) use self::place::Place;
use crate::{
    cli::{self, Replay},
    config::{self, Role},
    failure::Failure,
    say,
};

const START: (Partition, Offset) = (0, Offset::ZERO);
const NONE: &str = "no dead letters\n";

/// Lists or replays, as was asked.
///
/// # Errors
/// The log cannot be used, is in use, or has no such letter.
pub(crate) async fn run(command: cli::DeadLetters) -> Result<(), Failure> {
    let flags = match &command {
        cli::DeadLetters::List(list) => &list.flags,
        cli::DeadLetters::Replay(replay) => &replay.flags,
    };
    // As `up` finds its log: on the brokers that are named, else in the data folder.
    let opened = Opened::of(config::resolve(Role::Up, flags)?).await?;
    let letters = opened.letters();
    let outcome = match command {
        cli::DeadLetters::List(list) => self::list(&*letters, &list).await,
        cli::DeadLetters::Replay(replay) => self::replay(&letters, &replay).await,
    };
    opened.close().await;
    outcome
}

async fn list(letters: &dyn DeadLetters, asked: &cli::List) -> Result<(), Failure> {
    let (found, more) = first(letters, START, asked.limit).await?;
    say::print(&match asked.json {
        true => listing::json(&found, more, asked.content),
        false if found.is_empty() => NONE.to_owned(),
        false => listing::table(&found, more, asked.content),
    });
    Ok(())
}

async fn replay(letters: &Arc<dyn DeadLetters>, asked: &Replay) -> Result<(), Failure> {
    let Some(place) = &asked.place else {
        return replay_all(&**letters, asked).await;
    };
    let (found, _) = first(&**letters, place.key(), 1).await?;
    match found.first().filter(|letter| Place::of(letter) == *place) {
        Some(letter) => replay_one(&**letters, letter).await,
        None => Err(Failure::usage(format_args!("there is no dead letter {place}"))),
    }
}

/// Those that are there now: what workers bury meanwhile, perhaps again, is for another time.
async fn replay_all(letters: &dyn DeadLetters, asked: &Replay) -> Result<(), Failure> {
    let (found, more) = first(letters, START, asked.limit).await?;
    if found.is_empty() {
        say::print(NONE);
        return Ok(());
    }
    if !asked.yes {
        let count = found.len();
        return Err(Failure::usage(format_args!(
            "{count} dead letters would be appended to the log again: add --yes to do so"
        )));
    }
    for letter in &found {
        replay_one(letters, letter).await?;
    }
    if more {
        say::print("there are more: run it again\n");
    }
    Ok(())
}

async fn replay_one(letters: &dyn DeadLetters, letter: &DeadLetter) -> Result<(), Failure> {
    let place = Place::of(letter);
    let replayed = letters.replay(letter).await;
    let (partition, offset) =
        replayed.map_err(|error| Failure::broken(format_args!("dead letter {place} was not replayed: {error}")))?;
    let now = Place { partition, offset };
    say::print(&format!("{place} replayed as {now}\n"));
    Ok(())
}

/// So many of them, and whether there are more.
async fn first(
    letters: &dyn DeadLetters,
    from: (Partition, Offset),
    limit: u32,
) -> Result<(Vec<DeadLetter>, bool), Failure> {
    let limit = limit as usize;
    let listed = letters.list(from, limit.saturating_add(1)).await;
    let mut found = listed.map_err(|error| Failure::broken(format_args!("dead letters cannot be read: {error}")))?;
    let more = found.len() > limit;
    found.truncate(limit);
    Ok((found, more))
}
