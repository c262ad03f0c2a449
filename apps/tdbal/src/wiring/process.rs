//! Which process this is, as locks name it to others, and whether another one still lives.

use crate::environment::{self as env, Environment};
use actor_lock::Holder;
use execution::Process;
use std::fs;
use std::path::Path;

/// This process.
///
/// The host's name alone does not tell machines apart: those made from one image share it, and so
/// can containers, which number their processes apart. So where the kernel says which boot and which
/// namespace of processes this is, the name ends in eight digits made of both.
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

/// Eight hexadecimal digits that stand for this boot and this namespace of processes.
fn process_namespace() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    let both = format!("{} {}", boot.trim(), namespace.display());
    let digest = storage::sha256(both.as_bytes()).to_string();
    digest.get(..8).map(str::to_owned)
}

/// Whether the process of a lock's holder lives: `Some(false)` only where it is sure that it does
/// not, since a lock is taken from whoever is called dead.
pub(crate) fn is_alive(holder: &Holder, own: &Process) -> Option<bool> {
    let is_same_namespace = process_namespace().is_some_and(|name| own.host.ends_with(&name));
    if holder.host != own.host || !is_same_namespace {
        return None;
    }
    // Where processes of others are hidden, the first one is.
    let are_shown = Path::new("/proc/1").exists();
    let is_gone = !Path::new(&format!("/proc/{}", holder.pid)).exists();
    (are_shown && is_gone).then_some(false)
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
    fn only_a_process_of_this_namespace_that_is_gone_is_dead() {
        let own = this_process(&Environment::default());
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let gone = child.id();
        child.wait().unwrap();
        assert_eq!(is_alive(&holder(&own.host, gone), &own), Some(false));
        assert_eq!(is_alive(&holder(&own.host, own.pid), &own), None);
        assert_eq!(is_alive(&holder("elsewhere", gone), &own), None);
        // Another machine with the same name.
        let name = own.host.rsplit_once('.').unwrap().0;
        let other = holder(&format!("{name}.00000000"), gone);
        assert_eq!(is_alive(&other, &own), None);
    }

    #[test]
    fn the_host_is_called_as_the_environment_says() {
        let environment = Environment::from_iter([("HOSTNAME".to_owned(), "worker-3".to_owned())]);
        let process = this_process(&environment);
        assert!(process.host.starts_with("worker-3."), "{process:?}");
        assert_eq!(process.pid, std::process::id());
    }
}
