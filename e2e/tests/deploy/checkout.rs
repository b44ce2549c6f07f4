//! Checkouts that share what Cargo builds: the one that builds now is never taken for the one that built last.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime},
};

use anyhow::{Result, ensure};
use tempfile::TempDir;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tools/checkout.sh");
const AGE: Duration = Duration::from_secs(3_600);

/// Two checkouts, with a source each, and what they share.
struct Checkouts(TempDir);

#[test]
fn sources_are_touched_when_another_checkout_has_built() -> Result<()> {
    let checkouts = Checkouts::make()?;
    for (name, is_touched) in [("one", true), ("one", false), ("two", true), ("one", true)] {
        ensure!(checkouts.touches(name)? == is_touched, "{name}: {}", !is_touched);
    }
    Ok(())
}

impl Checkouts {
    fn make() -> Result<Self> {
        let checkouts = Self(tempfile::tempdir()?);
        for name in ["one", "two"] {
            let tools = checkouts.path(name).join("e2e/tools");
            fs::create_dir_all(&tools)?;
            fs::copy(SCRIPT, tools.join("checkout.sh"))?;
            fs::write(checkouts.path(name).join("lib.rs"), "")?;
        }
        Ok(checkouts)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Whether the script makes an old source of that checkout a new one.
    fn touches(&self, name: &str) -> Result<bool> {
        let source = self.path(name).join("lib.rs");
        let old = SystemTime::now() - AGE;
        File::options().append(true).open(&source)?.set_modified(old)?;
        // Not by itself: a process that another test starts may hold the copy open for writing still, and then it is busy.
        let mut command = Command::new("bash");
        command.arg(self.path(name).join("e2e/tools/checkout.sh"));
        let told = command.env("CARGO_TARGET_DIR", self.path("target")).status()?;
        ensure!(told.success(), "{told}");
        Ok(modified(&source)? > old + AGE / 2)
    }
}

fn modified(file: &Path) -> Result<SystemTime> {
    Ok(fs::metadata(file)?.modified()?)
}
