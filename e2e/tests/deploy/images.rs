//! The images' build sees what the workspace is made of: cargo wants every member, built or not.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[test]
fn every_member_of_the_workspace_is_in_the_build() -> Result<()> {
    let read = |path: &str| fs::read_to_string(Path::new(ROOT).join(path)).context(path.to_owned());
    let (manifest, ignored) = (read("Cargo.toml")?, read("deploy/Dockerfile.dockerignore")?);
    let members = manifest.split_once("members = [").context("no members")?.1;
    let members = members.split_once(']').context("no end")?.0;
    let members: Vec<&str> = members.split('"').skip(1).step_by(2).collect();
    ensure!(members.len() > 10, "{members:?}");
    for member in members {
        let folder = member.split('/').next().context("no folder")?;
        ensure!(
            ignored.lines().any(|line| line == format!("!{folder}")),
            "{member} is not in the build"
        );
    }
    Ok(())
}
