//! The compose file is one that Compose itself would take.

use std::process::Command;

use anyhow::{Result, ensure};
use talkline_e2e::tool;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/compose.yaml");

#[test]
fn compose_takes_the_file_and_both_roles_are_there_twice() -> Result<()> {
    let Some(compose) = tool::find("compose", "the compose file")? else {
        return Ok(());
    };
    let output = Command::new(compose).args(["-format", "json", FILE]).output()?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{complaint}");
    let project: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    for (service, command) in [
        ("gateway-1", "gateway"),
        ("gateway-2", "gateway"),
        ("worker-1", "worker"),
        ("worker-2", "worker"),
    ] {
        let service = &project["services"][service];
        assert_eq!(service["command"][0], command);
        assert_eq!(service["read_only"], true, "{service}");
    }
    Ok(())
}
