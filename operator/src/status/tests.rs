//! What is said of what was seen, over a table.

use serde_json::{Value, json};

use super::*;
use crate::{
    build::{
        DEPLOYMENT,
        tests::{document, valid},
    },
    controller::reduced,
    load::Load,
    upkeep::Finding,
};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn cluster() -> ChatCluster {
    let mut cluster = talkline_crds::load(&document("  {}")).unwrap();
    cluster.metadata.generation = Some(3);
    cluster
}

fn applied() -> Outcome {
    Outcome::Applied(Box::new(valid("  {}")))
}

fn role(ready: i32) -> Role {
    Role {
        replicas: 2,
        ready,
        wanted: 2,
        updated: 2,
        is_current: true,
        stuck: None,
    }
}

fn seen(gateways: i32, workers: i32) -> Observed {
    Observed {
        gateway: role(gateways),
        worker: role(workers),
        servers: Vec::new(),
        way: None,
        load: Load::default(),
    }
}

fn said(outcome: &Outcome, observed: &Observed) -> ChatClusterStatus {
    status(&cluster(), outcome, observed, &ChatClusterStatus::default(), NOW)
}

/// A condition as `status/reason`.
fn of(status: &ChatClusterStatus, kind: &str) -> String {
    let found = status
        .conditions
        .iter()
        .find(|condition| condition.type_ == kind)
        .unwrap();
    format!("{}/{}", found.status, found.reason)
}

#[test]
fn ready_means_that_clients_can_chat() {
    let table = [
        (seen(0, 0), "False/NoGatewayReady"),
        (seen(1, 0), "False/NoWorkerReady"),
        (seen(1, 1), "True/ChatRuns"),
        (seen(2, 2), "True/ChatRuns"),
    ];
    for (observed, expected) in table {
        assert_eq!(of(&said(&applied(), &observed), "Ready"), expected);
    }
}

#[test]
fn a_rollout_is_said_and_so_is_its_end() {
    assert_eq!(of(&said(&applied(), &seen(1, 2)), "Progressing"), "True/RollingOut");
    let settled = said(&applied(), &seen(2, 2));
    assert_eq!(of(&settled, "Progressing"), "False/Settled");
    assert_eq!(settled.version.as_deref(), Some(env!("CARGO_PKG_VERSION")));
    let mut unseen = seen(2, 2);
    unseen.gateway.is_current = false;
    let rolling = said(&applied(), &unseen);
    assert_eq!(of(&rolling, "Progressing"), "True/RollingOut");
    assert_eq!(rolling.version, None, "pods differ");
}

#[test]
fn what_is_wrong_is_said_with_its_reason_and_chat_runs_on() {
    let wrong = Outcome::Invalid(vec![Invalid {
        field: "spec.image.tag".to_owned(),
        message: "9.0.0 is newer than this operator".to_owned(),
    }]);
    let status = said(&wrong, &seen(2, 2));
    assert_eq!(of(&status, "Degraded"), "True/InvalidSpec");
    assert_eq!(of(&status, "Ready"), "True/ChatRuns", "the last valid spec runs on");
    let nothing = said(&wrong, &Observed::default());
    assert_eq!(of(&nothing, "Ready"), "False/InvalidSpec");
    let failed = Outcome::failed("apply", "Deployment chat-gateway is not taken: no", Some(valid("  {}")));
    assert_eq!(of(&said(&failed, &seen(2, 2)), "Degraded"), "True/ApplyFailed");
    let missing = Outcome::failed("dereference", "Secret kafka-user is missing", None);
    assert_eq!(of(&said(&missing, &seen(0, 0)), "Degraded"), "True/ReferenceMissing");
}

#[test]
fn a_rollout_that_is_stuck_is_said_in_the_deployments_words() {
    let mut observed = seen(1, 2);
    observed.gateway.stuck = Some(("ProgressDeadlineExceeded".to_owned(), "it did not progress".to_owned()));
    assert_eq!(
        of(&said(&applied(), &observed), "Degraded"),
        "True/ProgressDeadlineExceeded"
    );
}

#[test]
fn a_pause_is_said() {
    let status = said(&Outcome::Paused(Box::new(valid("  {}"))), &seen(2, 2));
    assert_eq!(of(&status, "Paused"), "True/Paused");
    assert_eq!(of(&status, "Progressing"), "False/Paused");
    assert_eq!(of(&said(&applied(), &seen(2, 2)), "Paused"), "False/Active");
}

fn server(name: &'static str, pod: Option<Result<(), String>>, finding: Option<Finding>) -> Server {
    Server { name, pod, finding }
}

fn looked_at(manual: &[&str]) -> Option<Finding> {
    Some(Finding::Seen {
        manual: manual.iter().map(|line| (*line).to_owned()).collect(),
        drift: Vec::new(),
        unseen: Vec::new(),
    })
}

#[test]
fn every_server_has_conditions_of_its_own() {
    let mut observed = seen(2, 2);
    observed.servers = vec![
        server("Kafka", None, Some(Finding::Silent("kafka:9092: refused".to_owned()))),
        server("Redis", Some(Ok(())), looked_at(&[])),
        server("Mongo", None, None),
    ];
    let status = said(&applied(), &observed);
    assert_eq!(of(&status, "KafkaReachable"), "False/NoAnswer");
    assert_eq!(of(&status, "KafkaAsDeclared"), "Unknown/NoAnswer");
    assert_eq!(of(&status, "RedisReachable"), "True/PodReady");
    assert_eq!(of(&status, "RedisAsDeclared"), "True/AsDeclared");
    let mongo = status
        .conditions
        .iter()
        .find(|condition| condition.type_.starts_with("Mongo"));
    assert_eq!(mongo, None, "nobody has looked yet");
    assert_eq!(
        of(&status, "Ready"),
        "True/ChatRuns",
        "whether the operator reaches a server is not what chat rests on"
    );
    assert_eq!(of(&status, "Degraded"), "False/AsExpected");
}

#[test]
fn every_condition_has_a_page_that_is_named_after_it() {
    let mut observed = seen(2, 2);
    observed.servers = ["Kafka", "Mongo", "Redis"]
        .map(|name| server(name, None, looked_at(&[])))
        .into();
    observed.way = Some(way(Some(true)));
    let pages = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/conditions")).unwrap();
    let titles: Vec<String> = pages
        .map(|page| std::fs::read_to_string(page.unwrap().path()).unwrap())
        .filter_map(|page| Some(page.lines().next()?.strip_prefix("# ")?.to_owned()))
        .collect();
    for condition in said(&applied(), &observed).conditions {
        let named = |title: &String| title.split(", ").any(|name| name == condition.type_);
        assert!(
            titles.iter().any(named),
            "no page in docs/conditions for {}",
            condition.type_
        );
    }
}

fn way(is_open: Option<bool>) -> Way {
    Way {
        is_open,
        reason: "Because".to_owned(),
        message: "of it".to_owned(),
    }
}

#[test]
fn the_way_in_is_said_as_long_as_one_is_wanted() {
    let said_of = |is_open| {
        let mut observed = seen(2, 2);
        observed.way = Some(way(is_open));
        said(&applied(), &observed)
    };
    for (is_open, exposed, degraded) in [
        (Some(true), "True/Because", "False/AsExpected"),
        (Some(false), "False/Because", "True/NotExposed"),
        (None, "Unknown/Because", "False/AsExpected"),
    ] {
        let status = said_of(is_open);
        assert_eq!(of(&status, "Exposed"), exposed);
        assert_eq!(of(&status, "Degraded"), degraded);
    }
    let is_said = |after: &ChatClusterStatus| after.conditions.iter().any(|condition| condition.type_ == "Exposed");
    let before = said_of(Some(true));
    let wrong = Outcome::Invalid(Vec::new());
    assert!(is_said(&status(&cluster(), &wrong, &seen(2, 2), &before, NOW)));
    assert!(
        !is_said(&status(&cluster(), &applied(), &seen(2, 2), &before, NOW)),
        "none is wanted any more"
    );
}

#[test]
fn what_only_a_person_can_mend_is_said_twice() {
    let mut observed = seen(2, 2);
    observed.servers = vec![server("Kafka", None, looked_at(&["reassign the partitions"]))];
    let status = said(&applied(), &observed);
    assert_eq!(of(&status, "KafkaAsDeclared"), "False/ManualActionRequired");
    assert_eq!(of(&status, "Degraded"), "True/ManualActionRequired");
    let degraded = status
        .conditions
        .iter()
        .find(|condition| condition.type_ == "Degraded")
        .unwrap();
    assert_eq!(degraded.message, "Kafka: reassign the partitions");
}

#[test]
fn trap_a_status_that_says_the_same_is_the_same() {
    let first = said(&applied(), &seen(2, 2));
    let later = Timestamp::from_second(1_000_000).unwrap();
    let again = status(&cluster(), &applied(), &seen(2, 2), &first, later);
    assert_eq!(first, again, "no time moves while nothing turns, so nothing is written");
    let turned = status(&cluster(), &applied(), &seen(0, 2), &first, later);
    let ready = turned
        .conditions
        .iter()
        .find(|condition| condition.type_ == "Ready")
        .unwrap();
    assert_eq!(ready.last_transition_time.0, later);
    assert_eq!(ready.observed_generation, Some(3));
}

#[test]
fn what_is_not_known_while_the_spec_is_wrong_stays() {
    let mut observed = seen(2, 2);
    observed.servers = vec![server("Kafka", Some(Ok(())), None)];
    let first = said(&applied(), &observed);
    let wrong = Outcome::Invalid(Vec::new());
    let after = status(&cluster(), &wrong, &seen(2, 2), &first, NOW);
    assert_eq!(of(&after, "KafkaReachable"), "True/PodReady");
    assert_eq!((&after.endpoints, &after.plan), (&first.endpoints, &first.plan));
}

#[test]
fn where_clients_reach_it() {
    let inside = said(&applied(), &seen(2, 2)).endpoints.unwrap();
    assert_eq!(inside.url.as_deref(), Some("http://chat-gateway.team.svc:80"));
    assert_eq!(inside.url, inside.internal_url);
    let spec = "  gateway: { ingress: { host: chat.example.com, tlsSecret: tls } }";
    let outside = said(&Outcome::Applied(Box::new(valid(spec))), &seen(2, 2))
        .endpoints
        .unwrap();
    assert_eq!(outside.url.as_deref(), Some("https://chat.example.com"));
}

#[test]
fn a_deployment_as_it_is_kept_says_how_far_it_is() {
    let deployment: Value = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": "chat-gateway", "generation": 4 },
        "spec": { "replicas": 3 },
        "status": { "observedGeneration": 4, "replicas": 4, "readyReplicas": 3, "updatedReplicas": 1, "conditions": [
            { "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "slow" },
        ] },
    });
    let role = Role::of(&reduced(&DEPLOYMENT, deployment), Some(4));
    let expected = Role {
        replicas: 4,
        ready: 3,
        wanted: 3,
        updated: 1,
        is_current: true,
        stuck: Some(("ProgressDeadlineExceeded".to_owned(), "slow".to_owned())),
    };
    assert_eq!(role, expected);
    assert!(!role.is_settled());
}

#[test]
fn trap_what_others_annotate_is_no_rollout() {
    let of = |observed: i64, generation: i64, applied| {
        let deployment = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": "chat-gateway", "generation": generation },
            "spec": { "replicas": 2 },
            "status": { "observedGeneration": observed, "replicas": 2, "readyReplicas": 2, "updatedReplicas": 2 },
        });
        Role::of(&reduced(&DEPLOYMENT, deployment), applied).is_settled()
    };
    assert!(
        of(4, 5, Some(4)),
        "an annotation makes a new generation of a Deployment"
    );
    assert!(!of(4, 5, Some(5)), "what we applied was not seen yet");
    assert!(!of(4, 5, None), "nor is it known what we applied");
}

#[test]
fn trap_a_look_right_after_a_write_knows_what_was_written() {
    let mut cluster = cluster();
    let status = said(&applied(), &seen(2, 2));
    let written = Written {
        status: status.clone(),
        version: 8,
    };
    cluster.metadata.resource_version = Some("7".to_owned());
    assert_eq!(
        newest(&cluster, Some(&written)),
        status,
        "the watch has not brought it yet"
    );
    cluster.metadata.resource_version = Some("8".to_owned());
    assert_eq!(
        newest(&cluster, Some(&written)),
        ChatClusterStatus::default(),
        "what the watch brings counts"
    );
    assert_eq!(newest(&cluster, None), ChatClusterStatus::default());
}
