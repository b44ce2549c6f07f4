//! A start: what it tells, what it offers on which port, and what a second one keeps.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use talkline_e2e::{Api, Launch, Program, Socket, eventually};

const DEMO_ACCOUNTS: usize = 2;

/// The addresses and passwords of the demo accounts, as the start prints them.
async fn printed_accounts(program: &mut Program) -> Result<Vec<(String, String)>> {
    eventually("the demo accounts are printed", async || {
        let text = program.process().stdout()?;
        // The last line may be on its way.
        let whole = text.rsplit_once('\n').map_or("", |(lines, _)| lines);
        let accounts = whole.lines().filter_map(|line| line.split_once("log in as"));
        let accounts: Vec<_> = accounts
            .filter_map(|(_, account)| account.trim().split_once("  "))
            .map(|(email, password)| (email.to_owned(), password.trim().to_owned()))
            .collect();
        Ok((accounts.len() == DEMO_ACCOUNTS).then_some(accounts))
    })
    .await
}

#[tokio::test]
async fn the_start_says_where_and_as_whom() -> Result<()> {
    let root = tempfile::tempdir()?;
    let launch = Launch::example("chatcluster", &root.path().join("data"));
    let mut program = Program::start(&launch).await?;
    let accounts = printed_accounts(&mut program).await?;
    let data = fs::canonicalize(&launch.data)?;
    let text = program.process().stdout()?;
    assert!(text.contains(&format!("http://{}", program.public())), "{text}");
    assert!(
        text.lines().any(|line| line.ends_with(&data.display().to_string())),
        "{text}"
    );

    let api = program.api()?;
    for (email, password) in &accounts {
        let account = api.log_in_with(email, password).await?;
        Socket::connect(program.public(), &account.access).await?;
    }
    let offered = api.get("/demo.json", None).await?.expect(200)?.json()?;
    let offered = offered["accounts"]
        .as_array()
        .context("the login page has nothing to offer")?;
    let pair = |account: &Value| json!([account["email"], account["password"]]);
    let offered: Vec<_> = offered.iter().map(pair).collect();
    assert_eq!(json!(offered), json!(accounts));
    Ok(())
}

#[tokio::test]
async fn without_the_web_client_the_page_says_how_to_get_it() -> Result<()> {
    let data = tempfile::tempdir()?;
    let program = Program::start(&Launch::example("chatcluster", data.path())).await?;
    let page = program.api()?.get("/", None).await?.expect(200)?.body;
    assert!(page.contains("make up"), "{page}");
    Ok(())
}

#[tokio::test]
async fn operators_ask_on_a_port_of_their_own() -> Result<()> {
    let data = tempfile::tempdir()?;
    let program = Program::start(&Launch::example("chatcluster", data.path())).await?;
    let (public, admin) = (program.api()?, Api::new(program.admin())?);
    public.register("ann").await?;

    admin.get("/livez", None).await?.expect(200)?;
    let ready = admin.get("/readyz", None).await?.expect(200)?.json()?;
    assert_eq!(ready["status"], "ok");
    let metrics = admin.get("/metrics", None).await?.expect(200)?.body;
    assert!(metrics.ends_with("# EOF\n"), "not OpenMetrics: {metrics}");
    let requests = metrics
        .lines()
        .any(|line| line.contains("http") && line.contains("/auth/register"));
    assert!(requests, "the one request is not counted: {metrics}");

    for path in ["/livez", "/readyz", "/metrics"] {
        public.get(path, None).await?.expect(404).context(path)?;
    }
    // And clients have nothing to look for there.
    for path in ["/", "/api/v1/me", "/socket.io/?EIO=4&transport=polling"] {
        admin.get(path, None).await?.expect(404).context(path)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_second_start_keeps_accounts_and_keys() -> Result<()> {
    let data = tempfile::tempdir()?;
    let launch = Launch::example("chatcluster", data.path());
    let mut program = Program::start(&launch).await?;
    let demo = printed_accounts(&mut program).await?;
    let ann = program.api()?.register("ann").await?;
    ensure!(program.stop().await?.success());

    let mut program = Program::start(&launch).await?;
    let api = program.api()?;
    assert_eq!(printed_accounts(&mut program).await?, demo);
    let me = api.get("/api/v1/me", Some(&ann.access)).await?.expect(200)?.json()?;
    assert_eq!(me["id"], ann.id.as_str(), "{me}");
    assert_eq!(api.log_in("ann").await?.id, ann.id);
    let refresh = json!({ "refreshToken": ann.refresh });
    let refreshed = api.post("/api/v1/auth/refresh", None, &refresh).await?.expect(200)?;
    let access = refreshed.json()?["accessToken"]
        .as_str()
        .context("no token")?
        .to_owned();
    api.get("/api/v1/me", Some(&access)).await?.expect(200)?;
    let taken = json!({ "email": "ann@example.org", "password": "another password", "name": "Ann" });
    api.post("/api/v1/auth/register", None, &taken).await?.expect(409)?;
    Ok(())
}
