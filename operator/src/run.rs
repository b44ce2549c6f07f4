//! `talkline-operator run`, as a contents page.

use std::{pin::pin, sync::Arc, time::Duration};

use futures::future::join_all;
use kube::{
    Client,
    runtime::events::{Recorder, Reporter},
};
use prometheus_client::registry::Registry;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    admin::Admin,
    build::OPERATOR,
    cli::Run,
    controller::{self, Scope, Shared},
    dereference,
    failure::Failure,
    leader::Leader,
    loadtest, logs,
    metrics::Metrics,
    upkeep::Upkeep,
};

/// How long one request for the Lease may take: far less than it holds.
const LEASE_DEADLINE: Duration = Duration::from_secs(3);

/// Runs until it is told to stop, or has lost the Lease.
///
/// # Errors
/// It cannot start; or the Lease is lost, or something that never ends did.
pub(crate) async fn run(options: Run) -> Result<(), Failure> {
    logs::start(options.log_format);
    let mut registry = Registry::default();
    talkline_metrics::Process::register(&mut registry);
    let metrics = Metrics::register(&mut registry);
    // Health and metrics, from the first moment on.
    let admin = Admin::bind(options.listen, registry).await?;
    let health = admin.state();
    tracing::info!(address = ?admin.address().ok(), "health and metrics");
    let serving = admin.serve();
    let stop = stopped()?;
    tokio::select! {
        () = serving => Err(Failure::broken("the admin server ended")),
        outcome = work(&options, metrics, move || health.be_ready(), stop) => outcome,
    }
}

/// Stands by until it leads, and then works.
async fn work(
    options: &Run,
    metrics: Metrics,
    ready: impl FnOnce(),
    stop: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let mut stop = pin!(stop);
    let config = kube::Config::infer()
        .await
        .map_err(|error| Failure::usage(format_args!("no cluster is known: {error}")))?;
    let namespace = options
        .lease_namespace
        .clone()
        .unwrap_or_else(|| config.default_namespace.clone());
    let identity = options.identity();
    let mut impatient = config.clone();
    (impatient.connect_timeout, impatient.read_timeout) = (Some(LEASE_DEADLINE), Some(LEASE_DEADLINE));
    let client = Client::try_from(config).map_err(Failure::broken)?;
    let leases = Client::try_from(impatient).map_err(Failure::broken)?;
    let leader = Leader::new(leases, &namespace, &options.lease_name, &identity).await;
    let leader = leader.map_err(|error| Failure::broken(format_args!("the Lease cannot be had: {error}")))?;
    ready();
    tracing::info!(lease = options.lease_name, namespace, identity, "stands by");
    tokio::select! {
        () = leader.lead() => {}
        // Whoever stands by has nothing to give back.
        () = &mut stop => return Ok(()),
    }
    metrics.leads();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "leads");
    let outcome = tokio::select! {
        outcome = reconcile(options, client, metrics, namespace, identity) => outcome,
        why = leader.lost() => return Err(Failure::broken(format_args!("the Lease is lost: {why}"))),
        () = &mut stop => Ok(()),
    };
    leader.release().await;
    outcome
}

/// Every scope, for ever.
async fn reconcile(
    options: &Run,
    client: Client,
    metrics: Metrics,
    namespace: String,
    identity: String,
) -> Result<(), Failure> {
    let (apis, following) = dereference::follow(client.clone())
        .await
        .map_err(|error| Failure::broken(format_args!("the API server does not say what it serves: {error}")))?;
    let reporter = Reporter {
        controller: OPERATOR.to_owned(),
        instance: Some(identity),
    };
    let (upkeep, looks) = Upkeep::new();
    let shared = Arc::new(Shared {
        events: Recorder::new(client.clone(), reporter),
        client,
        namespace,
        apis,
        upkeep,
        metrics,
    });
    let scopes = Scope::of(&options.namespaces);
    let tests = scopes.clone().into_iter();
    let tests = tests.map(|scope| loadtest::run(shared.clone(), scope, options.concurrency));
    let loops = scopes
        .into_iter()
        .map(|scope| controller::run(shared.clone(), scope, options.concurrency));
    tokio::select! {
        _ = join_all(loops) => Err(Failure::broken("the loop ended")),
        _ = join_all(tests) => Err(Failure::broken("the loop of load tests ended")),
        () = shared.upkeep.run(looks, &shared.events) => Err(Failure::broken("nobody looks at servers any more")),
        () = following => Err(Failure::broken("nobody follows the optional APIs any more")),
    }
}

/// Ends when somebody asks the process to.
fn stopped() -> Result<impl Future<Output = ()>, Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::broken)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::broken)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
