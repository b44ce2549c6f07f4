//! A definition in `crds/` as a template of the chart `talkline-crds`: the same text, with what Helm needs in its metadata.

use anyhow::{Result, ensure};

/// Where a definition's metadata begins.
const METADATA: &str = "\nmetadata:\n";

/// Helm keeps what is marked so when the release goes: with a definition, every object of its kind would go.
const MARKED: &str = r#"
metadata:
  annotations:
    helm.sh/resource-policy: keep
  labels:
    app.kubernetes.io/name: talkline-crds
    app.kubernetes.io/instance: {{ .Release.Name }}
    app.kubernetes.io/part-of: talkline
    app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
    app.kubernetes.io/managed-by: {{ .Release.Service }}
"#;

/// The template of a definition's text.
///
/// # Errors
/// When it has metadata in which the marks would have no place, or Helm would read a part of it as its own language.
pub fn template(definition: &str) -> Result<String> {
    ensure!(!definition.contains("{{"), "Helm would take {{{{ in it for its own");
    let (head, rest) = definition.split_once(METADATA).unwrap_or_default();
    ensure!(
        !head.is_empty() && !rest.contains(METADATA),
        "its metadata is not where one would look for it"
    );
    ensure!(
        !rest.starts_with("  annotations:") && !rest.starts_with("  labels:"),
        "it has annotations or labels of its own"
    );
    Ok(format!("{head}{MARKED}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_come_first_in_the_metadata() {
        let template = template("kind: A\nmetadata:\n  name: a\nspec:\n  metadata: b\n").unwrap();
        assert!(template.starts_with("kind: A\nmetadata:\n  annotations:\n    helm.sh/resource-policy: keep\n"));
        assert!(template.ends_with("\n  name: a\nspec:\n  metadata: b\n"));
    }

    #[test]
    fn what_helm_would_not_pass_through_is_refused() {
        for definition in [
            "kind: A\nmetadata:\n  name: \"{{ a }}\"\n",
            "kind: A\nspec: {}\n",
            "kind: A\nmetadata:\n  labels:\n    a: b\n",
            "kind: A\nmetadata:\n  name: a\n---\nkind: B\nmetadata:\n  name: b\n",
        ] {
            assert!(template(definition).is_err(), "{definition}");
        }
    }
}
