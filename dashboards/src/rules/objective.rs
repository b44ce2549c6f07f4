//! The objectives, and alerts when they are missed so fast that the month's budget of errors will not last.
//!
//! Windows and factors are those of Google's Site Reliability Workbook, chapter 5, for 30 days: 2 % of the budget in an hour or 5 %
//! in six hours wake somebody up, 10 % in three days make work for tomorrow. The shorter window of each pair ends the alert soon
//! after the errors have ended.

use talkline_metrics::catalog::{gateway, label, target};

use super::{Alert, Rule, Severity};
use crate::promql::Scope;

/// Over which errors are counted, ascending.
pub const WINDOWS: [&str; 7] = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"];

/// A chat is told apart by these.
const CHAT: [&str; 2] = [target::NAMESPACE, target::CHATCLUSTER];

/// Seconds within which a message is delivered.
const DELIVERED_WITHIN: f64 = 0.5;

/// Something that is promised of so large a part of all cases.
#[derive(Clone, Copy, Debug)]
pub struct Objective {
    /// A word for it in names.
    pub name: &'static str,
    /// What is promised.
    pub promise: &'static str,
    /// Of all cases, 0 to 1.
    pub target: f64,
    /// The part of cases in which it was not kept.
    errors: fn(&Scope) -> String,
    /// Of its alerts.
    alert: &'static str,
    summary: &'static str,
    description: &'static str,
}

impl Objective {
    /// All of them.
    pub const ALL: [Self; 3] = [
        Self {
            name: "sends",
            promise: "Messages are accepted",
            target: 0.999,
            errors: sends,
            alert: "TalklineSendBudgetBurns",
            summary: "Messages are not accepted, through no fault of who sends them.",
            description: "{{ $value | humanizePercentage }} of the sends in {{ $labels.namespace }}/{{ $labels.chatcluster }} failed inside the platform; 0.1% may. Look at the log (Kafka), then at the gateways.",
        },
        Self {
            name: "requests",
            promise: "Requests are answered",
            target: 0.999,
            errors: requests,
            alert: "TalklineRequestBudgetBurns",
            summary: "Requests over REST fail inside the platform.",
            description: "{{ $value | humanizePercentage }} of the requests in {{ $labels.namespace }}/{{ $labels.chatcluster }} got a 5xx; 0.1% may. The gateway's dashboard says which routes; the store (MongoDB) is the usual cause.",
        },
        Self {
            name: "delivery",
            promise: "Messages arrive within 500 ms",
            target: 0.99,
            errors: delivery,
            alert: "TalklineDeliveryBudgetBurns",
            summary: "Messages arrive late.",
            description: "{{ $value | humanizePercentage }} of the messages in {{ $labels.namespace }}/{{ $labels.chatcluster }} took longer than 500 ms from acceptance to the sockets; 1% may. Look at the workers' lag, then at the store and the bus.",
        },
    ];

    /// The part of cases that may fail.
    pub fn budget(&self) -> f64 {
        // Without the noise of the last binary digit: 0.001, not 0.0010000000000000009.
        ((1.0 - self.target) * 1e6).round() / 1e6
    }

    /// The series that a rule keeps of the errors over a window, for each chat.
    pub fn recorded(&self, window: &str) -> String {
        format!("chatcluster:talkline_{}_errors:ratio_rate{window}", self.name)
    }

    /// Errors over two windows that both exceed the budget so many times.
    fn burns(&self, scope: &Scope, factor: f64, long: &str, short: &str) -> String {
        let over = |window| format!("{} > {factor} * {}", scope.named(&self.recorded(window)), self.budget());
        format!("({} and {})", over(long), over(short))
    }

    fn alert(&self, severity: Severity, holds: &'static str, pairs: [String; 2]) -> Rule {
        Rule::Alert(Alert {
            name: self.alert,
            severity,
            expression: pairs.join(" or "),
            holds,
            summary: self.summary,
            description: self.description,
        })
    }

    fn rules(&self, scope: &Scope) -> Vec<Rule> {
        let records = WINDOWS.iter().map(|window| Rule::Record {
            name: self.recorded(window),
            expression: (self.errors)(&scope.over(*window)),
        });
        let burns = |factor, long, short| self.burns(scope, factor, long, short);
        let alerts = [
            self.alert(
                Severity::Critical,
                "2m",
                [burns(14.4, "1h", "5m"), burns(6.0, "6h", "30m")],
            ),
            self.alert(
                Severity::Warning,
                "15m",
                [burns(3.0, "1d", "2h"), burns(1.0, "3d", "6h")],
            ),
        ];
        records.chain(alerts).collect()
    }
}

pub(super) fn rules(scope: &Scope) -> Vec<Rule> {
    Objective::ALL
        .iter()
        .flat_map(|objective| objective.rules(scope))
        .collect()
}

/// What a client could have done better is no error of ours. Where nothing happens, there is nothing to divide, and no series.
fn sends(scope: &Scope) -> String {
    let sends = || scope.of(&gateway::SENDS).by(&CHAT);
    let failed = sends().among(label::OUTCOME, &gateway::FAULTS);
    format!("{} / ({} > 0)", failed.rate(), sends().rate())
}

fn requests(scope: &Scope) -> String {
    let requests = || scope.of(&gateway::HTTP_REQUEST_DURATION).by(&CHAT);
    let answered = requests().but(label::STATUS, "5xx");
    format!("1 - {} / ({} > 0)", answered.rate(), requests().rate())
}

fn delivery(scope: &Scope) -> String {
    scope.of(&gateway::DELIVERY).by(&CHAT).share_above(DELIVERED_WITHIN)
}
