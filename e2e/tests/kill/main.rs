//! `kill -9` at any moment loses nothing that was acknowledged.
//!
//! Twenty rooms of two chat as fast as the server acknowledges, while it is killed and started again on the same data.
//! Every client keeps a journal of what it was told; in the end the journals are held against the contract's
//! guarantees. What the loss of power does is tested where the data lies, since the page cache outlives a kill.

mod journal;
mod member;
mod verdict;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};
use rand::{RngExt, SeedableRng, rngs::SmallRng, seq::SliceRandom};
use talkline_e2e::{Api, Launch, Lost, Program, eventually};
use tokio::task::JoinSet;

use crate::member::Member;

const ROOMS: usize = 20;
const KILLS: u64 = 20;
/// The kills come after 0, 1, 2 … times so many acknowledgements, in random order.
const DEPTH: u64 = 90;
/// And, at most, so much later.
const JITTER: Duration = Duration::from_millis(20);

/// Everybody, and what drives them.
struct Stage {
    launch: Launch,
    members: Vec<Member>,
    acknowledged: Arc<AtomicU64>,
    /// How long there was load.
    loaded: Duration,
    rng: SmallRng,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_over_twenty_kills() -> Result<()> {
    let seed = seed()?;
    println!("TALKLINE_SEED={seed} chooses the same moments");
    let data = tempfile::tempdir()?;
    let mut stage = Stage::set(Launch::example("loadtest", data.path()), seed);
    let mut depths: Vec<_> = (0..KILLS).map(|kill| kill * DEPTH).collect();
    depths.shuffle(&mut stage.rng);

    let mut program = Program::start(&stage.launch).await?;
    // Clients come back to the addresses that they know.
    (stage.launch.listen, stage.launch.admin) = (program.public(), program.admin());
    stage.enter(&program.api()?).await?;
    for depth in &depths {
        stage.load_and_kill(program, *depth).await?;
        program = Program::start(&stage.launch).await?;
    }

    let acknowledged = stage.acknowledged.load(Ordering::Relaxed);
    let rate = acknowledged as f64 / stage.loaded.as_secs_f64();
    println!(
        "{acknowledged} acknowledged in {:.1?} of load, {rate:.0}/s",
        stage.loaded
    );
    ensure!(acknowledged >= depths.iter().sum(), "too little load: {acknowledged}");
    let given_up: usize = stage.members.iter().map(Member::given_up).sum();
    println!("{given_up} sends were left unanswered and never tried again");

    let messages = verdict::reach(&program.api()?, program.public(), &mut stage.members).await?;
    println!("{messages} messages in {ROOMS} rooms, each once, in one order");
    let end = program.stop().await?;
    ensure!(end.success(), "{end}");
    Ok(())
}

impl Stage {
    fn set(launch: Launch, seed: u64) -> Self {
        Self {
            launch,
            members: Vec::new(),
            acknowledged: Arc::default(),
            loaded: Duration::ZERO,
            rng: SmallRng::seed_from_u64(seed),
        }
    }

    /// Registers everybody and opens the rooms.
    async fn enter(&mut self, api: &Api) -> Result<()> {
        for room in 0..ROOMS {
            let ann = api.register(&format!("ann{room}")).await?;
            let bob = api.register(&format!("bob{room}")).await?;
            let conversation = api.converse(&ann, &bob).await?;
            for account in [ann, bob] {
                self.members
                    .push(Member::new(account, conversation.clone(), self.acknowledged.clone()));
            }
        }
        Ok(())
    }

    /// Lets everybody chat, and kills the program after some more acknowledgements.
    async fn load_and_kill(&mut self, program: Program, depth: u64) -> Result<()> {
        let start = Instant::now();
        let address = program.public();
        let mut chats = JoinSet::new();
        for mut member in self.members.drain(..) {
            chats.spawn(async move {
                let ended = member.chat(address).await;
                (member, ended)
            });
        }
        let goal = self.acknowledged.load(Ordering::Relaxed) + depth;
        let jitter = JITTER.mul_f64(self.rng.random());
        let moment = async {
            let enough = async || Ok((self.acknowledged.load(Ordering::Relaxed) >= goal).then_some(()));
            eventually("enough is acknowledged", enough).await?;
            // Not to wait for anything: to choose the moment.
            tokio::time::sleep(jitter).await;
            anyhow::Ok(())
        };
        tokio::select! {
            waited = moment => waited?,
            Some(chat) = chats.join_next() => bail!("a client stopped before the kill: {:?}", chat?.1),
        }
        program.kill()?;
        self.loaded += start.elapsed();
        for (mut member, ended) in chats.join_all().await {
            match ended {
                Err(error) if error.is::<Lost>() => member.lost(),
                other => bail!("a client saw more than a lost connection: {other:?}"),
            }
            self.members.push(member);
        }
        self.members
            .sort_by(|a, b| (&a.conversation, &a.account.id).cmp(&(&b.conversation, &b.account.id)));
        Ok(())
    }
}

/// `TALKLINE_SEED`, or any.
fn seed() -> Result<u64> {
    match std::env::var("TALKLINE_SEED") {
        Ok(seed) => Ok(seed.parse()?),
        Err(_) => Ok(rand::random()),
    }
}
