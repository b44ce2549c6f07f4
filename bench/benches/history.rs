//! A page of history: 50 of 10,000 messages, the newest and from the middle.
#![allow(missing_docs, clippy::expect_used, reason = "a benchmark")]

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use talkline_bench::{Machine, conversation, creation, logged, message, runtime};
use talkline_core::port::Range;

const MESSAGES: u64 = 10_000;
const PAGE: usize = 50;

fn history(c: &mut Criterion) {
    let runtime = runtime();
    let machine = runtime.block_on(Machine::open());
    let records = logged(0, [creation(0)].into_iter().chain((0..MESSAGES).map(|n| message(0, n))));
    runtime.block_on(async {
        let mut sequencer = machine.sequencer().await;
        for batch in records.chunks(512) {
            sequencer.process(batch).await.expect("processed");
        }
    });
    let store = machine.embedded.store();
    let mut group = c.benchmark_group("history");
    group.measurement_time(Duration::from_secs(5)).sample_size(20);
    for (name, before) in [("newest", u64::MAX), ("middle", MESSAGES / 2)] {
        group.bench_function(name, |b| {
            b.iter(|| {
                let page = runtime.block_on(store.page(conversation(0), Range::Before { from: 1, before }, PAGE));
                assert_eq!(page.expect("a page").messages.len(), PAGE);
            });
        });
    }
    group.finish();
    runtime.block_on(machine.embedded.close());
}

criterion_group!(benches, history);
criterion_main!(benches);
