//! A whole chat in one process for a test: gateway and worker on the embedded adapters, in a folder of its own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use prometheus_client::registry::Registry;
use reqwest::{Client, Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use talkline_core::time::Timestamp;
use talkline_embedded::{Embedded, Options};
use talkline_gateway::{
    Gateway, Ports, Settings,
    auth::Keyring,
    clock::{Clock, SystemClock},
    config::Config,
    engine,
    health::Health,
    web::Site,
};
use talkline_worker::Worker;
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// Every request of a test ends within this.
const PATIENCE: Duration = Duration::from_secs(30);

/// The machine's clock, and how far a test has set it forward.
#[derive(Default)]
pub(crate) struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock.now().as_millis() + self.0.load(Ordering::Relaxed))
    }
}

/// A running chat.
pub(crate) struct Stage {
    gateway: Gateway,
    worker: JoinHandle<talkline_core::Result<()>>,
    stop: CancellationToken,
    embedded: Embedded,
    _folder: TempDir,
    clock: Arc<SetClock>,
    ports: Ports,
    keys: String,
    client: Client,
    pub(crate) registry: Arc<Registry>,
}

/// Somebody who is logged in.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) token: String,
    pub(crate) refresh: String,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// The problem's code, or nothing.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// A header as text, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }
}

impl Stage {
    /// With the limits off.
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    /// With the limits off, then changed.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let embedded = Embedded::open(folder.path(), Options::default()).await.unwrap();
        let clock = Arc::new(SetClock::default());
        let ports = Ports {
            log: embedded.log(),
            store: embedded.store(),
            search: embedded.search(),
            accounts: embedded.accounts(),
            fan_out: embedded.fan_out(),
            limits: embedded.limits(),
            presence: embedded.presence(),
            recent: embedded.recent(),
            clock: clock.clone(),
            tracer: Default::default(),
        };
        let (mut registry, stop) = (Registry::default(), CancellationToken::new());
        let worker = worker(&ports, &mut registry, stop.clone());
        let keys = Keyring::generate().unwrap();
        let gateway = gateway("gateway-1", &ports, &keys, &mut registry, change).await;
        Self {
            gateway,
            worker,
            stop,
            embedded,
            _folder: folder,
            clock,
            ports,
            keys,
            client: Client::builder().timeout(PATIENCE).build().unwrap(),
            registry: Arc::new(registry),
        }
    }

    /// Another gateway beside the first, over the same ports and with the same keys.
    pub(crate) async fn another_gateway(&self) -> Gateway {
        gateway("gateway-2", &self.ports, &self.keys, &mut Registry::default(), |_| {}).await
    }

    /// The whole address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.gateway.address())
    }

    pub(crate) fn health(&self) -> &Health {
        self.gateway.health()
    }

    /// Sets the clock forward.
    pub(crate) fn pass(&self, time: Duration) {
        self.clock.0.fetch_add(time.as_millis() as i64, Ordering::Relaxed);
    }

    /// A request to the API.
    pub(crate) async fn call(&self, method: Method, path: &str, token: Option<&str>, body: Option<Value>) -> Answer {
        let mut request = self.request(method, &format!("/api/v1{path}"));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        Self::send(request).await
    }

    /// A request to any path, to be completed and sent.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// Sends a request and reads the answer.
    pub(crate) async fn send(request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        Answer {
            status,
            headers,
            body: serde_json::from_slice(&bytes).unwrap_or_else(|_| text()),
        }
    }

    pub(crate) async fn get(&self, path: &str, user: &User) -> Answer {
        self.call(Method::GET, path, Some(&user.token), None).await
    }

    pub(crate) async fn post(&self, path: &str, user: &User, body: Value) -> Answer {
        self.call(Method::POST, path, Some(&user.token), Some(body)).await
    }

    /// Somebody new of this name.
    pub(crate) async fn register(&self, name: &str) -> User {
        let email = format!("{}@example.org", name.to_lowercase());
        let body = json!({"email": email, "password": "correct horse", "name": name});
        let answer = self.call(Method::POST, "/auth/register", None, Some(body)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
        user(&answer.body)
    }

    /// The direct conversation of two, begun by the first.
    pub(crate) async fn direct(&self, one: &User, other: &User) -> String {
        let body = json!({"type": "direct", "members": [other.id]});
        let answer = self.post("/conversations", one, body).await;
        assert!(answer.status.is_success(), "{:?}", answer.body);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    /// Sends a message and waits until it is stored; its id.
    pub(crate) async fn say(&self, sender: &User, conversation: &str, text: &str) -> String {
        let body = json!({"conversationId": conversation, "clientMessageId": text, "text": text});
        let answer = self.post("/chat/send", sender, body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{:?}", answer.body);
        let id = answer.body["id"].as_str().unwrap().to_owned();
        let path = format!("/messages/{id}");
        self.until(async || self.get(&path, sender).await.status.is_success())
            .await;
        id
    }

    /// Waits for a condition.
    pub(crate) async fn until(&self, mut holds: impl AsyncFnMut() -> bool) {
        let waiting = async {
            while !holds().await {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("it holds in time");
    }

    /// Ends everything, in order.
    pub(crate) async fn close(self) {
        self.gateway.stop().await;
        self.stop.cancel();
        self.worker.await.unwrap().unwrap();
        self.embedded.close().await;
    }
}

/// The user that a login's answer shows.
pub(crate) fn user(body: &Value) -> User {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    User {
        id: text(&body["user"]["id"]),
        email: text(&body["user"]["email"]),
        token: text(&body["accessToken"]),
        refresh: text(&body["refreshToken"]),
    }
}

fn worker(ports: &Ports, registry: &mut Registry, stop: CancellationToken) -> JoinHandle<talkline_core::Result<()>> {
    let ports = talkline_worker::Ports {
        log: ports.log.clone(),
        store: ports.store.clone(),
        fan_out: ports.fan_out.clone(),
        tracer: Default::default(),
        recent: ports.recent.clone(),
    };
    let metrics = talkline_worker::Metrics::register(registry);
    tokio::spawn(Worker::new(talkline_worker::Config::default(), ports, metrics).run(stop))
}

async fn gateway(
    name: &str,
    ports: &Ports,
    keys: &str,
    registry: &mut Registry,
    change: impl FnOnce(&mut Config),
) -> Gateway {
    let settings = Settings {
        name: name.into(),
        config: config(change),
        engine: engine::Config::default(),
        keys: Keyring::parse(keys).unwrap(),
        site: Site::missing(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Gateway::start(settings, ports.clone(), listener, registry)
        .await
        .unwrap()
}

fn config(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::default();
    let limits = &mut config.limits;
    for quota in [
        &mut limits.api,
        &mut limits.auth,
        &mut limits.messages,
        &mut limits.events,
        &mut limits.reactions,
    ] {
        quota.permits = 0;
    }
    config.limits.sockets_per_user = 0;
    // As cheap as Argon2 can be: what a hash costs is not what is tested.
    config.auth.hashing.memory_kib = 8;
    config.auth.hashing.passes = 1;
    change(&mut config);
    config
}
