//! The report: taken from the controller's pod while that offers it, kept as a ConfigMap, and the controller let go.
//!
//! What a pod says goes into a ConfigMap as it is. So no pod of a load test needs a right, nor a token.

use std::{io, net::SocketAddr, time::Duration};

use kube::{Client, api::Patch};
use talkline_crds::loadtest::Report;

use super::build::{self, REPORT_PORT, Run};
use crate::{
    apply::{api, as_operator, reason},
    build::OPERATOR,
    http,
};

/// The files, the one that machines read first.
const FILES: [&str; 2] = ["report.json", "report.html"];
/// What a ConfigMap holds at most is 1 MiB with everything; the rest is for its metadata.
const MOST: usize = 1_000_000;
/// How long a pod may take for a file.
const DEADLINE: Duration = Duration::from_secs(10);

/// Takes the report of the controller at `address`.
///
/// # Errors
/// The controller does not answer, or the API server does not take the ConfigMap.
pub(crate) async fn collect(client: &Client, run: &Run, address: SocketAddr) -> Result<Report, String> {
    let mut files = Vec::new();
    let mut room = MOST;
    for file in FILES {
        let text = fetch(address, file).await.map_err(|error| format!("{file}: {error}"))?;
        match room.checked_sub(text.len()) {
            Some(left) => {
                room = left;
                files.push((file, text));
            }
            None => tracing::warn!(
                namespace = run.namespace,
                name = run.name,
                file,
                bytes = text.len(),
                "a file of the report is left out: a ConfigMap would not hold it"
            ),
        }
    }
    let object = build::report(run, &files);
    let taken = api(client, object.kind, &run.namespace)
        .patch(&object.name, &as_operator(OPERATOR), &Patch::Apply(&object.value))
        .await;
    taken.map_err(|error| format!("ConfigMap {} is not taken: {}", object.name, reason(&error)))?;
    Ok(Report {
        config_map: object.name,
        keys: files.into_iter().map(|(file, _)| file.to_owned()).collect(),
    })
}

/// Lets the controller go. One that does not hear it goes by itself, a little later.
pub(crate) async fn release(address: SocketAddr) {
    if let Err(error) = http::ask(address, "DELETE /", MOST as u64, DEADLINE).await {
        tracing::debug!(%address, %error, "a controller does not hear that its report was taken");
    }
}

/// Where a controller's pod offers it.
pub(crate) fn place(address: std::net::IpAddr) -> SocketAddr {
    (address, REPORT_PORT).into()
}

async fn fetch(address: SocketAddr, file: &str) -> io::Result<String> {
    // One that does not fit is read too, so that it can be said how long it is.
    let longest = 8 * MOST as u64;
    match http::ask(address, &format!("GET /{file}"), longest, DEADLINE).await? {
        (200, text) => Ok(text),
        (status, _) => Err(io::Error::other(format!("its answer is {status}"))),
    }
}
