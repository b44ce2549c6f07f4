//! One connection between a controller and an agent: JSON messages, a line each, every one bounded and with a deadline.

use std::{io, time::Duration};

use futures::{SinkExt, StreamExt};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tokio_util::codec::{Framed, LinesCodec, LinesCodecError};

use crate::{measure::Point, options::Options, report::Tally};

/// A line's length at most, in bytes: the books of a run with every kind of request take about 1 MB.
const LONGEST: usize = 16 << 20;

/// Who is silent for longer is lost; both sides say something each second.
pub(super) const SILENCE: Duration = Duration::from_secs(10);

/// Grows with every change of the messages.
const PROTOCOL: u32 = 2;

/// What both sides have to agree on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Version {
    program: String,
    protocol: u32,
}

impl Version {
    /// This program's.
    pub(super) fn own() -> Self {
        Self {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            protocol: PROTOCOL,
        }
    }
}

/// What a controller says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ToAgent {
    /// The first message.
    Hello(Version),
    /// The load, the second message.
    Run(Box<Options>),
    /// Begin in so many µs.
    Start(u64),
    /// Each second, with a number of the controller's own.
    Ping(u64),
}

/// What an agent says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ToController {
    /// The first message.
    Hello(Version),
    /// There is another run going on.
    Busy,
    /// All sockets are open.
    Ready,
    /// The answer to a ping, with its number.
    Pong(u64),
    /// A second of the run.
    Point(Box<Point>),
    /// The run is over.
    Done(Box<Tally>),
    /// There is nothing to report, and why.
    Failed(String),
}

/// Why a message did not get through, in one line.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The network said so.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It ended.
    #[error("the connection was closed")]
    Closed,
    /// Nothing came, or went out, for too long.
    #[error("silent for more than {} s", SILENCE.as_secs())]
    Silent,
    /// Longer than every message can be.
    #[error("a line is too long")]
    TooLong,
    /// No message.
    #[error("not understood: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Another program, or another version of this one.
    #[error("it has version {theirs}, and this is {ours}: use the same program on both sides")]
    Version {
        /// What the other side said.
        theirs: String,
        /// What it should have said.
        ours: String,
    },
}

impl From<LinesCodecError> for Error {
    fn from(error: LinesCodecError) -> Self {
        match error {
            LinesCodecError::MaxLineLengthExceeded => Self::TooLong,
            LinesCodecError::Io(error) => Self::Io(error),
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Wire {
    lines: Framed<TcpStream, LinesCodec>,
    /// When the other side was last heard of.
    heard: Instant,
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> Result<Self, Error> {
        stream.set_nodelay(true)?;
        Ok(Self {
            lines: Framed::new(stream, LinesCodec::new_with_max_length(LONGEST)),
            heard: Instant::now(),
        })
    }

    /// Says something.
    pub(super) async fn say(&mut self, message: &impl Serialize) -> Result<(), Error> {
        let line = serde_json::to_string(message)?;
        timeout(SILENCE, self.lines.send(line))
            .await
            .map_err(|_| Error::Silent)??;
        Ok(())
    }

    /// What the other side says next. Safe to cancel: the silence goes on from when it was last heard of.
    pub(super) async fn hear<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        let line = timeout_at(self.heard + SILENCE, self.lines.next()).await;
        let line = line.map_err(|_| Error::Silent)?;
        self.heard = Instant::now();
        Ok(serde_json::from_str(&line.ok_or(Error::Closed)??)?)
    }
}

/// Whether the other side is the same program.
pub(super) fn agree(theirs: &Version) -> Result<(), Error> {
    let ours = Version::own();
    let told = |version: &Version| format!("{} (protocol {})", version.program, version.protocol);
    (*theirs == ours).then_some(()).ok_or_else(|| Error::Version {
        theirs: told(theirs),
        ours: told(&ours),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_is_refused_with_both() {
        assert!(agree(&Version::own()).is_ok());
        let newer = Version {
            protocol: PROTOCOL + 1,
            ..Version::own()
        };
        let why = agree(&newer).unwrap_err().to_string();
        assert!(why.contains("protocol 3") && why.contains("protocol 2"), "{why}");
    }
}
