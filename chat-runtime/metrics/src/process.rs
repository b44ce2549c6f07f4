//! What a process takes of its machine, read when somebody asks. Linux tells; elsewhere there is nothing to show.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::DescriptorEncoder,
    metrics::{counter::ConstCounter, gauge::ConstGauge},
    registry::Registry,
};

use crate::catalog::process;

/// Collects [`catalog::process`](process).
#[derive(Debug)]
pub struct Process(());

/// One look.
#[derive(Clone, Copy, Debug)]
struct Usage {
    /// Seconds of CPU time, since the start.
    cpu: f64,
    /// Seconds since 1970 at the start.
    started: f64,
    /// Bytes.
    resident: u64,
    threads: u64,
    open_files: u64,
    max_files: u64,
}

impl Process {
    /// Has `registry` tell of this process from now on.
    pub fn register(registry: &mut Registry) {
        registry.register_collector(Box::new(Self(())));
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        // A look that fails has nothing to show, and is seen as that.
        let Some(usage) = Usage::now() else { return Ok(()) };
        process::CPU.write(&mut encoder, &ConstCounter::new(usage.cpu))?;
        process::START_TIME.write(&mut encoder, &ConstGauge::new(usage.started))?;
        process::RESIDENT_MEMORY.write(&mut encoder, &ConstGauge::new(usage.resident))?;
        process::THREADS.write(&mut encoder, &ConstGauge::new(usage.threads))?;
        process::OPEN_FDS.write(&mut encoder, &ConstGauge::new(usage.open_files))?;
        process::MAX_FDS.write(&mut encoder, &ConstGauge::new(usage.max_files))
    }
}

#[cfg(target_os = "linux")]
impl Usage {
    fn now() -> Option<Self> {
        let this = procfs::process::Process::myself().ok()?;
        let stat = this.stat().ok()?;
        let ticks = procfs::ticks_per_second() as f64;
        let files = this.limits().ok()?.max_open_files.soft_limit;
        Some(Self {
            cpu: (stat.utime + stat.stime) as f64 / ticks,
            started: procfs::boot_time_secs().ok()? as f64 + stat.starttime as f64 / ticks,
            resident: stat.rss * procfs::page_size(),
            threads: stat.num_threads.try_into().ok()?,
            open_files: this.fd_count().ok()? as u64,
            max_files: match files {
                procfs::process::LimitValue::Value(files) => files,
                procfs::process::LimitValue::Unlimited => u64::MAX,
            },
        })
    }
}

#[cfg(not(target_os = "linux"))]
impl Usage {
    fn now() -> Option<Self> {
        None
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::Exposition;

    #[test]
    fn this_process_tells_of_itself() {
        let mut registry = Registry::default();
        Process::register(&mut registry);
        let page = String::from_utf8(Exposition::Text.write(&registry).unwrap()).unwrap();
        let value = |name: &str| -> f64 {
            let mut lines = page
                .lines()
                .filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            lines.next().unwrap().parse().unwrap()
        };
        assert!(value(process::RESIDENT_MEMORY.name) > 1e6, "{page}");
        assert!(
            value(process::OPEN_FDS.name) >= 3.0 && value(process::THREADS.name) >= 1.0,
            "{page}"
        );
        assert!(value(process::MAX_FDS.name) >= value(process::OPEN_FDS.name), "{page}");
        assert!(value(process::CPU.name) >= 0.0, "{page}");
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        let age = now.as_secs_f64() - value(process::START_TIME.name);
        assert!((-5.0..86_400.0).contains(&age), "{age}");
    }
}
