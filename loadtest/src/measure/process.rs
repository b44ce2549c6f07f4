//! CPU time and memory of a process, from Linux's `/proc`.

use std::{fs, io, time::Duration};

/// `/proc` counts CPU time in these; the kernel's `USER_HZ` is 100 on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// What a process has used so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// User and system time.
    pub cpu: Duration,
    /// Resident memory, in bytes.
    pub rss: u64,
    /// Written to disks, in bytes; 0 where the system does not say.
    pub written: u64,
}

impl Usage {
    /// Of a running process; `None` for this one.
    ///
    /// # Errors
    /// When there is no such process, or no `/proc`.
    pub fn read(pid: Option<u32>) -> io::Result<Self> {
        let folder = pid.map_or_else(|| "/proc/self".to_owned(), |pid| format!("/proc/{pid}"));
        let stat = fs::read_to_string(format!("{folder}/stat"))?;
        let status = fs::read_to_string(format!("{folder}/status"))?;
        let written = fs::read_to_string(format!("{folder}/io"))
            .ok()
            .and_then(|io| written(&io));
        let usage = cpu(&stat).zip(rss(&status)).map(|(cpu, rss)| Self {
            cpu,
            rss,
            written: written.unwrap_or(0),
        });
        usage.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("{folder} is not as expected")))
    }
}

/// Fields 14 and 15; the second field, a name in parentheses, may hold anything.
fn cpu(stat: &str) -> Option<Duration> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(TICK * user.checked_add(system)?)
}

fn rss(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

fn written(io: &str) -> Option<u64> {
    io.lines()
        .find_map(|line| line.strip_prefix("write_bytes:"))?
        .trim()
        .parse()
        .ok()
}

/// How many files this process may open; none where the system does not say.
#[must_use]
pub fn open_files() -> Option<usize> {
    soft_limit(&fs::read_to_string("/proc/self/limits").ok()?)
}

fn soft_limit(limits: &str) -> Option<usize> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_lines_are_read_whatever_the_program_is_called() {
        let stat = "17 (a) b (c) S 1 1 1 0 -1 4194560 9 0 0 0 250 50 0 0 20 0 3 0 77 1 1";
        assert_eq!(cpu(stat), Some(Duration::from_secs(3)));
        assert_eq!(rss("Name:\tx\nVmRSS:\t    2048 kB\nThreads:\t1\n"), Some(2 << 20));
        assert_eq!(written("rchar: 1\nwrite_bytes: 4096\n"), Some(4096));
        let limits = "Limit  Soft Limit  Hard Limit  Units\nMax open files            20000                30000                files\n";
        assert_eq!(soft_limit(limits), Some(20_000));
        assert_eq!((cpu("17 (a"), rss("VmRSS: many")), (None, None));
    }

    #[test]
    fn this_process_uses_memory_and_a_missing_one_is_an_error() {
        assert!(Usage::read(None).unwrap().rss > 1 << 20);
        assert!(Usage::read(Some(u32::MAX)).is_err());
    }
}
