//! Whether objects are what the API's schemas allow, without an API server: kubeconform, with schemas made from the API's own
//! description, which Kubernetes' sources carry, and from definitions of custom resources.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    command::{bounded, output, text},
    kubernetes::{Mode, install},
    tool,
};

mod schema;

/// How kubeconform finds a kind's schema. Its `Group` is the version, where the group is the core one.
const PLACE: &str = "{{.Group}}-{{.ResourceAPIVersion}}-{{.ResourceKind}}.json";

/// kubeconform, and the schemas that it goes by.
pub struct Conformance {
    program: PathBuf,
    schemas: TempDir,
}

impl Conformance {
    /// Finds or builds what it takes; none if this machine cannot, after saying that `tests` did not run.
    ///
    /// # Errors
    /// When something is missing where everything must be there (`CI` is set), or the API's description is not one.
    pub fn find(tests: &str) -> Result<Option<Self>> {
        let Some(programs) = install(Mode::Api, tests)? else {
            return Ok(None);
        };
        let Some(program) = tool::find("kubeconform", tests)? else {
            return Ok(None);
        };
        let conformance = Self {
            program,
            schemas: TempDir::new()?,
        };
        conformance.know_kubernetes(&programs.join("openapi.json"))?;
        Ok(Some(conformance))
    }

    /// Knows the kinds of a CustomResourceDefinition, too.
    ///
    /// # Errors
    /// When it is none.
    pub fn know(&self, definition: &Value) -> Result<()> {
        let group = definition.pointer("/spec/group").and_then(Value::as_str);
        let kind = definition.pointer("/spec/names/kind").and_then(Value::as_str);
        let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
        let (group, kind) = group.zip(kind).context("no group and kind")?;
        for version in versions.context("no versions")? {
            let name = version["name"].as_str().context("a version without a name")?;
            let schema = schema::of_custom_resource(&version["schema"]["openAPIV3Schema"]);
            self.keep(group, name, kind, &schema)?;
        }
        Ok(())
    }

    /// How many objects the documents of `yaml` are, if all of them are as their schemas demand, with no field besides.
    ///
    /// # Errors
    /// With what is wrong; and if there is a kind that it does not know.
    pub fn check(&self, yaml: &str) -> Result<usize> {
        let mut command = bounded(60, &self.program);
        command.args(["-strict", "-summary", "-output", "json", "-schema-location"]);
        let output = output(command.arg(self.schemas.path().join(PLACE)), yaml)?;
        let said = text(&output.stdout);
        ensure!(output.status.success(), "{said}{}", text(&output.stderr));
        let report: Value = serde_json::from_str(&said).context(said.clone())?;
        let valid = report["summary"]["valid"].as_u64().context(said)?;
        Ok(usize::try_from(valid)?)
    }

    fn know_kubernetes(&self, description: &Path) -> Result<()> {
        let text = fs::read_to_string(description).with_context(|| description.display().to_string())?;
        let mut description: Value = serde_json::from_str(&text)?;
        let definitions = description["definitions"].as_object_mut().context("no definitions")?;
        definitions.values_mut().for_each(schema::close);
        for (name, definition) in &*definitions {
            let kinds = definition["x-kubernetes-group-version-kind"].as_array();
            for kind in kinds.into_iter().flatten() {
                let word = |key: &str| kind[key].as_str().unwrap_or_default();
                let schema = schema::standalone(name, definitions);
                self.keep(word("group"), word("version"), word("kind"), &schema)?;
            }
        }
        Ok(())
    }

    fn keep(&self, group: &str, version: &str, kind: &str, schema: &Value) -> Result<()> {
        let group = if group.is_empty() { version } else { group };
        let name = format!("{group}-{version}-{}.json", kind.to_lowercase());
        Ok(fs::write(self.schemas.path().join(name), schema.to_string())?)
    }
}
