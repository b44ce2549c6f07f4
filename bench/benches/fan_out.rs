//! The fan-out in memory: from publishing to the inboxes of so many gateways.
#![allow(missing_docs, clippy::expect_used, reason = "a benchmark")]

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use talkline_bench::{ANN, Machine, conversation, runtime};
use talkline_core::{
    event::{Channel, Event, EventBody, Signal},
    port::{FanOut, Inbox, Subscription},
};

type Attached = (Box<dyn Subscription>, Box<dyn Inbox>);

async fn attach(fan_out: &dyn FanOut) -> Attached {
    let (subscription, inbox) = fan_out.attach().await.expect("attached");
    subscription
        .subscribe(&[Channel::Conversation(conversation(0))])
        .await
        .expect("subscribed");
    (subscription, inbox)
}

fn fan_out(c: &mut Criterion) {
    let runtime = runtime();
    let machine = runtime.block_on(Machine::open());
    let fan_out = machine.embedded.fan_out();
    let body = EventBody::Typing {
        user: ANN,
        typing: true,
    };
    let signal = Signal::Conversation(Event::passing(conversation(0), body));
    let mut group = c.benchmark_group("fan_out");
    group.measurement_time(Duration::from_secs(3)).sample_size(20);
    for gateways in [1, 10] {
        group.throughput(Throughput::Elements(gateways));
        let mut attached: Vec<_> = (0..gateways).map(|_| runtime.block_on(attach(&*fan_out))).collect();
        group.bench_function(BenchmarkId::new("gateways", gateways), |b| {
            b.iter_custom(|count| {
                let start = Instant::now();
                runtime.block_on(async {
                    for _ in 0..count {
                        fan_out.publish(vec![signal.clone()]).await.expect("published");
                        for (_, inbox) in &mut attached {
                            inbox.next().await.expect("open").expect("nothing lost");
                        }
                    }
                });
                start.elapsed()
            });
        });
    }
    group.finish();
    runtime.block_on(machine.embedded.close());
}

criterion_group!(benches, fan_out);
criterion_main!(benches);
