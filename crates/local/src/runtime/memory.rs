//! What memory a worker and its children have. Measured is what is resident: address space is no memory.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>

use std::fs;
use std::time::Duration;

/// How long the first look waits, so that quick requests cost nothing, and the later ones at most.
const FIRST: Duration = Duration::from_millis(20);
const PAUSE: Duration = Duration::from_millis(80);

/// Returns when the worker and its children have more than `limit` bytes. Never where nobody tells (only Linux does): there the
/// worker looks at its own peak.
pub(super) async fn is_exceeded(pid: Option<i32>, limit: u64) {
    let mut pause = FIRST;
    if let Some(pid) = pid.filter(|_| cfg!(target_os = "linux")) {
        loop {
            tokio::time::sleep(pause).await;
            if exceeds(pid, limit) {
                return;
            }
            pause = PAUSE.min(pause * 2);
        }
    }
    std::future::pending::<()>().await;
}

fn exceeds(pid: i32, limit: u64) -> bool {
    let processes = family(pid);
    let resident: u64 = processes.iter().filter_map(|pid| resident(*pid)).sum();
    if resident <= limit {
        return false;
    }
    // What parents and children share was counted for each.
    processes.len() < 2
        || processes.iter().filter_map(|pid| proportional(*pid).or_else(|| self::resident(*pid))).sum::<u64>() > limit
}

/// A process and its descendants.
fn family(pid: i32) -> Vec<i32> {
    let (mut found, mut next) = (vec![pid], 0);
    while let Some(parent) = found.get(next) {
        next += 1;
        let threads = fs::read_dir(format!("/proc/{parent}/task"));
        let children = threads
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
        let children: Vec<i32> = children
            .flat_map(|list| list.split_whitespace().filter_map(|child| child.parse().ok()).collect::<Vec<_>>())
            .collect();
        found.extend(children);
    }
    found
}

/// Bytes that are resident and belong to no file.
fn resident(pid: i32) -> Option<u64> {
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let mut pages = statm.split_whitespace().skip(1).map(|pages| pages.parse::<u64>().unwrap_or(0));
    let (all, of_files) = (pages.next()?, pages.next()?);
    Some(all.saturating_sub(of_files) * rustix::param::page_size() as u64)
}

/// The same, with a page that several processes share counted in parts.
fn proportional(pid: i32) -> Option<u64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let part = |name: &str| {
        let line = rollup.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()
    };
    Some((part("Pss_Anon:")? + part("Pss_Shmem:")?) << 10)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_reserved_and_not_touched_is_no_memory() {
        let own = i32::try_from(std::process::id()).unwrap();
        let before = resident(own).unwrap();
        let reserved: Vec<u8> = Vec::with_capacity(256 << 20);
        assert!(resident(own).unwrap() < before + (128 << 20));
        let touched = vec![1_u8; 256 << 20];
        assert!(resident(own).unwrap() > before + (128 << 20), "{} {}", reserved.capacity(), touched.len());
        assert!(proportional(own).unwrap() > 128 << 20);
    }

    #[test]
    fn children_are_counted() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(family(own).contains(&i32::try_from(child.id()).unwrap()));
        assert!(exceeds(own, 1) && !exceeds(own, u64::MAX));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
