//! What people see of Talkline in Grafana, and what Prometheus tells them: dashboards, recording rules and alerts.
//!
//! All of it asks for metrics by the constants of [`talkline_metrics::catalog`], which the programs register, so a metric that is
//! renamed or gone does not compile here. What Grafana and Prometheus read is written by a test into `helm/talkline/dashboards`
//! and `dashboards/rules.yaml`; `docs/monitoring.md` says how the two get it.

pub mod board;
pub mod grafana;
pub mod promql;
pub mod rules;

pub use promql::Scope;
