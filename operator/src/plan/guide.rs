//! The table in `docs/sizing.md`, made by the planner itself. `TALKLINE_UPDATE=1` writes it anew.

use std::fs;

use talkline_crds::{ChatClusterSpec, spec::Prices};

use super::{Edition, Plan, Size, plan};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/sizing.md");
/// What stands before the table, and behind it.
const MARKS: [&str; 2] = ["<!-- made by the planner -->\n", "<!-- up to here -->\n"];

/// Connections, and what a hundred of them do in a second: a message among ten people, and a request.
const SIZES: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];
const PER_SECOND: u32 = 100;

fn of(connections: u32) -> Plan {
    let mut spec = ChatClusterSpec::default();
    let capacity = &mut spec.capacity;
    capacity.connections = connections;
    capacity.messages_per_second = connections / PER_SECOND;
    capacity.requests_per_second = connections / PER_SECOND;
    capacity.prices = Some(Prices {
        currency: "EUR".to_owned(),
        cpu_hour: "0.031".to_owned(),
        memory_gib_hour: "0.0042".to_owned(),
    });
    plan(&spec, Edition::default())
}

fn table() -> String {
    let head = "| connections | messages/s, requests/s | gateways | workers | partitions | shards | cores of Kafka, MongoDB, Redis | a month |\n\
        |---|---|---|---|---|---|---|---|\n";
    let rows = SIZES.map(|connections| {
        let Plan {
            gateway,
            worker,
            partitions,
            shards,
            servers,
            cost,
        } = of(connections);
        let cores = [servers.kafka_millis, servers.mongo_millis, servers.redis_millis]
            .map(cores)
            .join(", ");
        let (connections, load) = (grouped(connections), grouped(connections / PER_SECOND));
        let cost = cost.map(|cost| cost.to_string()).unwrap_or_default();
        format!(
            "| {connections} | {load} | {} | {} | {partitions} | {shards} | {cores} | {cost} |\n",
            pods(gateway),
            pods(worker)
        )
    });
    head.to_owned() + &rows.concat()
}

fn pods(size: Size) -> String {
    let Size {
        replicas,
        cpu_millis,
        memory_mib,
        ..
    } = size;
    format!("{replicas} of {} cores, {memory_mib} MiB", cores(cpu_millis))
}

fn cores(millis: u64) -> String {
    format!("{:.2}", millis as f64 / 1_000.0)
}

/// With a comma before every third digit from the right.
fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap())
        .collect();
    groups.join(",")
}

#[test]
fn the_guides_table_is_the_planners() {
    let page = fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(MARKS[0]).unwrap();
    let (written, after) = rest.split_once(MARKS[1]).unwrap();
    let table = table();
    if std::env::var_os("TALKLINE_UPDATE").is_some() {
        fs::write(PAGE, [before, MARKS[0], &table, MARKS[1], after].concat()).unwrap();
        return;
    }
    assert!(
        written == table,
        "docs/sizing.md: TALKLINE_UPDATE=1 cargo test -p talkline-operator guide\n{table}"
    );
}
