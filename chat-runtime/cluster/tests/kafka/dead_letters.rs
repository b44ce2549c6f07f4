//! What could not be understood: listed once, and appended again when somebody asks.

use bytes::Bytes;
use talkline_core::port::LogRecord;

use super::world::{brokers, config, connect, key_of, next, read};

#[tokio::test]
async fn a_letter_is_listed_once_and_replayed_where_it_stood() {
    let Some(brokers) = brokers("dead letters on Kafka") else {
        return;
    };
    let kafka = connect(&config(brokers, 3)).await;
    assert_eq!(kafka.dead_letters().await.unwrap(), []);
    let payload = Bytes::from_static(b"\xff no record");
    let (partition, offset) = kafka.log().append(key_of(2, 3), payload.clone(), None).await.unwrap();
    let record = LogRecord {
        offset,
        payload: payload.clone(),
        trace: None,
    };
    for _ in 0..2 {
        kafka.log().bury(partition, &record, "not understood").await.unwrap();
    }
    let letters = kafka.dead_letters().await.unwrap();
    let [letter] = letters.as_slice() else {
        panic!("{letters:?}")
    };
    assert_eq!((letter.partition, letter.offset), (partition, offset));
    assert_eq!((letter.reason.as_str(), &letter.payload), ("not understood", &payload));
    assert!(letter.at.as_millis() > 0);
    let (at, again) = kafka.replay(letter).await.unwrap();
    assert_eq!(at, partition);
    assert!(again > offset);
    let mut assignments = kafka.log().join().await.unwrap();
    let mut reader = loop {
        let reader = next(&mut assignments).await;
        if reader.partition() == partition {
            break reader;
        }
    };
    reader.seek(again).await.unwrap();
    assert_eq!(read(&mut reader, 1).await[0].payload, payload);
    drop((reader, assignments));
    kafka.close().await.unwrap();
}
