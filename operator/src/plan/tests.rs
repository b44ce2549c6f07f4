//! The planner against loads whose answer can be worked out by hand.

use talkline_crds::spec::Autoscaling;

use super::*;

fn of(change: impl FnOnce(&mut ChatClusterSpec)) -> Plan {
    let mut spec = ChatClusterSpec::default();
    spec.capacity.headroom_percent = 0;
    change(&mut spec);
    plan(&spec, Edition::First)
}

#[test]
fn what_was_measured_anew_is_cheaper_and_sizes_only_what_is_made_anew() {
    let mut spec = ChatClusterSpec::default();
    spec.capacity.messages_per_second = 20_000;
    let (first, second) = (plan(&spec, Edition::First), plan(&spec, Edition::Second));
    assert!(second.gateway.replicas < first.gateway.replicas, "{first:?} {second:?}");
    assert_eq!(plan(&spec, Edition::default()), second);
    assert_eq!(Edition::ALL.len(), talkline_costs::editions().len());
    for edition in Edition::ALL {
        assert_eq!(Edition::read(&edition.word()), edition);
    }
}

#[test]
fn a_small_team_gets_two_of_each_and_room_for_more_partitions() {
    let plan = of(|_| {});
    assert_eq!((plan.gateway.replicas, plan.worker.replicas), (2, 2));
    assert_eq!((plan.partitions, plan.shards), (12, 1));
    assert_eq!(plan.cost, None);
}

#[test]
fn sockets_alone_decide_when_nobody_talks() {
    let plan = of(|spec| spec.capacity.connections = 95_000);
    assert_eq!(plan.gateway.replicas, 10, "10,000 each");
    // 9,500 sockets of 23.8 KB and the base.
    assert_eq!(plan.gateway.memory_mib, 352);
    assert_eq!(
        plan.gateway.memory_limit_mib, 896,
        "20,000 sockets and the base, half as much again"
    );
}

#[test]
fn messages_alone_decide_when_few_are_connected() {
    let plan = of(|spec| {
        spec.capacity.messages_per_second = 20_000;
        spec.capacity.fan_out = 2;
        spec.capacity.requests_per_second = 1;
    });
    // 20,000 × 129 µs are 2.58 cores, at 1.2 cores a gateway; 20,000 × 66 µs are 1.32 cores, at 0.6 a worker.
    assert_eq!((plan.gateway.replicas, plan.worker.replicas), (3, 3));
    assert_eq!(
        plan.gateway.cpu_millis, 1_450,
        "2.58 cores over three, 60 % used, in steps of 50"
    );
    assert_eq!(plan.servers.mongo_millis, 3_240);
    assert_eq!(plan.shards, 1, "3.24 cores of 4.8");
}

#[test]
fn a_wide_fan_out_costs_deliveries_and_signals() {
    let narrow = of(|spec| spec.capacity.messages_per_second = 10_000);
    let wide = of(|spec| {
        spec.capacity.messages_per_second = 10_000;
        spec.capacity.fan_out = 100;
    });
    // 10,000 × (129 + 98 × 7.2 + (n − 2) × 8) µs and the requests' 12.8 ms, at 1.2 cores each: eight need 8.84 cores of 9.6.
    assert!(wide.gateway.replicas > narrow.gateway.replicas);
    assert_eq!(wide.gateway.replicas, 8);
    assert_eq!(
        wide.worker, narrow.worker,
        "a worker publishes once, however many listen"
    );
}

#[test]
fn more_load_never_asks_for_less() {
    let mut last = of(|spec| spec.capacity.messages_per_second = 1);
    for messages in [10, 100, 1_000, 2_000, 4_000, 10_000, 100_000, 1_000_000, 10_000_000] {
        let next = of(|spec| spec.capacity.messages_per_second = messages);
        let total = |plan: &Plan| {
            let cpu = |size: Size| u64::from(size.replicas) * size.cpu_millis;
            [
                cpu(plan.gateway),
                cpu(plan.worker),
                plan.partitions.into(),
                plan.shards.into(),
            ]
        };
        let ordered = total(&last).iter().zip(total(&next)).all(|(less, more)| *less <= more);
        assert!(ordered, "{last:?}\n{next:?}");
        last = next;
    }
}

#[test]
fn headroom_is_on_top_of_the_load() {
    let plan = of(|spec| {
        spec.capacity.connections = 100_000;
        spec.capacity.headroom_percent = 50;
    });
    assert_eq!(plan.gateway.replicas, 15);
}

#[test]
fn a_stated_number_stands_and_sizes_its_pods() {
    let planned = of(|spec| spec.capacity.messages_per_second = 20_000);
    let fixed = of(|spec| {
        spec.capacity.messages_per_second = 20_000;
        spec.worker.replicas = Some(6);
    });
    assert_eq!(fixed.worker.replicas, 6);
    assert!(fixed.worker.cpu_millis < planned.worker.cpu_millis);
    assert_eq!(fixed.partitions, 24);
}

#[test]
fn autoscaling_starts_within_its_bounds_and_has_a_partition_for_each_worker() {
    let plan = of(|spec| {
        spec.worker.autoscaling = Some(Autoscaling {
            min_replicas: 3,
            max_replicas: 90,
            ..Autoscaling::default()
        });
    });
    assert_eq!((plan.worker.replicas, plan.partitions), (3, 90));
}

#[test]
fn partitions_as_stated_are_never_changed() {
    let plan = of(|spec| {
        spec.kafka.partitions = Some(2);
        spec.capacity.messages_per_second = 1_000_000;
    });
    assert_eq!(plan.partitions, 2);
}
