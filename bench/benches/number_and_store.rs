//! The worker's batch: facts, fold, write, publish, mark; by the batch's size, in 200 conversations.
#![allow(missing_docs, clippy::expect_used, reason = "a benchmark")]

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use talkline_bench::{Machine, creation, logged, message, runtime};

const CONVERSATIONS: u64 = 200;

fn number_and_store(c: &mut Criterion) {
    let runtime = runtime();
    let machine = runtime.block_on(Machine::open());
    let mut sequencer = runtime.block_on(machine.sequencer());
    let creations = logged(0, (0..CONVERSATIONS).map(creation));
    runtime.block_on(sequencer.process(&creations)).expect("created");
    let mut next = CONVERSATIONS;
    let mut group = c.benchmark_group("number_and_store");
    group.measurement_time(Duration::from_secs(8)).sample_size(20);
    for size in [1, 16, 200, 512] {
        group.throughput(Throughput::Elements(size));
        group.bench_function(BenchmarkId::new("batch", size), |b| {
            b.iter_custom(|count| {
                let mut spent = Duration::ZERO;
                for _ in 0..count {
                    let batch = logged(next, (next..next + size).map(|n| message(n % CONVERSATIONS, n)));
                    next += size;
                    let start = Instant::now();
                    runtime.block_on(sequencer.process(&batch)).expect("processed");
                    runtime.block_on(sequencer.mark()).expect("marked");
                    spent += start.elapsed();
                }
                spent
            });
        });
    }
    group.finish();
    drop(sequencer);
    runtime.block_on(machine.embedded.close());
}

criterion_group!(benches, number_and_store);
criterion_main!(benches);
