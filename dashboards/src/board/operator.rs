//! The operator: how many ChatClusters it looks after, how fast, and what it cannot do.

use talkline_metrics::catalog::{label, operator, target};

use super::{chosen, process, uid};
use crate::{
    grafana::{Dashboard, Panel, Row, Unit, Variable},
    promql::Scope,
};

/// Of an operator, no ChatCluster is asked.
fn operators() -> Scope {
    chosen(&[target::NAMESPACE, target::POD])
}

pub(super) fn board() -> Dashboard {
    let metric = operator::CLUSTERS.name;
    Dashboard {
        uid: uid::OPERATOR,
        title: "Talkline / Operator fleet",
        description: "The operators of all ChatClusters. Chats go on without them; changes wait.",
        variables: vec![
            Variable::of(target::NAMESPACE, "Namespace", &chosen(&[]), metric),
            Variable::of(target::POD, "Pod", &chosen(&[target::NAMESPACE]), metric),
        ],
        annotations: Vec::new(),
        rows: vec![fleet(), reconciles(), objects(), process::row(&operators())],
    }
}

fn fleet() -> Row {
    let operators = operators();
    let reconciles = operators.of(&operator::RECONCILE);
    Row {
        title: "Fleet",
        panels: vec![
            Panel::stat(Unit::Count, "ChatClusters", "Looked after by the operator that leads.")
                .ask(operators.of(&operator::CLUSTERS).max(), "ChatClusters"),
            Panel::stat(Unit::Count, "Operators that lead", "1, always. The others stand by.")
                .ask(operators.of(&operator::LEADS).sum(), "leading")
                .below(1.0, 1.0),
            Panel::stat(Unit::PerSecond, "Reconciles", "Of all ChatClusters together.")
                .ask(reconciles.rate(), "reconciles"),
            Panel::stat(
                Unit::Seconds,
                "Reconcile, p99",
                "From taking a ChatCluster up to having written its status.",
            )
            .ask(reconciles.quantile(0.99), "p99")
            .above(1.0, 5.0),
        ],
    }
}

fn reconciles() -> Row {
    let operators = operators();
    Row {
        title: "Reconciles",
        panels: vec![
            Panel::stacked(
                Unit::PerSecond,
                "Reconciles, by outcome",
                "`invalid` is a spec that somebody must mend, `failed` a step that is tried again.",
            )
            .ask(
                operators.of(&operator::RECONCILE).by(&[label::OUTCOME]).rate(),
                "{{outcome}}",
            ),
            Panel::lines(
                Unit::Seconds,
                "Duration of steps, p99",
                "Steps with a client follow the API server; `build` and `validate` are arithmetic.",
            )
            .ask(
                operators.of(&operator::STEPS).by(&[label::STEP]).quantile(0.99),
                "{{step}}",
            )
            .above(1.0, 5.0),
            Panel::stacked(
                Unit::PerSecond,
                "Steps that failed",
                "By step. The ChatCluster's condition Degraded has the reason.",
            )
            .ask(
                operators.of(&operator::STEP_FAILURES).by(&[label::STEP]).rate(),
                "{{step}}",
            )
            .above(0.01, 0.1),
        ],
    }
}

fn objects() -> Row {
    let operators = operators();
    Row {
        title: "Objects",
        panels: vec![
            Panel::stacked(
                Unit::PerSecond,
                "Objects applied, by kind",
                "At rest there are none. A steady rate is somebody else who changes them back.",
            )
            .ask(operators.of(&operator::APPLIES).by(&[label::KIND]).rate(), "{{kind}}"),
            Panel::stacked(
                Unit::PerSecond,
                "Objects applied, by outcome",
                "`failed` is tried again, with the whole reconcile.",
            )
            .ask(
                operators.of(&operator::APPLIES).by(&[label::OUTCOME]).rate(),
                "{{outcome}}",
            ),
            Panel::stacked(
                Unit::PerSecond,
                "Objects removed, by kind",
                "They are not wanted any more.",
            )
            .ask(operators.of(&operator::REMOVALS).by(&[label::KIND]).rate(), "{{kind}}"),
        ],
    }
}
