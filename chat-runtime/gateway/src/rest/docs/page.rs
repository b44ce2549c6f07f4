//! The page: the operations by area, the shapes, what clients send over a socket, and every way to fail.

use std::fmt::Write as _;

use serde_json::Value;
use utoipa::openapi::OpenApi;

use super::{
    html::{Prose, Text},
    operation,
};
use crate::{engine::Refusal, problem::Code, realtime::ClientEvent};

const HEAD: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
    <title>Talkline API</title><link rel=\"stylesheet\" href=\"/docs/style.css\"></head><body><main>";

/// The whole page.
pub(super) fn render(document: &OpenApi) -> String {
    // The document's types are made for writing; for reading, its JSON has one way to every part.
    let document = serde_json::to_value(document).unwrap_or_default();
    let mut page = String::from(HEAD);
    introduction(&mut page, &document);
    for tag in document["tags"].as_array().into_iter().flatten() {
        area(&mut page, &document, tag);
    }
    shapes(&mut page, &document);
    sockets(&mut page);
    codes(&mut page);
    page.push_str("</main></body></html>");
    page
}

/// The text at a place of the document; empty if there is none.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn introduction(page: &mut String, document: &Value) {
    let info = &document["info"];
    let _ = write!(
        page,
        "<h1>{} API <small>{}</small></h1>{}<p>Machine-readable: <a href=\"/openapi.json\">OpenAPI 3.1</a>.</p><nav>",
        Text(text(info, "title")),
        Text(text(info, "version")),
        Prose(text(info, "description")),
    );
    for tag in document["tags"].as_array().into_iter().flatten() {
        let name = Text(text(tag, "name"));
        let _ = write!(page, "<a href=\"#{name}\">{name}</a> ");
    }
    page.push_str(
        "<a href=\"#shapes\">shapes</a> <a href=\"#sockets\">sockets</a> \
        <a href=\"#codes\">codes</a></nav>",
    );
}

fn area(page: &mut String, document: &Value, tag: &Value) {
    let name = text(tag, "name");
    let (id, about) = (Text(name), Text(text(tag, "description")));
    let _ = write!(page, "<section id=\"{id}\"><h2>{id}</h2><p>{about}</p>");
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, described) in item.as_object().into_iter().flatten() {
            if described["tags"][0] == name {
                operation::render(page, path, method, described);
            }
        }
    }
    page.push_str("</section>");
}

fn shapes(page: &mut String, document: &Value) {
    page.push_str("<section id=\"shapes\"><h2>shapes</h2>");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let pretty = serde_json::to_string_pretty(schema).unwrap_or_default();
        let (name, about) = (Text(name), Prose(text(schema, "description")));
        let _ = write!(
            page,
            "<details id=\"shape-{name}\"><summary><code>{name}</code></summary>{about}<pre>{}</pre></details>",
            Text(&pretty)
        );
    }
    page.push_str("</section>");
}

fn sockets(page: &mut String) {
    page.push_str(
        "<section id=\"sockets\"><h2>sockets</h2><p>Socket.IO at <code>/socket.io/</code>, with \
        <code>auth: {token}</code>. What a client can send:</p><dl>",
    );
    for event in ClientEvent::ALL {
        let (name, about) = (event.name(), Prose(event.summary()));
        let _ = write!(page, "<dt><code>{name}</code></dt><dd>{about}</dd>");
    }
    page.push_str(
        "</dl><p>A refused connection is a <code>connect_error</code>, after which a client connects again only if \
        it is told to. Its <code>message</code>:</p><dl>",
    );
    for refusal in Refusal::ALL {
        let (message, meaning) = (refusal.message(), Prose(refusal.meaning()));
        let _ = write!(page, "<dt><code>{message}</code></dt><dd>{meaning}</dd>");
    }
    page.push_str("</dl></section>");
}

fn codes(page: &mut String) {
    page.push_str(
        "<section id=\"codes\"><h2>codes</h2><p>A failure is a problem document; its code is stable.</p><dl>",
    );
    for code in Code::ALL {
        let (name, status) = (code.as_str(), code.status().as_u16());
        let (title, meaning) = (Text(code.title()), Prose(code.meaning()));
        let _ = write!(
            page,
            "<dt id=\"{name}\"><code>{name}</code> <b>{status}</b> {title}</dt><dd>{meaning}</dd>"
        );
    }
    page.push_str("</dl></section>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rest::document;

    #[test]
    fn everything_is_on_the_page() {
        let page = render(&document());
        for code in Code::ALL {
            assert!(page.contains(&format!("<dt id=\"{}\">", code.as_str())));
        }
        let events = ClientEvent::ALL.iter().map(|event| event.name());
        for name in events.chain(Refusal::ALL.iter().map(|refusal| refusal.message())) {
            assert!(page.contains(&format!("<dt><code>{name}</code>")), "{name}");
        }
        for path in document().paths.paths.keys() {
            assert!(page.contains(&format!("<code>{}</code>", Text(path))), "{path}");
        }
        assert!(!page.contains("<script") && !page.contains("style=\""));
    }
}
