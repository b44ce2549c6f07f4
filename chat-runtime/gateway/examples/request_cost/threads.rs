//! The CPU of a gateway's threads, as `/proc` counts it.

use std::{fs, io, path::PathBuf, process, time::Duration};

/// Threads of a process.
pub(crate) struct Threads {
    tasks: PathBuf,
    named: Option<&'static str>,
}

impl Threads {
    /// Those of this process with that name, of 15 characters at most.
    pub(crate) fn named(name: &'static str) -> Self {
        Self {
            named: Some(name),
            ..Self::all_of(process::id())
        }
    }

    /// All of a process.
    pub(crate) fn all_of(pid: u32) -> Self {
        Self {
            tasks: format!("/proc/{pid}/task").into(),
            named: None,
        }
    }

    /// What they have used.
    ///
    /// # Errors
    /// When the process is gone.
    pub(crate) fn cpu(&self) -> io::Result<Duration> {
        let mut nanos = 0;
        for task in fs::read_dir(&self.tasks)? {
            let task = task?.path();
            if let Some(name) = self.named
                && fs::read_to_string(task.join("comm"))?.trim() != name
            {
                continue;
            }
            let stat = fs::read_to_string(task.join("schedstat"))?;
            nanos += stat
                .split(' ')
                .next()
                .and_then(|nanos| nanos.parse().ok())
                .unwrap_or(0_u64);
        }
        Ok(Duration::from_nanos(nanos))
    }
}
