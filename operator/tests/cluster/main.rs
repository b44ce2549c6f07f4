//! The operator on a real API server with the real controllers and simulated nodes, from outside: ChatClusters are made, changed, broken
//! and deleted, load tests end in every way, and what comes of it is what counts. One Kubernetes for all of it, since each takes a while to start.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod operator;
mod scale;
mod servers;
mod stages;

use anyhow::Result;
use operator::Operator;
use talkline_testbed::{Definitions, Helm, Kubernetes, Mode};

#[test]
fn a_chatcluster_from_its_making_to_its_end() {
    let name = "a_chatcluster_from_its_making_to_its_end";
    let Some(kubernetes) = Kubernetes::start(Mode::Simulated, name).unwrap() else {
        return;
    };
    let Some(helm) = Helm::find(name).unwrap() else {
        return;
    };
    let Some(others) = Definitions::find(name).unwrap() else {
        return;
    };
    Operator::install(&kubernetes).unwrap();
    Operator::entitle(&kubernetes, &helm, "talkline", &[]).unwrap();
    stages::built_in_objects_are_taken_by_a_strict_api_server(&kubernetes).unwrap();
    let mut operator = Operator::start(&kubernetes, "first").unwrap();
    operator.until("it leads", |operator| operator.leads()).unwrap();
    let prometheus = stages::watch(&operator, "the dashboard of the operator").unwrap();
    stages::trap_an_operators_upgrade_rolls_nothing(&kubernetes, &mut operator).unwrap();
    let stage = stages::Stage::new(&kubernetes);
    stage.is_made_and_becomes_ready(&mut operator).unwrap();
    stage.at_rest_nothing_is_written(&mut operator).unwrap();
    stage.what_is_broken_is_mended(&mut operator).unwrap();
    stage.a_changed_setting_rolls_the_pods(&mut operator).unwrap();
    stage.a_changed_secret_rolls_the_pods(&mut operator).unwrap();
    stage.a_pause_holds(&mut operator).unwrap();
    stage.load_tests_end_whatever_happens(&mut operator).unwrap();
    stage
        .trap_replicas_survive_the_way_to_autoscaling_and_back(&mut operator)
        .unwrap();
    stage
        .what_cannot_be_had_is_said_and_chat_runs_on(&mut operator)
        .unwrap();
    stage.an_optional_api_comes_and_goes(&mut operator, &others).unwrap();
    if let Some(prometheus) = prometheus {
        stages::every_panel_about_the_operator_shows_it(&prometheus).unwrap();
    }
    let mut operator = operators_end_anywhere(&stage, operator).unwrap();
    stage
        .what_the_api_server_refuses_is_said_and_tried_again(&mut operator)
        .unwrap();
    stage.others_who_write_hold_nobody_up(&mut operator).unwrap();
    stage.a_write_that_meets_anothers_is_tried_again(&mut operator).unwrap();
    stage.what_is_asked_for_late_comes_and_goes(&mut operator).unwrap();
    stage.a_kafka_of_strimzis(&mut operator, &others).unwrap();
    stage.leftovers_of_every_kind_go(&mut operator, &others).unwrap();
    stage.a_bad_object_poisons_nobody(&mut operator).unwrap();
    stage.deletion_leaves_nothing(&mut operator).unwrap();
    stage.each_right_is_used_and_none_is_missing(&helm).unwrap();
    assert!(operator.stop().unwrap().success());
    stages::an_operator_of_some_namespaces_keeps_to_them(&kubernetes, &helm).unwrap();
}

/// Whatever an operator was about to do, the next one does.
fn operators_end_anywhere(stage: &stages::Stage<'_>, operator: Operator) -> Result<Operator> {
    let operator = stage.a_killed_operator_is_followed_by_another(operator)?;
    let operator = stage.a_leader_without_an_api_server_ends(operator)?;
    let operator = stage.an_operator_killed_at_every_step_converges(operator)?;
    let operator = stage.one_killed_at_every_write_of_a_change_converges(operator)?;
    stage.watches_that_are_cut_are_taken_up_again(operator)
}
