//! `talkline-operator plan` from outside: what it prints can be applied and is what the runtime reads, and what is wrong is said on clear
//! lines.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{
    collections::BTreeSet,
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use talkline_testbed::{Conformance, Definitions};

const HEADER: &str = "apiVersion: talkline.dev/v1alpha1\nkind: ChatCluster\nmetadata: { name: chat }\nspec:\n";

/// What the examples do not say.
const SPECS: [&str; 3] = [
    "  gateway: { ingress: { kind: HttpRoute, host: chat.example.com, gatewayName: edge } }\n  monitoring: { dashboards: true }\n",
    "  kafka: { strimzi: { cluster: events } }\n  worker: { autoscaling: { kind: Keda } }\n  gateway: { autoscaling: {} }\n",
    "  kafka: { strimzi: { cluster: events, authentication: Tls } }\n  worker: { autoscaling: { kind: Keda } }\n",
];

const EXAMPLES: [&str; 3] = ["chatcluster", "production", "loadtest"];

fn plan(file: &Path) -> Output {
    let program = env!("CARGO_BIN_EXE_talkline-operator");
    Command::new(program).arg("plan").arg(file).output().unwrap()
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples")
        .join(name)
        .with_extension("yaml")
}

/// The objects that are printed for an example.
fn objects(name: &str) -> Vec<Value> {
    let output = plan(&example(name));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_saphyr::from_multiple(std::str::from_utf8(&output.stdout).unwrap()).unwrap()
}

/// The object of a kind whose name ends with `-suffix`.
fn find<'a>(objects: &'a [Value], kind: &str, suffix: &str) -> &'a Value {
    let ends = |object: &Value| {
        object["metadata"]["name"]
            .as_str()
            .is_some_and(|name| name.ends_with(&format!("-{suffix}")))
    };
    let found = objects.iter().find(|object| object["kind"] == kind && ends(object));
    found.unwrap_or_else(|| panic!("no {kind} {suffix}"))
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chat.yaml");
    let table = [
        (
            "  gateway: { replica: 2 }\n",
            "line 5, column 14: spec.gateway.replica: ",
        ),
        (
            "  gateway: { replicas: 2, autoscaling: {} }\n",
            "replicas and autoscaling exclude each other",
        ),
        (
            "  image: { tag: 9.1.0 }\n",
            "spec.image.tag: 9.1.0 is newer than this operator",
        ),
    ];
    for (spec, expected) in table {
        fs::write(&path, format!("{HEADER}{spec}")).unwrap();
        let output = plan(&path);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.starts_with(&format!("talkline-operator: {}: ", path.display())),
            "{said}"
        );
        assert!(said.contains(expected), "{said}");
        assert!(output.stdout.is_empty());
    }
    let missing = plan(&folder.path().join("missing.yaml"));
    assert_eq!(missing.status.code(), Some(2));
}

/// Every example's configuration, with the variables of its Deployments, is accepted by the program that will read it.
#[test]
fn the_runtime_accepts_its_configuration() {
    let Some(runtime) = std::env::var_os("TALKLINE_BIN") else {
        return skipped("the_runtime_accepts_its_configuration: needs TALKLINE_BIN, the talkline program");
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("talkline.yaml");
    for name in EXAMPLES {
        let objects = objects(name);
        let config = &find(&objects, "ConfigMap", "config")["data"]["talkline.yaml"];
        fs::write(&path, config.as_str().unwrap()).unwrap();
        for role in ["gateway", "worker"] {
            let deployment = find(&objects, "Deployment", role);
            let container = &deployment["spec"]["template"]["spec"]["containers"][0];
            let mut check = Command::new(&runtime);
            check.args(["config", "check", role, "--config"]).arg(&path);
            for variable in container["env"].as_array().unwrap() {
                // What is in a Secret, or is the pod's own, is something; which one does not matter here.
                let value = variable["value"].as_str().unwrap_or("something");
                check.env(variable["name"].as_str().unwrap(), value);
            }
            let output = check.output().unwrap();
            assert!(
                output.status.success(),
                "{name}, {role}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}

#[test]
fn every_document_is_an_object_with_a_kind_and_a_name() {
    for name in EXAMPLES {
        let objects = objects(name);
        assert!(objects.len() > 10, "{name}: {}", objects.len());
        for object in &objects {
            for field in ["/apiVersion", "/kind", "/metadata/name", "/metadata/namespace"] {
                assert!(
                    object.pointer(field).is_some_and(Value::is_string),
                    "{name}: {field}: {object}"
                );
            }
        }
    }
}

/// All that may be made of a ChatCluster, by the schemas of Kubernetes and of those whose APIs are used: with no field that they do not know.
#[test]
fn every_object_of_a_plan_is_what_its_api_expects() {
    let tests = "every_object_of_a_plan_is_what_its_api_expects";
    let (conformance, others) = (Conformance::find(tests).unwrap(), Definitions::find(tests).unwrap());
    let Some((conformance, others)) = conformance.zip(others) else {
        return;
    };
    // The standard channel drops what keeps a client at its gateway.
    for name in Definitions::ALL.into_iter().chain(["httproutes-experimental"]) {
        conformance.know(&others.one(name).unwrap()).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let files = SPECS.iter().enumerate().map(|(index, spec)| {
        let file = folder.path().join(format!("{index}.yaml"));
        fs::write(&file, format!("{HEADER}{spec}")).unwrap();
        file
    });
    let mut kinds = BTreeSet::new();
    for file in EXAMPLES.map(example).into_iter().chain(files) {
        let yaml = String::from_utf8(plan(&file).stdout).unwrap();
        kinds.extend(
            yaml.lines()
                .filter_map(|line| line.strip_prefix("kind: "))
                .map(str::to_owned),
        );
        let objects = yaml.lines().filter(|line| line.starts_with("kind: ")).count();
        let valid = conformance.check(&yaml);
        assert_eq!(
            valid.unwrap_or_else(|error| panic!("{}: {error}", file.display())),
            objects
        );
    }
    // Every kind that there is to make was among them.
    assert_eq!(kinds.len(), 17, "{kinds:?}");
}

/// Records that something did not run, for the summary at the end of the whole test run.
fn skipped(line: &str) {
    assert!(std::env::var_os("CI").is_none(), "{line}");
    eprintln!("SKIPPED: {line}");
    if let Some(record) = std::env::var_os("TALKLINE_SKIPPED") {
        let mut file = OpenOptions::new().create(true).append(true).open(record).unwrap();
        writeln!(file, "SKIPPED: {line}").unwrap();
    }
}
