//! What a dashboard asks of Prometheus, once a person has chosen and Grafana has filled in the rest: for whoever runs it without Grafana.

use super::Dashboard;

/// Everything that a dashboard asks.
#[derive(Clone, Debug)]
pub struct Question {
    /// The panel that asks, or the variable.
    pub from: String,
    /// Its dashboard.
    pub dashboard: &'static str,
    /// What is asked.
    pub asked: Asked,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A query.
    Query {
        /// In Prometheus' language.
        expression: String,
        /// The name of a series, with labels as `{{label}}`.
        legend: &'static str,
    },
    /// The values of a label on the series that a selector finds.
    Values {
        /// The label.
        label: String,
        /// The selector.
        selector: String,
    },
}

impl Dashboard {
    /// Its questions, where everything was chosen (`.*`) and rates are taken over `window`.
    pub fn questions(&self, window: &str) -> Vec<Question> {
        let filled = |text: &str| self.filled(text, window);
        let question = |from: &str, asked| Question {
            from: from.to_owned(),
            dashboard: self.title,
            asked,
        };
        let variables = self.variables.iter().map(|variable| {
            let (label, selector) = (variable.name.to_owned(), filled(&variable.series));
            question(variable.label, Asked::Values { label, selector })
        });
        let annotations = self.annotations.iter();
        let annotations = annotations.map(|annotation| (annotation.name, &annotation.expression, annotation.text));
        let panels = self.rows.iter().flat_map(|row| &row.panels);
        let queries = panels.flat_map(|panel| {
            let queries = panel.queries.iter();
            queries.map(|query| (panel.title, &query.expression, query.legend))
        });
        let asked = annotations.chain(queries).map(|(from, expression, legend)| {
            let expression = filled(expression);
            question(from, Asked::Query { expression, legend })
        });
        variables.chain(asked).collect()
    }

    fn filled(&self, text: &str, window: &str) -> String {
        let text = text.replace("$__rate_interval", window);
        let variables = self.variables.iter();
        variables.fold(text, |text, variable| {
            text.replace(&format!("${}", variable.name), ".*")
        })
    }
}
