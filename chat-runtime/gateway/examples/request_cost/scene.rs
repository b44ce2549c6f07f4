//! A gateway on the embedded adapters in this process.

use std::{net::SocketAddr, path::Path, sync::Arc};

use prometheus_client::registry::Registry;
use talkline_embedded::{Embedded, Options};
use talkline_gateway::{
    Gateway, Ports, Settings, auth::Keyring, clock::SystemClock, config::Config, engine, web::Site,
};
use talkline_worker::Worker;
use tokio::{net::TcpListener, runtime::Runtime};
use tokio_util::sync::CancellationToken;

use crate::threads::Threads;

const THREADS: &str = "measured";

/// A gateway with a worker beside it. Both end with it.
pub(crate) struct Scene {
    pub(crate) address: SocketAddr,
    pub(crate) threads: Threads,
    _gateway: Gateway,
    _runtimes: [Runtime; 2],
    _folder: tempfile::TempDir,
}

impl Scene {
    pub(crate) fn set(in_memory: bool) -> Self {
        let [runtime, worker] = [THREADS, "worker"].map(|name| {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.thread_name(name).enable_all().build().expect("a runtime")
        });
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().to_owned();
        let main = runtime.spawn(async move { start(&path, in_memory).await });
        let (gateway, ports) = runtime.block_on(main).expect("started");
        worker.spawn(work(ports));
        Self {
            address: gateway.address(),
            threads: Threads::named(THREADS),
            _gateway: gateway,
            _runtimes: [runtime, worker],
            _folder: folder,
        }
    }
}

async fn start(folder: &Path, in_memory: bool) -> (Gateway, Ports) {
    let embedded = Embedded::open(folder, Options::default()).await.expect("adapters");
    let ports = Ports {
        log: embedded.log(),
        store: embedded.store(),
        search: embedded.search(),
        accounts: embedded.accounts(),
        fan_out: embedded.fan_out(),
        limits: embedded.limits(),
        presence: embedded.presence(),
        recent: embedded.recent(),
        clock: Arc::new(SystemClock),
        tracer: Default::default(),
    };
    let mut config = Config::default();
    config.limits.api.permits = 0;
    config.limits.messages.permits = 0;
    if !in_memory {
        config.history.memory_bytes = 0;
    }
    let settings = Settings {
        name: "gateway".into(),
        config,
        engine: engine::Config::default(),
        keys: Keyring::parse(&Keyring::generate().expect("keys")).expect("a keyring"),
        site: Site::missing(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let gateway = Gateway::start(settings, ports.clone(), listener, &mut Registry::default())
        .await
        .expect("a gateway");
    (gateway, ports)
}

/// The worker beside a gateway.
async fn work(ports: Ports) {
    let of_worker = talkline_worker::Ports {
        log: ports.log,
        store: ports.store,
        fan_out: ports.fan_out,
        recent: ports.recent,
        tracer: Default::default(),
    };
    let metrics = talkline_worker::Metrics::register(&mut Registry::default());
    let worker = Worker::new(Default::default(), of_worker, metrics);
    worker.run(CancellationToken::new()).await.expect("a worker");
}
