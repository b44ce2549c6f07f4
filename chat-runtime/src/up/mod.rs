//! `talkline up`: gateway, worker and web client of one ChatCluster in one process, on SQLite and memory.

mod banner;
mod demo;
mod folder;
mod honour;
mod ignored;
mod ports;
mod running;

use std::path::Path;

use talkline_crds::ChatCluster;
use talkline_gateway::{Gateway, Settings, config::Config, engine, web::Site};
use tokio_util::sync::CancellationToken;

pub(crate) use self::folder::Folder;
use self::{banner::Banner, running::Running};
use crate::{
    admin::Admin,
    cli,
    config::{self, Effective, Role},
    dependencies::Watch,
    failure::Failure,
    patience::Patience,
    signals, start,
    telemetry::{self, Traces},
    workers::Workers,
};

/// Runs until it is told to stop; then drains, flushes and returns.
pub(crate) async fn run(arguments: cli::Up) -> Result<(), Failure> {
    // What is asked for.
    let Effective { settings, servers, .. } = config::resolve(Role::Up, &arguments.flags)?;
    let process = settings.process;
    let cluster = read(arguments.file.as_deref())?;
    telemetry::start(&cluster.spec.monitoring.logs);
    let honoured = honour::honour(&cluster.spec, &servers);

    // What the machine must have: two free addresses, a folder, perhaps the web client.
    let listener = start::bind("--listen", process.listen).await?;
    let admin = Admin::start(start::bind("--admin", process.admin).await?)?;
    let folder = Folder::open(process.data, cluster.metadata.name.as_deref().unwrap_or("chat"))?;
    let site = start::site(process.web.as_deref())?;

    // The ports: log, store and accounts in one file, the rest in memory; or on the servers that were named.
    let mut registry = start::registry();
    let stop = CancellationToken::new();
    let signals = signals::listen(stop.clone()).map_err(Failure::runtime)?;
    let opening = ports::open(&folder, servers, Patience::of(process.start), &mut registry);
    let Some(opened) = stop.run_until_cancelled(opening).await else {
        return admin.stop().await;
    };
    let (embedded, servers) = opened?;
    let name = start::name("up", process.name);
    let traces = Traces::start(&cluster.spec.monitoring, "talkline", &name, &mut registry)?;
    let ports = servers.over(ports::of(&embedded, &traces));

    // People to try it with, if the YAML wants some.
    let demo = demo::accounts(&cluster.spec.auth, &folder, &*ports.accounts, &honoured.gateway.auth).await?;
    let site = demo::publish(site, &demo)?;

    // The workers: from the log to the store to the sockets; what is too old goes, if the YAML says how old that is.
    let workers = Workers::start(Default::default(), honoured.kept, &ports, &mut registry);

    // The gateway: sockets, REST and the web client.
    let settings = gateway(name, honoured.gateway, honoured.engine, &folder, site)?;
    let gateway = Gateway::start(settings, ports, listener, &mut registry)
        .await
        .map_err(Failure::broken)?;

    // What operators ask.
    admin.know(gateway.health().clone(), registry);
    banner::print(&Banner {
        address: gateway.address(),
        admin: admin.address,
        folder: folder.path(),
        demo: &demo,
        ignored: &honoured.ignored,
    });

    // Until somebody stops it, or a part breaks.
    let outcome = Running {
        gateway,
        workers,
        embedded,
        watch: Watch::start(servers.clone()),
        servers,
        traces,
        admin,
    }
    .until(&stop)
    .await;
    signals.abort();
    outcome
}

fn gateway(
    name: String,
    config: Config,
    engine: engine::Config,
    folder: &Folder,
    site: Site,
) -> Result<Settings, Failure> {
    Ok(Settings {
        name,
        config,
        engine,
        keys: folder.keys()?,
        site,
    })
}

fn read(file: Option<&Path>) -> Result<ChatCluster, Failure> {
    let Some(path) = file else {
        return Ok(ChatCluster::new("chat", Default::default()));
    };
    let text = std::fs::read_to_string(path).map_err(|error| Failure::unreadable(path, error))?;
    talkline_crds::load(&text).map_err(|error| {
        let lines: Vec<_> = error
            .problems()
            .iter()
            .map(|problem| format!("{}: {problem}", path.display()))
            .collect();
        Failure::usage(lines.join("\n"))
    })
}
