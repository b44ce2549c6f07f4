//! Dashboards as they are thought of: rows of panels, from symptom to cause. How Grafana writes them is in `json`.

mod json;
mod own;
mod question;

pub use own::Chat;
pub use question::{Asked, Question};

use crate::promql::Scope;

/// A page of Grafana.
#[derive(Clone, Debug)]
pub struct Dashboard {
    /// Its address: `/d/UID`. The JSON's file is named after it.
    pub uid: &'static str,
    /// Its name.
    pub title: &'static str,
    /// What it is for, and where to go from it.
    pub description: &'static str,
    /// What a person chooses by.
    pub variables: Vec<Variable>,
    /// Vertical lines over the panels.
    pub annotations: Vec<Annotation>,
    /// Its panels.
    pub rows: Vec<Row>,
}

/// Panels under a heading.
#[derive(Clone, Debug)]
pub struct Row {
    /// The heading.
    pub title: &'static str,
    /// The panels, from left to right, in as many lines as they need.
    pub panels: Vec<Panel>,
}

/// One picture.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What is shown.
    pub title: &'static str,
    /// How it is read, and what it should look like.
    pub description: &'static str,
    /// In which form.
    pub form: Form,
    /// Of its values.
    pub unit: Unit,
    /// What is asked of Prometheus.
    pub queries: Vec<Query>,
    /// Where values begin to be a worry.
    pub thresholds: Thresholds,
    /// Of 24 columns.
    pub width: u32,
    /// In Grafana's units of 30 pixels.
    pub height: u32,
    /// The dashboard that says more.
    pub more: Option<&'static str>,
}

/// How values are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A line a series.
    Lines,
    /// Series on top of each other.
    Stacked,
    /// A line that stays where it is until it changes.
    Steps,
    /// The newest value, large.
    Stat,
    /// How many values were how large, over time.
    Heatmap,
}

/// What values are counted in, by Grafana's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Things a second.
    PerSecond,
    /// Requests a second.
    RequestsPerSecond,
    /// Seconds.
    Seconds,
    /// Bytes, in powers of 1024.
    Bytes,
    /// Bytes a second.
    BytesPerSecond,
    /// 0 to 1, shown as percent.
    Share,
    /// So many times.
    Times,
}

/// Something asked of Prometheus.
#[derive(Clone, Debug)]
pub struct Query {
    /// In its language.
    pub expression: String,
    /// The name of a series, with labels as `{{label}}`.
    pub legend: &'static str,
    /// Whether it is asked once, and not for each point of the shown time.
    pub once: bool,
}

/// Where a value turns from good.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Thresholds {
    /// Nowhere.
    None,
    /// Above these: first a warning, then bad.
    Above(f64, f64),
    /// Below these: first a warning, then bad.
    Below(f64, f64),
}

/// Values of a label, of which a person chooses some.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The name in queries: `$name`.
    pub name: &'static str,
    /// The name for people.
    pub label: &'static str,
    /// The series whose values of this label it offers.
    pub series: String,
}

/// Points in time that are marked.
#[derive(Clone, Debug)]
pub struct Annotation {
    /// What they are.
    pub name: &'static str,
    /// What is asked of Prometheus.
    pub expression: String,
    /// What stands beside a line.
    pub text: &'static str,
    /// When it is.
    pub at: At,
}

/// The point in time that a sample marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Its own; samples that follow each other are one region.
    Sample,
    /// Its value, in milliseconds since 1970.
    Value,
}

impl Panel {
    /// One without queries, thresholds and links yet.
    pub fn new(form: Form, unit: Unit, title: &'static str, description: &'static str) -> Self {
        Self {
            title,
            description,
            form,
            unit,
            queries: Vec::new(),
            thresholds: Thresholds::None,
            width: if form == Form::Stat { 6 } else { 8 },
            height: if form == Form::Stat { 4 } else { 8 },
            more: None,
        }
    }

    /// Lines.
    pub fn lines(unit: Unit, title: &'static str, description: &'static str) -> Self {
        Self::new(Form::Lines, unit, title, description)
    }

    /// Series on top of each other, since their sum means something.
    pub fn stacked(unit: Unit, title: &'static str, description: &'static str) -> Self {
        Self::new(Form::Stacked, unit, title, description)
    }

    /// Lines that stay where they are until something changes.
    pub fn steps(unit: Unit, title: &'static str, description: &'static str) -> Self {
        Self::new(Form::Steps, unit, title, description)
    }

    /// One large number.
    pub fn stat(unit: Unit, title: &'static str, description: &'static str) -> Self {
        Self::new(Form::Stat, unit, title, description)
    }

    /// The same, and this is asked too.
    #[must_use]
    pub fn ask(self, expression: impl Into<String>, legend: &'static str) -> Self {
        self.asking(expression.into(), legend, false)
    }

    /// The same, and this is asked too, of the end of the shown time alone.
    #[must_use]
    pub fn ask_once(self, expression: impl Into<String>, legend: &'static str) -> Self {
        self.asking(expression.into(), legend, true)
    }

    fn asking(mut self, expression: String, legend: &'static str, once: bool) -> Self {
        self.queries.push(Query {
            expression,
            legend,
            once,
        });
        self
    }

    /// The same, where more than `warning` is a worry and more than `bad` is bad.
    #[must_use]
    pub fn above(mut self, warning: f64, bad: f64) -> Self {
        self.thresholds = Thresholds::Above(warning, bad);
        self
    }

    /// The same, where less than `warning` is a worry and less than `bad` is bad.
    #[must_use]
    pub fn below(mut self, warning: f64, bad: f64) -> Self {
        self.thresholds = Thresholds::Below(warning, bad);
        self
    }

    /// The same, with a link to the dashboard that says more.
    #[must_use]
    pub fn more(mut self, uid: &'static str) -> Self {
        self.more = Some(uid);
        self
    }

    /// The same, that many of 24 columns wide.
    #[must_use]
    pub fn wide(mut self, width: u32) -> Self {
        self.width = width;
        self
    }
}

impl Variable {
    /// The values of a label on the series of a metric.
    pub fn of(name: &'static str, label: &'static str, scope: &Scope, metric: &str) -> Self {
        Self {
            name,
            label,
            series: scope.named(metric),
        }
    }
}
