//! The real helm, with a home of its own: it neither reads nor writes what belongs to the user.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;
use tempfile::TempDir;

use crate::{
    command::{bounded, printed},
    tool,
};

/// The program.
pub struct Helm {
    program: PathBuf,
    home: TempDir,
}

impl Helm {
    /// Finds or builds it; none if this machine cannot, after saying that `tests` did not run.
    ///
    /// # Errors
    /// When it is missing where everything must be there (`CI` is set).
    pub fn find(tests: &str) -> Result<Option<Self>> {
        let home = TempDir::new()?;
        Ok(tool::find("helm", tests)?.map(|program| Self { program, home }))
    }

    /// Runs it without a cluster, and returns what it printed.
    ///
    /// # Errors
    /// What it complained about.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        // Where there is nobody, so that a chart that asks a cluster fails instead of finding the user's.
        printed(self.command(&self.home.path().join("kubeconfig")).args(arguments), "")
    }

    /// Runs it on the cluster of `kubeconfig`, and returns what it printed.
    ///
    /// # Errors
    /// What it complained about.
    pub fn on(&self, kubeconfig: &Path, arguments: &[&str]) -> Result<String> {
        printed(self.command(kubeconfig).args(arguments), "")
    }

    fn command(&self, kubeconfig: &Path) -> Command {
        let mut command = bounded(180, &self.program);
        for (variable, folder) in [
            ("HELM_CACHE_HOME", "cache"),
            ("HELM_CONFIG_HOME", "config"),
            ("HELM_DATA_HOME", "data"),
        ] {
            command.env(variable, self.home.path().join(folder));
        }
        command.env("KUBECONFIG", kubeconfig);
        command
    }
}
