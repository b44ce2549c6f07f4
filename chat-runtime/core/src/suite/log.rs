//! The law of the log. What survives a crash is for the adapter's own tests: it takes killing something.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a suite fails as a test does")]

use std::{collections::HashMap, time::Duration};

use bytes::Bytes;

use crate::{
    ErrorKind,
    checkpoint::Anchor,
    id::ConversationId,
    offset::{Offset, Partition, partition_of},
    port::{Assignments, Log, LogRecord, PartitionReader},
    time::Timestamp,
    trace::SpanContext,
};

/// How long anything may take that the law says happens.
const DEADLINE: Duration = Duration::from_secs(30);

/// Checks each law on `log`, which may hold other records already; nobody else reads it meanwhile.
pub async fn log(log: &dyn Log) {
    let mut readers = Readers::join(log).await;
    what_is_appended_can_be_read(log, &mut readers).await;
    a_record_is_read_with_its_trace(log, &mut readers).await;
    a_conversation_keeps_its_partition_and_order(log, &mut readers).await;
    records_appended_at_once_are_all_there(log, &mut readers).await;
    a_waiting_reader_is_woken(log, &mut readers).await;
    a_reader_that_gives_up_has_taken_nothing(log, &mut readers).await;
    reading_begins_where_asked_and_takes_no_more_than_asked(log, &mut readers).await;
    a_log_is_known_by_an_anchor(log, &mut readers).await;
    a_commit_takes_nothing_away_above_it(log, &mut readers).await;
    burying_twice_is_burying_once(log).await;
    what_was_buried_is_forgotten(log).await;
}

/// All partitions in one hand.
struct Readers {
    by_partition: HashMap<Partition, Box<dyn PartitionReader>>,
    /// Kept: who drops it leaves.
    _assignments: Box<dyn Assignments>,
}

impl Readers {
    async fn join(log: &dyn Log) -> Self {
        let mut assignments = log.join().await.unwrap();
        let mut by_partition = HashMap::new();
        while by_partition.len() < log.partitions() as usize {
            let reader = within("a partition is given", assignments.next()).await.unwrap();
            by_partition.insert(reader.partition(), reader);
        }
        Self {
            by_partition,
            _assignments: assignments,
        }
    }

    /// The first `count` records from `offset` on.
    async fn read(&mut self, partition: Partition, offset: Offset, count: usize) -> Vec<LogRecord> {
        let reader = self.by_partition.get_mut(&partition).unwrap();
        reader.seek(offset).await.unwrap();
        let mut records = Vec::new();
        while records.len() < count {
            let batch = within("there are records", reader.next_batch(count - records.len()))
                .await
                .unwrap();
            let batch = batch.unwrap_or_else(|| panic!("partition {partition} was taken away"));
            assert!(!batch.is_empty(), "a batch without records");
            records.extend(batch);
        }
        records
    }
}

async fn what_is_appended_can_be_read(log: &dyn Log, readers: &mut Readers) {
    let bytes: Bytes = (0..=255u8).cycle().take(20_000).collect();
    for record in [bytes, Bytes::from_static(b"{}"), Bytes::new()] {
        let (partition, offset) = log.append(conversation(), record.clone(), None).await.unwrap();
        let stored = readers.read(partition, offset, 1).await;
        assert_eq!(
            stored,
            [LogRecord {
                offset,
                payload: record,
                trace: None
            }]
        );
    }
}

/// Each its own, whatever stands beside it.
async fn a_record_is_read_with_its_trace(log: &dyn Log, readers: &mut Readers) {
    let key = conversation();
    let traced = SpanContext {
        trace: u128::MAX - 1,
        span: 7,
    };
    let traces = [Some(traced), None, Some(SpanContext { span: 8, ..traced })];
    let mut places = Vec::new();
    for trace in traces {
        places.push(log.append(key, Bytes::from_static(b"traced"), trace).await.unwrap());
    }
    let stored = readers.read(places[0].0, places[0].1, traces.len()).await;
    let read: Vec<_> = stored.iter().map(|record| record.trace).collect();
    assert_eq!(read, traces);
}

async fn a_conversation_keeps_its_partition_and_order(log: &dyn Log, readers: &mut Readers) {
    for _ in 0..10 {
        let key = conversation();
        let partition = partition_of(&key, log.partitions());
        let mut appended = Vec::new();
        for n in 0..5u8 {
            let payload = Bytes::copy_from_slice(&[n]);
            let (at, offset) = log.append(key, payload.clone(), None).await.unwrap();
            assert_eq!(at, partition, "a key has one partition for ever");
            appended.push(untraced(offset, payload));
        }
        assert!(appended.is_sorted_by(|a, b| a.offset < b.offset), "offsets grow");
        assert_eq!(readers.read(partition, appended[0].offset, 5).await, appended);
    }
}

async fn records_appended_at_once_are_all_there(log: &dyn Log, readers: &mut Readers) {
    const EACH: u8 = 20;
    let key = conversation();
    let writer = |writer: u8| async move {
        let mut places = Vec::new();
        for n in 0..EACH {
            places.push(
                log.append(key, Bytes::copy_from_slice(&[writer, n]), None)
                    .await
                    .unwrap(),
            );
        }
        places
    };
    let (a, b, c, d) = tokio::join!(writer(0), writer(1), writer(2), writer(3));
    let mut places = [a, b, c, d].concat();
    places.sort();
    let (partition, first) = places[0];
    let stored = readers.read(partition, first, places.len()).await;
    let offsets: Vec<_> = stored.iter().map(|record| (partition, record.offset)).collect();
    assert_eq!(offsets, places, "each append has a place of its own");
    for writer in 0..4u8 {
        let own = stored
            .iter()
            .filter(|record| record.payload[0] == writer)
            .map(|record| record.payload[1]);
        assert!(
            own.eq(0..EACH),
            "appends of writer {writer} that did not overlap keep their order"
        );
    }
}

async fn a_waiting_reader_is_woken(log: &dyn Log, readers: &mut Readers) {
    let key = conversation();
    let (partition, offset) = log.append(key, Bytes::from_static(b"before"), None).await.unwrap();
    let reader = readers.by_partition.get_mut(&partition).unwrap();
    reader.seek(offset.next()).await.unwrap();
    let waiting = within("the reader is woken", reader.next_batch(10));
    let append = log.append(key, Bytes::from_static(b"after"), None);
    let (batch, appended) = tokio::join!(biased; waiting, append);
    let (_, offset) = appended.unwrap();
    let payload = Bytes::from_static(b"after");
    assert_eq!(batch.unwrap(), Some(vec![untraced(offset, payload)]));
}

async fn a_reader_that_gives_up_has_taken_nothing(log: &dyn Log, readers: &mut Readers) {
    let key = conversation();
    let (partition, first) = log.append(key, Bytes::from_static(b"0"), None).await.unwrap();
    let reader = readers.by_partition.get_mut(&partition).unwrap();
    reader.seek(first).await.unwrap();
    let mut found = Vec::new();
    for n in 1..=20u8 {
        // Given up at whatever point it has come to after so many turns.
        for turns in 0..n {
            tokio::select! {
                biased;
                batch = reader.next_batch(1) => found.extend(batch.unwrap().unwrap()),
                () = pass(turns) => {}
            }
        }
        log.append(key, Bytes::copy_from_slice(&[n]), None).await.unwrap();
    }
    while found.len() < 21 {
        found.extend(
            within("there are records", reader.next_batch(1))
                .await
                .unwrap()
                .unwrap(),
        );
    }
    let found: Vec<_> = found.iter().map(|record| record.payload[0]).collect();
    assert_eq!(found, [b'0'].into_iter().chain(1..=20).collect::<Vec<_>>());
}

/// Lets others go on so often.
async fn pass(turns: u8) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}

async fn reading_begins_where_asked_and_takes_no_more_than_asked(log: &dyn Log, readers: &mut Readers) {
    let key = conversation();
    let mut offsets = Vec::new();
    for n in 0..10u8 {
        offsets.push(log.append(key, Bytes::copy_from_slice(&[n]), None).await.unwrap().1);
    }
    let partition = partition_of(&key, log.partitions());
    let reader = readers.by_partition.get_mut(&partition).unwrap();
    for from in [7, 0, 9] {
        reader.seek(offsets[from]).await.unwrap();
        let batch = within("there are records", reader.next_batch(2))
            .await
            .unwrap()
            .unwrap();
        assert!(batch.len() <= 2, "{} records instead of 2", batch.len());
        assert_eq!(batch[0].offset, offsets[from]);
    }
}

async fn a_log_is_known_by_an_anchor(log: &dyn Log, readers: &mut Readers) {
    let key = conversation();
    let mut records = Vec::new();
    for text in ["first", "second", "third"] {
        let payload = Bytes::from(text);
        let (_, offset) = log.append(key, payload.clone(), None).await.unwrap();
        records.push(untraced(offset, payload));
    }
    let reader = readers
        .by_partition
        .get_mut(&partition_of(&key, log.partitions()))
        .unwrap();
    reader.seek(records[0].offset).await.unwrap();
    assert!(reader.is_held());
    for record in &records {
        reader.verify(Anchor::of(record)).await.unwrap();
        let other = untraced(record.offset, Bytes::from_static(b"another log's"));
        let error = reader.verify(Anchor::of(&other)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
        let batch = within("it reads on", reader.next_batch(1)).await.unwrap();
        assert_eq!(batch, Some(vec![record.clone()]));
    }
}

async fn a_commit_takes_nothing_away_above_it(log: &dyn Log, readers: &mut Readers) {
    let key = conversation();
    let (partition, first) = log.append(key, Bytes::from_static(b"done"), None).await.unwrap();
    let (_, second) = log.append(key, Bytes::from_static(b"to do"), None).await.unwrap();
    let reader = readers.by_partition.get_mut(&partition).unwrap();
    for offset in [first.next(), first.next(), first] {
        reader.commit(offset).await.unwrap();
    }
    let left = readers.read(partition, second, 1).await;
    assert_eq!(left[0].payload, Bytes::from_static(b"to do"));
}

async fn burying_twice_is_burying_once(log: &dyn Log) {
    let payload = Bytes::from_static(b"\xff not a record");
    let (partition, offset) = log.append(conversation(), payload.clone(), None).await.unwrap();
    for _ in 0..2 {
        let record = untraced(offset, payload.clone());
        log.bury(partition, &record, "not understood").await.unwrap();
    }
}

/// Whoever looks at what was put aside does so past the port, so this sees only that time and bound count.
async fn what_was_buried_is_forgotten(log: &dyn Log) {
    for number in 0..3u8 {
        let payload = Bytes::copy_from_slice(&[b'\xff', number]);
        let (partition, offset) = log.append(conversation(), payload.clone(), None).await.unwrap();
        let record = untraced(offset, payload);
        log.bury(partition, &record, "not understood").await.unwrap();
    }
    let long_ago = Timestamp::from_millis(1_000);
    assert_eq!(log.forget_buried(long_ago, 10).await.unwrap(), 0);
    let far_ahead = Timestamp::from_millis(i64::MAX);
    assert!(log.forget_buried(far_ahead, 2).await.unwrap() <= 2);
    while log.forget_buried(far_ahead, 10).await.unwrap() > 0 {}
}

fn untraced(offset: Offset, payload: Bytes) -> LogRecord {
    LogRecord {
        offset,
        payload,
        trace: None,
    }
}

fn conversation() -> ConversationId {
    ConversationId::from_bytes(rand::random())
}

async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let outcome = tokio::time::timeout(DEADLINE, future).await;
    outcome.unwrap_or_else(|_| panic!("{what}: not within {DEADLINE:?}"))
}
