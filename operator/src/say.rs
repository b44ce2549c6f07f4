//! What is told on standard output: a plan, the definitions.

use std::{fs, io, io::Write as _, path::Path};

use talkline_crds::Definition;

use crate::{
    build::{self, Object},
    failure::Failure,
    plan::{Plan, Size},
    validate::{self, Apis, Facts, ValidatedCluster},
};

/// `talkline-operator plan FILE`: the sizing, as comments, and every object, as YAML that could be applied.
///
/// # Errors
/// The file cannot be read, or holds no ChatCluster that can be had.
pub(crate) fn plan(file: &Path) -> Result<(), Failure> {
    let text = fs::read_to_string(file).map_err(|error| Failure::unreadable(file, error))?;
    print(&planned(&text).map_err(|lines| Failure::usage(led(file, &lines)))?);
    Ok(())
}

/// `talkline-operator crds`: the definitions.
///
/// # Errors
/// Never in practice.
pub(crate) fn crds() -> Result<(), Failure> {
    let mut documents = Vec::new();
    for definition in Definition::ALL {
        documents.push(definition.yaml().map_err(Failure::broken)?);
    }
    print(&documents.join("---\n"));
    Ok(())
}

/// What a cluster that serves every optional API would get; else what is wrong, a line each.
pub(crate) fn planned(text: &str) -> Result<String, String> {
    let cluster = talkline_crds::load(text).map_err(|error| error.to_string())?;
    let facts = Facts {
        apis: Apis::ALL,
        ..Facts::default()
    };
    let valid = validate::validate(&cluster, &facts).map_err(|wrong| {
        let lines: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })?;
    let mut page = sizing(&valid);
    for object in build::objects(&valid, None) {
        page.push_str("---\n");
        page.push_str(&yaml(&object).map_err(|error| error.to_string())?);
    }
    Ok(page)
}

fn yaml(object: &Object) -> Result<String, impl std::fmt::Display> {
    serde_saphyr::to_string(&object.value)
}

/// The sizing, for a person.
fn sizing(cluster: &ValidatedCluster) -> String {
    let Plan {
        gateway,
        worker,
        shards,
        servers,
        cost,
        ..
    } = &cluster.plan;
    let mut lines = vec![
        format!("ChatCluster {}/{}", cluster.namespace, cluster.name),
        format!("gateways    {}", size(gateway)),
        format!("workers     {}", size(worker)),
        format!("partitions  {}", cluster.partitions),
        format!("shards      {shards}"),
        format!(
            "servers     cores that the load takes: Kafka {}, MongoDB {}, Redis {}",
            cores(servers.kafka_millis),
            cores(servers.mongo_millis),
            cores(servers.redis_millis)
        ),
    ];
    lines.extend(
        cost.iter()
            .map(|cost| format!("cost        {cost} a month, for what gateways and workers are promised")),
    );
    lines.extend(cluster.notes.iter().map(|note| format!("no effect   {note}")));
    lines.iter().map(|line| format!("# {line}\n")).collect()
}

fn size(size: &Size) -> String {
    let Size {
        replicas,
        cpu_millis,
        memory_mib,
        memory_limit_mib,
    } = size;
    format!("{replicas}, each {cpu_millis}m CPU and {memory_mib}Mi of memory, {memory_limit_mib}Mi at most")
}

fn cores(millis: u64) -> String {
    format!("{}.{:02}", millis / 1_000, millis % 1_000 / 10)
}

/// Lines, each led by the file's name.
fn led(file: &Path, lines: &str) -> String {
    let led: Vec<String> = lines
        .lines()
        .map(|line| format!("{}: {line}", file.display()))
        .collect();
    led.join("\n")
}

/// A reader that has seen enough closes the pipe.
fn print(text: &str) {
    drop(io::stdout().lock().write_all(text.as_bytes()));
}
