//! The frames that wait for one socket: bounded in bytes, with a policy for when they are too many.

use std::{collections::VecDeque, io::IoSlice};

use crate::engine::Frame;

/// Waiting frames, oldest first.
#[derive(Debug, Default)]
pub(in crate::engine) struct Backlog {
    frames: VecDeque<Frame>,
    /// Unwritten bytes of `frames`.
    bytes: usize,
    /// Bytes of the first frame that are out already.
    written: usize,
    /// Droppable frames were dropped, and no resync was queued for them yet.
    overflowed: bool,
}

/// What became of a pushed frame.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::engine) enum Pushed {
    /// It waits.
    Queued,
    /// It was dropped, since droppable frames have been dropped before it already.
    Dropped,
    /// There was no room: every droppable frame is gone now. Told once for each time that the backlog overflows.
    Overflowed,
    /// There is no room even without any droppable frame; it was not queued.
    Full,
}

impl Backlog {
    /// Takes `frame`, as long as at most `limit` bytes wait.
    pub(in crate::engine) fn push(&mut self, frame: Frame, limit: usize) -> Pushed {
        if self.overflowed && frame.droppable() {
            return Pushed::Dropped;
        }
        let length = frame.wire().len();
        let overflows = self.bytes + length > limit && !self.overflowed;
        if overflows {
            self.drop_droppable();
            self.overflowed = true;
            if frame.droppable() {
                return Pushed::Overflowed;
            }
        }
        if self.bytes + length > limit {
            return Pushed::Full;
        }
        self.bytes += length;
        self.frames.push_back(frame);
        if overflows { Pushed::Overflowed } else { Pushed::Queued }
    }

    /// Takes the rest of a frame whose first `written` bytes are out, as the first to wait. It has to be finished, so
    /// there is no limit to it.
    pub(in crate::engine) fn begin(&mut self, frame: Frame, written: usize) {
        self.bytes = frame.wire().len() - written;
        self.written = written;
        self.frames.push_back(frame);
    }

    /// Drops what may be dropped. A frame that is partly out must be finished, or the stream would make no sense.
    fn drop_droppable(&mut self) {
        let written = self.written;
        let mut index = 0;
        self.frames.retain(|frame| {
            let started = index == 0 && written > 0;
            index += 1;
            started || !frame.droppable()
        });
        self.bytes = self.frames.iter().map(|frame| frame.wire().len()).sum::<usize>() - written;
    }

    /// Once everything that was kept is out, tells (one time) that a resync is due.
    pub(in crate::engine) fn take_resync(&mut self) -> bool {
        self.frames.is_empty() && std::mem::take(&mut self.overflowed)
    }

    /// Fills `slices` from the front; answers how many it filled.
    pub(in crate::engine) fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut filled = 0;
        for (slice, frame) in slices.iter_mut().zip(&self.frames) {
            let skip = if filled == 0 { self.written } else { 0 };
            *slice = IoSlice::new(&frame.wire()[skip..]);
            filled += 1;
        }
        filled
    }

    /// Forgets the first `count` bytes: they are out.
    pub(in crate::engine) fn consume(&mut self, count: usize) {
        self.bytes -= count;
        self.written += count;
        while let Some(first) = self.frames.front() {
            let length = first.wire().len();
            if self.written < length {
                break;
            }
            self.written -= length;
            self.frames.pop_front();
        }
        self.shrink();
    }

    /// The oldest frame, for a transport that takes whole frames.
    pub(in crate::engine) fn front(&self) -> Option<&Frame> {
        self.frames.front()
    }

    /// Removes the oldest frame, for a transport that takes whole frames.
    pub(in crate::engine) fn pop(&mut self) -> Option<Frame> {
        let frame = self.frames.pop_front()?;
        self.bytes -= frame.wire().len();
        self.shrink();
        Some(frame)
    }

    /// Most sockets wait for nothing most of the time, and then should cost nothing.
    fn shrink(&mut self) {
        if self.frames.is_empty() {
            self.frames = VecDeque::new();
        }
    }

    /// Forgets everything.
    pub(in crate::engine) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(in crate::engine) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Unwritten bytes.
    pub(in crate::engine) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn event() -> Frame {
        Frame::event("e", &1).expect("encodes")
    }

    fn ack() -> Frame {
        Frame::ack(1, &RawValue::from_string("1".into()).expect("JSON"))
    }

    fn content(backlog: &Backlog) -> Vec<u8> {
        let mut slices = [IoSlice::new(&[]); 16];
        let filled = backlog.slices(&mut slices);
        slices[..filled].iter().flat_map(|slice| slice.to_vec()).collect()
    }

    #[test]
    fn an_overflow_leaves_answers_and_tells_once() {
        let limit = 2 * event().wire().len() + ack().wire().len();
        let mut backlog = Backlog::default();
        assert_eq!(backlog.push(event(), limit), Pushed::Queued);
        assert_eq!(backlog.push(ack(), limit), Pushed::Queued);
        assert_eq!(backlog.push(event(), limit), Pushed::Queued);
        assert_eq!(backlog.push(event(), limit), Pushed::Overflowed);
        assert_eq!(content(&backlog), ack().wire().to_vec());
        assert_eq!(backlog.push(event(), limit), Pushed::Dropped);
        assert_eq!(backlog.push(ack(), limit), Pushed::Queued);
        assert!(!backlog.take_resync(), "the answers are not out yet");
        backlog.consume(2 * ack().wire().len());
        assert!(backlog.take_resync());
        assert!(!backlog.take_resync(), "told once");
        assert_eq!(backlog.push(event(), limit), Pushed::Queued);
    }

    #[test]
    fn a_frame_that_is_partly_out_is_finished() {
        let limit = 2 * event().wire().len();
        let mut backlog = Backlog::default();
        backlog.push(event(), limit);
        backlog.push(event(), limit);
        backlog.consume(3);
        assert_eq!(backlog.push(ack(), limit), Pushed::Overflowed);
        let mut expected = event().wire()[3..].to_vec();
        expected.extend_from_slice(ack().wire());
        assert_eq!(content(&backlog), expected);
        assert_eq!(backlog.bytes(), expected.len());
    }

    #[test]
    fn a_frame_larger_than_the_limit_is_finished_too() {
        let mut backlog = Backlog::default();
        backlog.begin(event(), 3);
        assert_eq!(backlog.push(event(), 5), Pushed::Overflowed);
        assert_eq!(content(&backlog), event().wire()[3..].to_vec());
        backlog.consume(event().wire().len() - 3);
        assert!(backlog.take_resync());
    }

    #[test]
    fn answers_alone_can_fill_it() {
        let mut backlog = Backlog::default();
        let limit = ack().wire().len();
        assert_eq!(backlog.push(ack(), limit), Pushed::Queued);
        assert_eq!(backlog.push(ack(), limit), Pushed::Full);
    }

    #[test]
    fn consuming_crosses_frames() {
        let mut backlog = Backlog::default();
        for _ in 0..20 {
            backlog.push(event(), 10_000);
        }
        let length = event().wire().len();
        backlog.consume(length * 19 + 4);
        assert_eq!(content(&backlog), event().wire()[4..].to_vec());
        backlog.consume(length - 4);
        assert!(backlog.is_empty());
        assert_eq!(backlog.bytes(), 0);
    }
}
