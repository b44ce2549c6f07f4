//! One operation of the API, as a part of the page.

use std::fmt::Write as _;

use serde_json::Value;

use super::{
    html::{Prose, Text},
    page::text,
};

/// Its method, path, parameters, body and answers.
pub(super) fn render(page: &mut String, path: &str, method: &str, operation: &Value) {
    let (path, method) = (Text(path), method.to_uppercase());
    let open = operation["security"]
        .as_array()
        .is_some_and(|needs| needs.iter().any(|need| need == &serde_json::json!({})));
    let access = if open { " <small>without a token</small>" } else { "" };
    let _ = write!(
        page,
        "<details class=\"operation\"><summary><b class=\"{method}\">{method}</b> <code>{path}</code> {}{access}</summary>{}",
        Text(text(operation, "summary")),
        Prose(text(operation, "description")),
    );
    parameters(page, operation);
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    if let Some(shape) = shape(body) {
        let _ = write!(page, "<p>Body: {}</p>", Shape(&shape));
    }
    answers(page, operation);
    page.push_str("</details>");
}

fn parameters(page: &mut String, operation: &Value) {
    let Some(parameters) = operation["parameters"].as_array() else {
        return;
    };
    page.push_str("<ul>");
    for parameter in parameters {
        let (name, place) = (Text(text(parameter, "name")), Text(text(parameter, "in")));
        let about = Text(text(parameter, "description"));
        let _ = write!(page, "<li><code>{name}</code> <small>{place}</small> {about}</li>");
    }
    page.push_str("</ul>");
}

fn answers(page: &mut String, operation: &Value) {
    page.push_str("<ul>");
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        let shape = match status.as_str() {
            "default" => Some("ProblemBody".to_owned()),
            _ => shape(&answer["content"]["application/json"]["schema"]),
        };
        let about = Text(text(answer, "description"));
        let _ = write!(page, "<li><b>{}</b> {about} ", Text(status));
        if let Some(shape) = shape {
            let _ = write!(page, "{}", Shape(&shape));
        }
        page.push_str("</li>");
    }
    page.push_str("</ul>");
}

/// The name of the shape that a schema refers to.
fn shape(schema: &Value) -> Option<String> {
    schema["$ref"].as_str()?.rsplit('/').next().map(str::to_owned)
}

/// A link to a shape.
struct Shape<'a>(&'a str);

impl std::fmt::Display for Shape<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = Text(self.0);
        write!(f, "<a href=\"#shape-{name}\"><code>{name}</code></a>")
    }
}
