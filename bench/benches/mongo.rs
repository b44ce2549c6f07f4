//! The worker's batch over MongoDB: what a message costs the server and this side in CPU, by the batch's size and the
//! number of conversations. Needs real servers: `e2e/servers/up.sh DIR mongo=1`, then `TALKLINE_SERVERS=DIR`.
#![allow(missing_docs, clippy::expect_used, clippy::print_stdout, reason = "a benchmark")]

use std::{fs, num::NonZeroUsize, time::Instant};

use prometheus_client::registry::Registry;
use talkline_bench::{Machine, creation, logged, message, runtime};
use talkline_cluster::{
    Secret,
    mongo::{self as adapter, Mongo},
};
use talkline_e2e::Servers;
use talkline_worker::{Metrics, Ports, Sequencer};

const MESSAGES: u64 = 16_000;
const ROOMS: [u64; 2] = [200, 4_000];
const SIZES: [u64; 4] = [1, 50, 200, 500];

/// CPU seconds that a process has used so far, in user mode and in the kernel: `/proc/PID/stat`, in ticks of 10 ms.
fn cpu(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("a running process");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("its name").split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<f64>().expect("ticks");
    (ticks(11) + ticks(12)) / 100.0
}

fn database() -> String {
    format!("talkline_bench_{:x}", std::process::id())
}

async fn connect(url: &str, index: bool) -> Mongo {
    let config = adapter::Config {
        url: Secret::new(url),
        database: database(),
        index,
        ..adapter::Config::default()
    };
    let metrics = adapter::Metrics::register(&mut Registry::default());
    Mongo::connect(&config, metrics).await.expect("MongoDB")
}

/// One worker that starts at the store's mark and has all conversations at hand once it has seen them.
async fn sequencer(machine: &Machine, mongo: &Mongo) -> Sequencer {
    let ports = Ports {
        log: machine.embedded.log(),
        store: mongo.store(),
        fan_out: machine.embedded.fan_out(),
        tracer: Default::default(),
        recent: machine.embedded.recent(),
    };
    let states = NonZeroUsize::new(10_000).expect("a number");
    let metrics = Metrics::register(&mut Registry::default());
    Sequencer::start(0, states, &ports, metrics).await.expect("a sequencer")
}

async fn run(url: &str, server: u32, index: bool) {
    let (machine, mongo) = (Machine::open().await, connect(url, index).await);
    let mut worker = sequencer(&machine, &mongo).await;
    let mut next = worker.position().number().max(1);
    for rooms in ROOMS {
        let creations = logged(next, (0..rooms).map(creation));
        next += rooms;
        for some in creations.chunks(500) {
            worker.process(some).await.expect("created");
        }
        for size in SIZES {
            let count = if size == 1 { MESSAGES / 32 } else { MESSAGES };
            let batches: Vec<_> = (0..count / size)
                .map(|batch| {
                    let first = next + batch * size;
                    logged(first, (first..first + size).map(|n| message(n % rooms, n)))
                })
                .collect();
            let done = batches.len() as u64 * size;
            next += done;
            let (start, theirs, ours) = (Instant::now(), cpu(server), cpu(std::process::id()));
            for batch in &batches {
                worker.process(batch).await.expect("processed");
                worker.mark().await.expect("marked");
            }
            let each = |seconds: f64| seconds * 1e6 / done as f64;
            println!(
                "rooms {rooms:>5}  batch {size:>3}  mongod {:>6.1} µs  this side {:>6.1} µs  elapsed {:>7.1} µs a message{}",
                each(cpu(server) - theirs),
                each(cpu(std::process::id()) - ours),
                each(start.elapsed().as_secs_f64()),
                if index { "  (search index running)" } else { "" },
            );
        }
    }
    mongo.close().await;
    let client = mongodb::Client::with_uri_str(url).await.expect("MongoDB");
    client.database(&database()).drop().await.expect("dropped");
    machine.embedded.close().await;
}

fn main() {
    let Some(servers) =
        Servers::shared("the benchmark of MongoDB").expect("servers, or a place to say that there are none")
    else {
        return;
    };
    let (url, server) = (
        servers.mongo().expect("MongoDB").to_owned(),
        servers.pid("mongo-1").expect("its process"),
    );
    let runtime = runtime();
    runtime.block_on(run(&url, server, false));
}
