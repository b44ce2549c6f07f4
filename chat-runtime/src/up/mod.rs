//! `talkline up`: gateway, worker and web client of one ChatCluster in one process, on SQLite and memory.

mod admin;
mod banner;
mod demo;
mod folder;
mod honour;
mod ignored;
mod running;
mod workers;

use std::{path::Path, sync::Arc};

use prometheus_client::registry::Registry;
use talkline_crds::ChatCluster;
use talkline_embedded::Embedded;
use talkline_gateway::{Gateway, Ports, Settings, clock::SystemClock, web::Site};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::{admin::Admin, banner::Banner, folder::Folder, running::Running, workers::Workers};
use crate::{cli, failure::Failure, signals, telemetry};

/// Runs until it is told to stop; then drains, flushes and returns.
pub(crate) async fn run(arguments: cli::Up) -> Result<(), Failure> {
    // What is asked for.
    let cluster = read(arguments.file.as_deref())?;
    telemetry::start(&cluster.spec.monitoring.logs);
    let honoured = honour::honour(&cluster.spec);

    // What the machine must have: two free addresses, a folder, perhaps the web client.
    let listener = bind("--listen", arguments.listen).await?;
    let admin_listener = bind("--admin", arguments.admin).await?;
    let folder = Folder::open(arguments.data, cluster.metadata.name.as_deref().unwrap_or("chat"))?;
    let site = arguments.web.as_deref().map_or_else(|| Ok(Site::missing()), site)?;

    // The ports: log, store and accounts in one file, the rest in memory.
    let embedded = Embedded::open(folder.path(), honoured.embedded)
        .await
        .map_err(Failure::usage)?;
    let ports = ports(&embedded);

    // People to try it with, if the YAML wants some.
    let demo = demo::accounts(&cluster.spec.auth, &folder, &*ports.accounts, &honoured.gateway.auth).await?;
    let site = demo::publish(site, &demo)?;

    // The workers: from the log to the store to the sockets; what is too old goes, if the YAML says how old that is.
    let mut registry = Registry::default();
    let workers = Workers::start(honoured.worker, honoured.kept, &ports, &mut registry);

    // The gateway: sockets, REST and the web client.
    let settings = Settings {
        name: format!("up-{:08x}", rand::random::<u32>()),
        config: honoured.gateway,
        engine: honoured.engine,
        keys: folder.keys()?,
        site,
    };
    let gateway = Gateway::start(settings, ports, listener, &mut registry)
        .await
        .map_err(Failure::broken)?;

    // What operators ask.
    let admin = Admin::start(admin_listener, gateway.health().clone(), registry)?;
    let stop = CancellationToken::new();
    let signals = signals::listen(stop.clone()).map_err(Failure::runtime)?;
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
        admin,
    }
    .until(&stop)
    .await;
    signals.abort();
    outcome
}

fn ports(embedded: &Embedded) -> Ports {
    Ports {
        log: embedded.log(),
        store: embedded.store(),
        search: embedded.search(),
        accounts: embedded.accounts(),
        fan_out: embedded.fan_out(),
        limits: embedded.limits(),
        presence: embedded.presence(),
        clock: Arc::new(SystemClock),
    }
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

async fn bind(flag: &str, address: std::net::SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Failure::address(flag, address, &error))
}

fn site(path: &Path) -> Result<Site, Failure> {
    Site::load(path).map_err(|error| Failure::unreadable(path, error))
}
