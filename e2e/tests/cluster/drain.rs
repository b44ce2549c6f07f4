//! A gateway that is told to go leaves in order while people talk: not ready at once, still serving for its grace, its
//! sockets asked to move at a pace, and none of them cut.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use talkline_e2e::{Api, Cluster, Environment, Load, Role, Servers, Signal, eventually};

const LOAD: Load = Load {
    users: 40,
    rate: 200,
    duration: Duration::from_secs(12),
};
/// Long enough for a busy machine to notice. Then, as `cluster.yaml` has it, 600 sockets a minute.
const GRACE: Duration = Duration::from_secs(5);
const PACE: Duration = Duration::from_millis(100);
/// When everything must have moved: half of the users, each at its turn, and then within 10 s.
const MOVED: Duration = Duration::from_secs(14);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_drains_under_load_and_cuts_nobody() -> Result<()> {
    let Some(servers) = Servers::shared("a gateway that drains under load")? else {
        return Ok(());
    };
    let mut cluster = Cluster::start(&servers, 1, 1).await?;
    let patient = Environment::from([
        ("TALKLINE_DRAIN_ACCEPT_SECONDS", GRACE.as_secs().to_string()),
        ("TALKLINE_DRAIN_MAX_SECONDS", "30".to_owned()),
    ]);
    cluster.add(Role::Gateway, &patient)?;
    cluster.ready().await?;
    let mut run = LOAD.start(&cluster.addresses())?;
    run.under_way().await?;

    let leaving = &mut cluster.gateways[1];
    let (public, admin) = (Api::new(leaving.public())?, Api::new(leaving.admin())?);
    let start = Instant::now();
    leaving.signal(Signal::Terminate)?;
    eventually("it is not ready", async || {
        Ok((admin.get("/readyz", None).await?.status == 503).then_some(()))
    })
    .await?;
    ensure!(
        start.elapsed() < GRACE,
        "the grace had passed before anybody could notice"
    );
    let served = public.get("/api/v1/me", None).await?;
    assert_eq!(served.status, 401, "it serves on");

    let end = leaving.ended().await?;
    let took = start.elapsed();
    assert_eq!(end.code(), Some(0), "{}", leaving.log());
    let moving = PACE.saturating_mul(u32::try_from(LOAD.users / 2)?);
    println!("drained in {took:.1?}");
    assert!(took > GRACE + moving / 2, "nobody was paced: {took:?}");
    assert!(took < GRACE + MOVED, "{took:?}");

    let verdict = run.end().await?.clean()?;
    let lost: Vec<_> = verdict.troubles.keys().collect();
    assert_eq!(lost, ["disconnect: asked to move"], "{}", verdict.report);
    Ok(())
}
