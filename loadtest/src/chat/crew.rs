//! The goose attack: a few goose users that make every REST request of the run, each going once through the steps.

use std::{pin::Pin, sync::Arc};

use goose::{
    GooseAttack, GooseError,
    config::{GooseConfiguration, GooseDefault, GooseDefaultType},
    goose::{GooseUser, Scenario, Transaction, TransactionResult},
};

use super::{accounts, conversations, groups, jobs, load::Load, verify};

/// What goose runs for one step.
type Step = for<'u> fn(Arc<Load>, &'u mut GooseUser) -> Pin<Box<dyn Future<Output = TransactionResult> + Send + 'u>>;

/// The steps of every goose user, in this order.
const STEPS: [(&str, Step); 5] = [
    ("register or log in", |load, user| {
        Box::pin(accounts::register(load, user))
    }),
    ("open conversations", |load, user| {
        Box::pin(conversations::open(load, user))
    }),
    ("open idle groups", |load, user| Box::pin(groups::gather(load, user))),
    ("make requests", |load, user| Box::pin(jobs::serve(load, user))),
    ("compare histories", |load, user| Box::pin(verify::compare(load, user))),
];

/// Goose, ready to be executed.
///
/// # Errors
/// When goose refuses the configuration.
pub(super) fn attack(load: &Arc<Load>) -> Result<GooseAttack, GooseError> {
    let mut scenario = Scenario::new("chat");
    for (position, (name, step)) in STEPS.into_iter().enumerate() {
        let load = Arc::clone(load);
        let transaction = Transaction::new(Arc::new(move |user| step(Arc::clone(&load), user)));
        scenario = scenario.register_transaction(transaction.set_name(name).set_sequence(position + 1));
    }
    let crew = load.options.crew;
    let mut attack = *GooseAttack::initialize_with_config(GooseConfiguration::default())?
        .register_scenario(scenario)
        .set_default(GooseDefault::Host, load.targets.of(0).base())?
        .set_default(GooseDefault::Users, crew)?
        .set_default(GooseDefault::IncreaseRate, "1000")?
        .set_default(GooseDefault::Iterations, 1)?;
    // The run's own output says all of this; the controllers would open ports.
    for silenced in [
        GooseDefault::NoPrintMetrics,
        GooseDefault::NoTransactionMetrics,
        GooseDefault::NoScenarioMetrics,
        GooseDefault::NoTelnet,
    ] {
        attack = *attack.set_default(silenced, true)?;
    }
    attack = *attack.set_default(GooseDefault::Quiet, 2)?;
    match load.options.goose_report.as_deref() {
        Some(path) => Ok(*attack.set_default(GooseDefault::ReportFile, path)?),
        None => Ok(attack),
    }
}
