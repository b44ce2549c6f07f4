//! Appending to the log: from the call to "it is on disk", by how many wait at the same time.
#![allow(missing_docs, clippy::expect_used, reason = "a benchmark")]

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures::stream::{self, StreamExt};
use talkline_bench::{Machine, conversation, message, payload, runtime};

fn append(c: &mut Criterion) {
    let runtime = runtime();
    let machine = runtime.block_on(Machine::open());
    let log = machine.embedded.log();
    let record = payload(&message(0, 0));
    let mut group = c.benchmark_group("append");
    group
        .throughput(Throughput::Elements(1))
        .measurement_time(Duration::from_secs(8))
        .sample_size(20);
    for at_once in [1, 64, 1_000] {
        group.bench_function(BenchmarkId::new("waiting", at_once), |b| {
            b.iter_custom(|count| {
                let start = Instant::now();
                runtime.block_on(async {
                    let appends =
                        stream::iter(0..count).map(|n| log.append(conversation(n % 1_000), record.clone(), None));
                    let done = appends.buffer_unordered(at_once);
                    done.for_each(async |place| {
                        place.expect("appended");
                    })
                    .await;
                });
                start.elapsed()
            });
        });
    }
    group.finish();
    runtime.block_on(machine.embedded.close());
}

criterion_group!(benches, append);
criterion_main!(benches);
