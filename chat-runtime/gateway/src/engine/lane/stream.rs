//! The lane as the byte stream that the protocol library reads and writes.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::{Lane, library::Admission};
use crate::engine::session::Session;

/// A client's answer to a ping as it comes over the wire: the text message `3`, masked with zeros.
const PONG: &[u8] = &[0x81, 0x81, 0, 0, 0, 0, b'3'];

/// The library's end of a WebSocket's connection, which ends when it is dropped.
pub struct LaneIo {
    lane: Arc<Lane>,
    /// What is read before the connection: bytes that arrived with the handshake, the answer to the first ping.
    lead: Bytes,
    session: Arc<Session>,
    /// Counts the connection among those that a shutdown waits for.
    _open: TaskTrackerToken,
}

impl LaneIo {
    pub(in crate::engine) fn new(lane: Arc<Lane>, lead: Bytes, session: Arc<Session>, open: TaskTrackerToken) -> Self {
        Self {
            lane,
            lead,
            session,
            _open: open,
        }
    }
}

impl AsyncRead for LaneIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.lane.admit(context) {
            Admission::Data => {}
            Admission::Pong => self.lead = [PONG, &self.lead].concat().into(),
            Admission::Nothing => return Poll::Pending,
            Admission::End => return Poll::Ready(Ok(())),
        }
        if !self.lead.is_empty() {
            let count = self.lead.len().min(buffer.remaining());
            buffer.put_slice(&self.lead.split_to(count));
            return Poll::Ready(Ok(()));
        }
        loop {
            match self.lane.stream.try_read(buffer.initialize_unfilled()) {
                Ok(count) => {
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready!(self.lane.poll_readable(context))?,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for LaneIo {
    /// Always takes everything: the lane's bound is its backlog's, which holds for the chat's frames just as well.
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        let seen = self.lane.write_through(buffer);
        if seen.probe {
            self.session.probed(&self.lane);
        }
        if seen.fence {
            self.session.opened(&self.lane);
        }
        Poll::Ready(Ok(buffer.len()))
    }

    /// Whoever queues in the lane also writes, so there is never anything left to do here.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.session.pump();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.lane.end();
        Poll::Ready(Ok(()))
    }
}

impl Drop for LaneIo {
    fn drop(&mut self) {
        self.lane.end();
        self.session.lane_ended();
    }
}
