//! How the system asks the program to stop.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Cancels `stop` at the first SIGTERM or SIGINT. A second one ends the process as it stands: what was acknowledged is
/// safe in the log.
///
/// # Errors
/// The system refuses the handlers.
pub(crate) fn listen(stop: CancellationToken) -> io::Result<tokio::task::JoinHandle<()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(tokio::spawn(async move {
        for _ in 0..2 {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if stop.is_cancelled() {
                tracing::warn!("told twice to stop: stopping at once");
                std::process::abort();
            }
            tracing::info!("stopping");
            stop.cancel();
        }
    }))
}
