//! Prometheus itself takes the configurations that are shipped.

use std::{fs, path::Path, process::Command};

use anyhow::{Result, ensure};
use talkline_testbed::promtool;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/prometheus");

#[test]
fn prometheus_takes_every_configuration() -> Result<()> {
    let Some(promtool) = promtool("Prometheus' configurations")? else {
        return Ok(());
    };
    for file in ["prometheus.yml", "kubernetes.yml"] {
        let file = Path::new(FOLDER).join(file);
        let output = Command::new(&promtool).args(["check", "config"]).arg(&file).output()?;
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        ensure!(output.status.success(), "{}: {said}", file.display());
        ensure!(said.contains("rules found"), "without the rules: {said}");
    }
    Ok(())
}

/// The processes of the compose file are those that its Prometheus scrapes.
#[test]
fn the_composed_processes_are_scraped() -> Result<()> {
    let compose = fs::read_to_string(Path::new(FOLDER).join("../compose.yaml"))?;
    let scraped = fs::read_to_string(Path::new(FOLDER).join("prometheus.yml"))?;
    for process in ["gateway-1", "gateway-2", "worker-1", "worker-2"] {
        assert!(compose.contains(&format!("\n  {process}:")), "{process}");
        assert!(scraped.contains(&format!("\"{process}:9090\"")), "{process}");
    }
    Ok(())
}
