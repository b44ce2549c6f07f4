//! Dashboards as Grafana reads them: its JSON of `schemaVersion` 42.

use serde_json::{Value, json};

use super::{Annotation, At, Dashboard, Form, Panel, Query, Row, Thresholds, Unit, Variable};

/// Grafana's own version of the form of this JSON.
const SCHEMA: u32 = 42;
/// Columns of a page.
const COLUMNS: u32 = 24;
/// The data source that a person chose.
const DATASOURCE: &str = "${datasource}";
/// The tag by which the dashboards find each other.
const TAG: &str = "talkline";

impl Dashboard {
    /// The JSON.
    pub fn json(&self) -> Value {
        json!({
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": [TAG],
            "schemaVersion": SCHEMA,
            "version": 1,
            "editable": false,
            "graphTooltip": 1,
            "timezone": "browser",
            "refresh": "30s",
            "time": { "from": "now-1h", "to": "now" },
            "timepicker": {},
            "fiscalYearStartMonth": 0,
            "liveNow": false,
            "links": [others()],
            "annotations": { "list": self.annotations.iter().map(annotation).collect::<Vec<_>>() },
            "templating": { "list": self.templating() },
            "panels": self.panels(),
        })
    }

    fn templating(&self) -> Vec<Value> {
        let source = json!({
            "name": "datasource",
            "label": "Data source",
            "type": "datasource",
            "query": "prometheus",
            "regex": "",
            "hide": 0,
            "multi": false,
            "includeAll": false,
            "current": {},
            "options": [],
            "refresh": 1,
        });
        [source]
            .into_iter()
            .chain(self.variables.iter().map(variable))
            .collect()
    }

    /// Row by row, each from left to right in lines of [`COLUMNS`].
    fn panels(&self) -> Vec<Value> {
        let mut panels = Vec::new();
        let mut y = 0;
        for row in &self.rows {
            panels.push(heading(row, panels.len(), y));
            y += 1;
            let (mut x, mut height) = (0, 0);
            for panel in &row.panels {
                if x + panel.width > COLUMNS {
                    (x, y, height) = (0, y + height, 0);
                }
                panels.push(panel.json(panels.len(), x, y));
                x += panel.width;
                height = height.max(panel.height);
            }
            y += height;
        }
        panels
    }
}

/// A link to all dashboards that have the tag, with what was chosen here.
fn others() -> Value {
    json!({
        "title": "Talkline",
        "type": "dashboards",
        "tags": [TAG],
        "asDropdown": false,
        "includeVars": true,
        "keepTime": true,
        "targetBlank": false,
        "icon": "external link",
        "tooltip": "",
        "url": "",
    })
}

fn source() -> Value {
    json!({ "type": "prometheus", "uid": DATASOURCE })
}

fn variable(variable: &Variable) -> Value {
    let query = format!("label_values({}, {})", variable.series, variable.name);
    json!({
        "name": variable.name,
        "label": variable.label,
        "type": "query",
        "datasource": source(),
        "definition": query,
        "query": { "query": query, "refId": "variable", "qryType": 1 },
        "refresh": 2,
        "sort": 1,
        "hide": 0,
        "multi": true,
        "includeAll": true,
        "allValue": ".*",
        "current": { "selected": true, "text": ["All"], "value": ["$__all"] },
        "regex": "",
        "options": [],
    })
}

fn annotation(annotation: &Annotation) -> Value {
    json!({
        "name": annotation.name,
        "datasource": source(),
        "enable": true,
        "hide": false,
        "iconColor": "blue",
        "expr": annotation.expression,
        "step": "30s",
        "useValueForTime": if annotation.at == At::Value { "on" } else { "off" },
        "titleFormat": annotation.name,
        "textFormat": annotation.text,
    })
}

fn heading(row: &Row, index: usize, y: u32) -> Value {
    json!({
        "id": index + 1,
        "type": "row",
        "title": row.title,
        "collapsed": false,
        "gridPos": { "x": 0, "y": y, "w": COLUMNS, "h": 1 },
        "panels": [],
    })
}

impl Panel {
    fn json(&self, index: usize, x: u32, y: u32) -> Value {
        let targets = self.queries.iter().zip('A'..).map(|(query, id)| self.target(query, id));
        let links = self.more.iter().map(|uid| link(uid));
        json!({
            "id": index + 1,
            "type": self.kind(),
            "title": self.title,
            "description": self.description,
            "datasource": source(),
            "gridPos": { "x": x, "y": y, "w": self.width, "h": self.height },
            "targets": targets.collect::<Vec<_>>(),
            "links": links.collect::<Vec<_>>(),
            "fieldConfig": { "defaults": self.defaults(), "overrides": [] },
            "options": self.options(),
        })
    }

    fn kind(&self) -> &'static str {
        match self.form {
            Form::Lines | Form::Stacked | Form::Steps => "timeseries",
            Form::Stat => "stat",
            Form::Heatmap => "heatmap",
        }
    }

    fn target(&self, query: &Query, id: char) -> Value {
        json!({
            "refId": id,
            "datasource": source(),
            "editorMode": "code",
            "expr": query.expression,
            "legendFormat": query.legend,
            "range": !query.once,
            "instant": query.once,
            "format": if self.form == Form::Heatmap { "heatmap" } else { "time_series" },
        })
    }

    fn defaults(&self) -> Value {
        let stacking = if self.form == Form::Stacked { "normal" } else { "none" };
        let mut defaults = json!({
            "unit": self.unit.name(),
            "color": { "mode": if self.form == Form::Stat { "thresholds" } else { "palette-classic" } },
            "thresholds": { "mode": "absolute", "steps": self.thresholds.steps() },
            "custom": {
                "drawStyle": "line",
                "lineInterpolation": if self.form == Form::Steps { "stepAfter" } else { "linear" },
                "lineWidth": 1,
                "fillOpacity": if self.form == Form::Stacked { 30 } else { 8 },
                "showPoints": "never",
                "spanNulls": false,
                "stacking": { "mode": stacking, "group": "A" },
                "thresholdsStyle": { "mode": if self.thresholds == Thresholds::None { "off" } else { "dashed" } },
            },
        });
        if self.form != Form::Stat {
            defaults["min"] = 0.into();
        }
        defaults
    }

    fn options(&self) -> Value {
        match self.form {
            Form::Stat => json!({
                "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false },
                "colorMode": if self.thresholds == Thresholds::None { "none" } else { "value" },
                "graphMode": "area",
                "textMode": "auto",
                "justifyMode": "auto",
                "orientation": "auto",
            }),
            Form::Heatmap => json!({
                "calculate": false,
                "cellGap": 1,
                "color": { "mode": "scheme", "scheme": "Oranges", "steps": 64, "reverse": false, "exponent": 0.5, "fill": "dark-orange", "scale": "exponential" },
                "filterValues": { "le": 1e-9 },
                "legend": { "show": true },
                "rowsFrame": { "layout": "auto" },
                "showValue": "never",
                "tooltip": { "mode": "single", "yHistogram": true },
                "yAxis": { "axisPlacement": "left", "unit": self.unit.name(), "reverse": false },
            }),
            Form::Lines | Form::Stacked | Form::Steps => json!({
                "legend": { "displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull", "max"], "showLegend": true },
                "tooltip": { "mode": "multi", "sort": "desc" },
            }),
        }
    }
}

/// To another dashboard, with what was chosen here.
fn link(uid: &str) -> Value {
    json!({ "title": "More", "url": format!("/d/{uid}?${{__url_time_range}}&${{__all_variables}}"), "targetBlank": false })
}

impl Thresholds {
    /// Each from its value on.
    fn steps(self) -> Value {
        let step = |color: &str, value: Option<f64>| json!({ "color": color, "value": value });
        match self {
            Self::None => json!([step("green", None)]),
            Self::Above(warning, bad) => {
                json!([
                    step("green", None),
                    step("orange", Some(warning)),
                    step("red", Some(bad))
                ])
            }
            Self::Below(warning, bad) => {
                json!([
                    step("red", None),
                    step("orange", Some(bad)),
                    step("green", Some(warning))
                ])
            }
        }
    }
}

impl Unit {
    /// As in Grafana's list of value formats.
    fn name(self) -> &'static str {
        match self {
            Self::Count => "short",
            Self::PerSecond => "cps",
            Self::RequestsPerSecond => "reqps",
            Self::Seconds => "s",
            Self::Bytes => "bytes",
            Self::BytesPerSecond => "binBps",
            Self::Share => "percentunit",
            Self::Times => "none",
        }
    }
}
