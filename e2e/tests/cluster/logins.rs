//! Logins over two gateways: one that was ended at one of them is ended at both, and guesses at one count at the other.
//!
//! The truth of logins is in MongoDB, and no gateway believes it for a second; Redis tells the gateways that hold a socket at
//! once. What was guessed wrong is counted in Redis alone.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;
use talkline_e2e::{Account, Api, Cluster, Environment, Lost, Role, Servers, Socket, eventually, in_time_of};

/// How long a token may outlive its login, by the contract; and what a loaded machine adds.
const OUTLIVED: Duration = Duration::from_secs(1);
const LOADED: Duration = Duration::from_secs(1);
const GUESSES: usize = 5;

async fn two_gateways(servers: &Servers) -> Result<Cluster> {
    let mut cluster = Cluster::start(servers, 0, 1).await?;
    let limited = Environment::from([("TALKLINE_LIMITS_AUTH_FAILURES_PER_15_MINUTES", GUESSES.to_string())]);
    for _ in 0..2 {
        cluster.add(Role::Gateway, &limited)?;
    }
    cluster.ready().await?;
    Ok(cluster)
}

async fn me(api: &Api, account: &Account) -> Result<u16> {
    Ok(api.get("/api/v1/me", Some(&account.access)).await?.status)
}

async fn refresh(api: &Api, token: &str) -> Result<talkline_e2e::Reply> {
    api.post("/api/v1/auth/refresh", None, &json!({ "refreshToken": token }))
        .await
}

/// Everything that a login is good for has ended at a gateway that was told by nobody but the servers.
async fn is_over(api: &Api, account: &Account, mut socket: Socket, since: Instant) -> Result<()> {
    let lost = in_time_of(OUTLIVED + LOADED, "the socket ends", async {
        loop {
            if let Err(error) = socket.receive().await {
                return Ok(error);
            }
        }
    });
    ensure!(lost.await?.is::<Lost>());
    eventually("the token is refused", async || {
        Ok((me(api, account).await? == 401).then_some(()))
    })
    .await?;
    let took = since.elapsed();
    ensure!(took < OUTLIVED + LOADED, "the token outlived its login by {took:?}");
    assert_eq!(refresh(api, &account.refresh).await?.status, 401);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_was_ended_is_refused_by_every_gateway() -> Result<()> {
    let Some(servers) = Servers::shared("logins over two gateways")? else {
        return Ok(());
    };
    let cluster = two_gateways(&servers).await?;
    let (one, other) = (cluster.api(0)?, cluster.api(1)?);

    let ann = one.register("ann").await?;
    let socket = Socket::connect(cluster.gateways[1].public(), &ann.access).await?;
    assert_eq!(me(&other, &ann).await?, 200);
    let start = Instant::now();
    one.post("/api/v1/auth/logout", None, &json!({ "refreshToken": ann.refresh }))
        .await?
        .expect(204)?;
    is_over(&other, &ann, socket, start).await?;

    // A refresh token that is used twice was stolen once: its whole family ends, the newest tokens too.
    let stolen = one.log_in("ann").await?;
    let renewed = refresh(&other, &stolen.refresh).await?.expect(200)?.json()?;
    let token = |name: &str| renewed[name].as_str().unwrap_or_default().to_owned();
    let newest = Account {
        access: token("accessToken"),
        refresh: token("refreshToken"),
        ..stolen.clone()
    };
    let socket = Socket::connect(cluster.gateways[1].public(), &newest.access).await?;
    let start = Instant::now();
    assert_eq!(refresh(&one, &stolen.refresh).await?.status, 401);
    is_over(&other, &newest, socket, start).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_one_gateway_count_at_the_other() -> Result<()> {
    let Some(servers) = Servers::shared("guesses over two gateways")? else {
        return Ok(());
    };
    let cluster = two_gateways(&servers).await?;
    let gateways = [cluster.api(0)?, cluster.api(1)?];
    let ann = gateways[0].register("ann").await?;
    let guess = json!({ "email": "ann@example.org", "password": "not hers at all" });
    for api in gateways.iter().cycle().take(GUESSES) {
        api.post("/api/v1/auth/login", None, &guess).await?.expect(401)?;
    }
    for api in &gateways {
        // The right password, too: nobody learns whether a guess was right.
        let locked = api.log_in("ann").await.err().map(|error| error.to_string());
        let locked = locked.unwrap_or_default();
        assert!(locked.contains("429") && locked.contains("RATE_LIMITED"), "{locked}");
        // Who is in stays in.
        assert_eq!(me(api, &ann).await?, 200);
    }
    Ok(())
}
