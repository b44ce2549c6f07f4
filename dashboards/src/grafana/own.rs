//! A dashboard of one chat's own: about it alone, and at an address that no other chat's has.
//!
//! Grafana refuses two dashboards of one address, and its sidecar puts the files of all namespaces into one folder. So whatever names a page
//! ends with the chat's own word here.

use serde_json::{Value, json};
use talkline_metrics::catalog::target;

use super::Dashboard;

/// A chat that has dashboards of its own.
#[derive(Clone, Copy, Debug)]
pub struct Chat<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its ChatCluster.
    pub name: &'a str,
    /// What tells its pages from those of others: some letters and digits, 20 at most.
    pub suffix: &'a str,
}

impl Dashboard {
    /// The JSON of the chat's own, and its address.
    pub fn json_of(&self, chat: &Chat<'_>) -> (String, Value) {
        let Chat {
            namespace,
            name,
            suffix,
        } = chat;
        let (uid, whose) = (format!("{}-{suffix}", self.uid), format!("{namespace}/{name}"));
        let mut page = self.json();
        page["uid"] = json!(uid);
        page["title"] = json!(format!("{} ({whose})", self.title));
        // By the tag, pages find each other: these only those of the same chat.
        page["tags"] = json!([whose]);
        page["links"][0]["tags"] = json!([whose]);
        page["links"][0]["title"] = json!(whose);
        for variable in list(&mut page["templating"]["list"]) {
            let value = match variable["name"].as_str() {
                Some(target::NAMESPACE) => namespace,
                Some(target::CHATCLUSTER) => name,
                _ => continue,
            };
            *variable = fixed(variable, value);
        }
        let links = list(&mut page["panels"])
            .iter_mut()
            .flat_map(|panel| list(&mut panel["links"]));
        for link in links {
            let url = link["url"].as_str().unwrap_or_default();
            let url = url.replacen('?', &format!("-{suffix}?"), 1);
            link["url"] = json!(url);
        }
        (uid, page)
    }
}

/// A variable with one value, which nobody chooses.
fn fixed(variable: &Value, value: &str) -> Value {
    json!({
        "name": variable["name"],
        "label": variable["label"],
        "type": "constant",
        "query": value,
        "current": { "selected": true, "text": value, "value": value },
        "options": [{ "selected": true, "text": value, "value": value }],
        "hide": 2,
        "skipUrlSync": true,
    })
}

fn list(value: &mut Value) -> &mut [Value] {
    value.as_array_mut().map(Vec::as_mut_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::board;

    const CHAT: Chat<'_> = Chat {
        namespace: "team",
        name: "chat",
        suffix: "0a1b2c3d",
    };

    fn pages() -> Vec<(String, Value)> {
        board::of_chats().iter().map(|board| board.json_of(&CHAT)).collect()
    }

    #[test]
    fn it_is_about_one_chat_and_nobody_chooses_another() {
        for (uid, page) in pages() {
            let variables = page["templating"]["list"].as_array().unwrap();
            for (name, value) in [("namespace", "team"), ("chatcluster", "chat")] {
                let found = variables.iter().find(|variable| variable["name"] == name).unwrap();
                assert_eq!(
                    (&found["type"], &found["query"]),
                    (&json!("constant"), &json!(value)),
                    "{uid}"
                );
            }
            assert!(page["title"].as_str().unwrap().ends_with("(team/chat)"));
        }
    }

    #[test]
    fn its_pages_have_addresses_of_their_own_and_lead_to_each_other() {
        let uids: BTreeSet<String> = pages().into_iter().map(|(uid, _)| uid).collect();
        assert!(
            uids.iter().all(|uid| uid.len() <= 40 && uid.ends_with("-0a1b2c3d")),
            "{uids:?}"
        );
        let mut followed = 0;
        for (_, mut page) in pages() {
            for panel in list(&mut page["panels"]) {
                for link in list(&mut panel["links"]) {
                    let url = link["url"].as_str().unwrap();
                    let to = url.strip_prefix("/d/").unwrap().split_once('?').unwrap().0;
                    assert!(uids.contains(to), "{url}");
                    followed += 1;
                }
            }
        }
        assert!(followed > 5, "{followed}");
    }
}
