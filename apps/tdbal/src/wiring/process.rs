//! The identity of this process in locks, and whether the holder of a lock is alive.

use crate::environment::{self as env, Environment};
use actor_lock::Holder;
use execution::Process;
use std::fs;
use std::path::Path;

/// Returns the host name and ID of this process.
///
/// A host name alone is ambiguous: machines made from one image share it, and so can containers,
/// which have process IDs of their own. If the kernel reports the boot and the process namespace,
/// the name therefore ends in eight digits derived from both.
pub(crate) fn this_process(environment: &Environment) -> Process {
    let name = environment
        .get(env::HOSTNAME)
        .map(str::to_owned)
        .or_else(|| fs::read_to_string("/proc/sys/kernel/hostname").ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "unknown".to_owned());
    let host = match process_namespace() {
        Some(namespace) => format!("{name}.{namespace}"),
        None => name,
    };
    Process {
        host,
        pid: std::process::id(),
    }
}

/// Returns eight hexadecimal digits that identify this boot and process namespace.
fn process_namespace() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    let both = format!("{} {}", boot.trim(), namespace.display());
    let digest = storage::sha256(both.as_bytes()).to_string();
    digest.get(..8).map(str::to_owned)
}

/// Whether the holder of a lock is alive: `Some(false)` if it is certainly dead, or else `None`.
/// Anyone may take the lock of a dead holder, so a doubtful holder counts as alive.
pub(crate) fn is_alive(holder: &Holder, own: &Process) -> Option<bool> {
    let is_same_namespace = process_namespace().is_some_and(|name| own.host.ends_with(&name));
    if holder.host != own.host || !is_same_namespace {
        return None;
    }
    // If the system hides processes of other users, it hides process 1 too.
    let others_visible = Path::new("/proc/1").exists();
    let is_gone = !Path::new(&format!("/proc/{}", holder.pid)).exists();
    (others_visible && is_gone).then_some(false)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use tdbal_types::RunId;

    fn holder(host: &str, pid: u32) -> Holder {
        Holder {
            run: RunId::new("r").unwrap(),
            host: host.to_owned(),
            pid,
        }
    }

    #[test]
    fn only_a_missing_process_of_this_namespace_is_dead() {
        let own = this_process(&Environment::default());
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let gone = child.id();
        child.wait().unwrap();
        assert_eq!(is_alive(&holder(&own.host, gone), &own), Some(false));
        assert_eq!(is_alive(&holder(&own.host, own.pid), &own), None);
        assert_eq!(is_alive(&holder("elsewhere", gone), &own), None);
        // The same name on another machine.
        let name = own.host.rsplit_once('.').unwrap().0;
        let other = holder(&format!("{name}.00000000"), gone);
        assert_eq!(is_alive(&other, &own), None);
    }

    #[test]
    fn the_host_name_comes_from_the_environment() {
        let environment = Environment::from_iter([("HOSTNAME".to_owned(), "worker-3".to_owned())]);
        let process = this_process(&environment);
        assert!(process.host.starts_with("worker-3."), "{process:?}");
        assert_eq!(process.pid, std::process::id());
    }
}
