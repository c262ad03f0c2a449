//! Read-only folders, full disks and refusing buckets: nothing is lost, and once the fault is gone, the
//! run can be finished.

use crate::invariants::{FailureContext, check, check_targets};
use crate::template::{Kind, TO_GENERATE};
use crate::trap::{Ended, Trap};
use crate::world::{Servers, World, say};
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use test_support::dataset::DataSet;
use test_support::s3_server::S3Fault;

const EXECUTE: &[&str] = &["--all", "--execute"];

/// Finishes what the fault left undone and checks everything: no paid picture is ordered again.
fn finish(world: &World<'_>) {
    world.run_well(&["resume"]);
    world.run_well(EXECUTE);
    let account = check(world);
    check_targets(world);
    assert_eq!(account.taken, TO_GENERATE, "{account:?}");
    let not_taken = account.rejected.len() + account.failed;
    assert_eq!(
        world.replicate.orders(),
        TO_GENERATE + not_taken,
        "{account:?}"
    );
}

fn output_of(ended: &Ended) -> String {
    format!("{}\n{}{}", ended.status, ended.out, ended.err)
}

/// Every file of the data, without the state folder.
fn files(world: &World<'_>) -> BTreeMap<String, Vec<u8>> {
    let mut files = DataSet::new(world.data()).files();
    files.retain(|name, _| !name.starts_with(".tdbal/"));
    files
}

/// User and group to run the program as if the tests run as root, for whom permissions do not count.
const UNPRIVILEGED: u32 = 65534;

fn set_rights(folder: &Path, mode: u32) {
    fs::set_permissions(folder, Permissions::from_mode(mode)).unwrap();
}

/// Sets the permissions of a folder and of all folders in it.
fn set_all_rights(folder: &Path, mode: u32) {
    set_rights(folder, mode);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            set_all_rights(&path, mode);
        }
    }
}

/// Returns a command that runs the program as a user whose access is restricted by permissions.
/// Prints `SKIPPED` and returns `None` if no such user can run it.
fn as_unprivileged_user(world: &World<'_>, args: &[&str]) -> Option<Command> {
    let root = world.path("");
    set_rights(&root, 0o777);
    let closed = world.path("closed");
    fs::create_dir(&closed).unwrap();
    set_rights(&closed, 0o555);
    let mut command = world.tdbal(args);
    if fs::write(closed.join("file"), "").is_err() {
        return Some(command);
    }
    command.uid(UNPRIVILEGED).gid(UNPRIVILEGED);
    let mut probe = world.tdbal(&["--version"]);
    match probe.uid(UNPRIVILEGED).gid(UNPRIVILEGED).output() {
        Ok(output) if output.status.success() => Some(command),
        other => {
            say(&format!(
                "SKIPPED: a read-only folder needs a user other than root who can run the program: \
                 {other:?}"
            ));
            None
        }
    }
}

#[test]
fn read_only_data_folder_is_unchanged() {
    let servers = Servers::start();
    let world = World::new(&servers, Kind::Folder);
    set_all_rights(&world.data(), 0o555);
    let before = files(&world);
    let Some(command) = as_unprivileged_user(&world, EXECUTE) else {
        return;
    };
    let ended = world.run_in(&Trap::open(), command);
    assert_eq!(ended.code(), Some(1), "{}", output_of(&ended));
    assert!(
        ended.err.contains("ermission denied"),
        "{}",
        output_of(&ended)
    );
    assert_eq!(files(&world), before);
    assert_eq!(world.replicate.orders(), 0);
    set_all_rights(&world.data(), 0o777);
    finish(&world);
}

#[test]
fn nothing_is_bought_if_the_trash_is_not_writable() {
    let servers = Servers::start();
    let world = World::new(&servers, Kind::Folder);
    fs::create_dir_all(world.data().join(".tdbal")).unwrap();
    set_all_rights(&world.data(), 0o777);
    set_rights(&world.data(), 0o555);
    let before = files(&world);
    let Some(command) = as_unprivileged_user(&world, EXECUTE) else {
        return;
    };
    let ended = world.run_in(&Trap::open(), command);
    assert_eq!(ended.code(), Some(4), "{}", output_of(&ended));
    let said = output_of(&ended);
    assert!(
        said.contains("trash/") && said.contains("ermission denied"),
        "{said}"
    );
    assert_eq!(files(&world), before);
    assert_eq!(world.replicate.orders(), 0);
    set_rights(&world.data(), 0o777);
    finish(&world);
}

#[test]
fn read_only_actor_folder_stops_only_that_actor() {
    let servers = Servers::start();
    let world = World::new(&servers, Kind::Folder);
    set_all_rights(&world.data(), 0o777);
    let folder = world.data().join("actors/9101_a/training_data");
    set_rights(&folder, 0o555);
    let own = |files: BTreeMap<String, Vec<u8>>| {
        let mut files = files;
        files.retain(|name, _| name.starts_with("actors/9101_a/"));
        files
    };
    let before = own(files(&world));
    let Some(command) = as_unprivileged_user(&world, EXECUTE) else {
        return;
    };
    let ended = world.run_in(&Trap::open(), command);
    let said = output_of(&ended);
    assert_eq!(ended.code(), Some(4), "{said}");
    assert!(
        said.contains("9101_a") && said.contains("ermission denied"),
        "{said}"
    );
    assert_eq!(own(files(&world)), before);
    let journals = world.journals();
    let done = journals
        .logs()
        .iter()
        .filter(|log| log.state.change.committed)
        .count();
    assert_eq!(done, 2, "the other actors are done");
    set_rights(&folder, 0o777);
    finish(&world);
}

/// Shell script: limits files to the given KiB, then runs the remaining arguments.
const LIMITED: &str = "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"";

#[test]
fn file_size_limit_loses_nothing() {
    let servers = Servers::start();
    let mut failures = 0;
    for limit in 1..=8 {
        let world = World::new(&servers, Kind::Folder);
        let mut command = world.tdbal(EXECUTE);
        command.env("TDBAL_FAIL_POINT", "after:#1");
        assert!(world.run_in(&Trap::open(), command).was_killed());
        let command = world.inside(
            "bash",
            &["-c", LIMITED, "bash", &limit.to_string()],
            &["resume"],
        );
        let ended = world.run_in(&Trap::open(), command);
        assert!(
            matches!(ended.code(), Some(0 | 1 | 4)),
            "{limit}: {}",
            output_of(&ended)
        );
        failures += usize::from(ended.code() != Some(0));
        finish(&world);
    }
    assert!(failures >= 2, "{failures} of 8 failed because of the limit");
}

/// Shell script: runs the remaining arguments with the data on a file system of the given KiB.
const SMALL_DISK: &str = "mv data before && mkdir data after || exit 99
mount -t tmpfs -o size=\"$1k\" none data && cp -a before/. data/ || exit 99
shift
\"$@\"
code=$?
cp -a data/. after/ && umount data && rmdir data && mv after data || exit 99
exit $code";

#[test]
fn full_disk_loses_nothing() {
    let may_mount = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "true"])
        .output();
    if !may_mount.is_ok_and(|output| output.status.success()) {
        say("SKIPPED: a disk that fills up, which needs unshare and user namespaces");
        return;
    }
    let servers = Servers::start();
    let (mut failures, mut midway) = (0, 0);
    // In pages of 4 KiB: from no free space to enough for everything.
    for pages in (0..60).step_by(4) {
        let world = World::new(&servers, Kind::Folder);
        let size: usize = DataSet::new(world.data())
            .files()
            .values()
            .map(|bytes| bytes.len().div_ceil(4096) * 4)
            .sum();
        let size = (size + pages * 4).to_string();
        let around = [
            "--user",
            "--map-root-user",
            "--mount",
            "bash",
            "-c",
            SMALL_DISK,
            "bash",
            &size,
        ];
        let ended = world.run_in(&Trap::open(), world.inside("unshare", &around, EXECUTE));
        assert!(
            matches!(ended.code(), Some(0 | 1 | 4)),
            "{pages}: {}",
            output_of(&ended)
        );
        failures += usize::from(ended.code() != Some(0));
        midway += usize::from(world.journals().is_midway());
        finish(&world);
    }
    assert!(
        failures >= 4 && midway >= 2,
        "{failures} failed, {midway} of them midway"
    );
}

/// A bucket that answers some requests with a fault.
struct Refusal {
    title: &'static str,
    kind: Kind,
    method: &'static str,
    /// Part of the path after the bucket.
    path: &'static str,
    times: usize,
    fault: fn() -> S3Fault,
}

const MANIFEST: &str = "/d/actors/9101_a/training_data/manifest.json";

const REFUSALS: [Refusal; 16] = [
    Refusal {
        title: "too many requests, briefly",
        kind: Kind::Bucket,
        method: "PUT",
        path: "/d/",
        times: 2,
        fault: S3Fault::slow_down,
    },
    Refusal {
        title: "too many requests, persistent",
        kind: Kind::Bucket,
        method: "PUT",
        path: "/d/actors/9101_a/",
        times: 40,
        fault: S3Fault::slow_down,
    },
    Refusal {
        title: "too many requests, but done",
        kind: Kind::Bucket,
        method: "PUT",
        path: "/d/.tdbal/runs/",
        times: 5,
        fault: || S3Fault::slow_down().although_done(),
    },
    Refusal {
        title: "too many readers",
        kind: Kind::Bucket,
        method: "GET",
        path: "/d/",
        times: 3,
        fault: S3Fault::slow_down,
    },
    Refusal {
        title: "too many writers of a manifest",
        kind: Kind::Bucket,
        method: "PUT",
        path: MANIFEST,
        times: 2,
        fault: S3Fault::conflict,
    },
    Refusal {
        title: "too many writers of a manifest, persistent",
        kind: Kind::Bucket,
        method: "PUT",
        path: MANIFEST,
        times: 40,
        fault: S3Fault::conflict,
    },
    Refusal {
        title: "another writer of a manifest",
        kind: Kind::Bucket,
        method: "PUT",
        path: MANIFEST,
        times: 1,
        fault: S3Fault::precondition_failed,
    },
    Refusal {
        title: "lost answer to our own write of a manifest",
        kind: Kind::Bucket,
        method: "PUT",
        path: MANIFEST,
        times: 1,
        fault: || S3Fault::precondition_failed().although_done(),
    },
    Refusal {
        title: "no answer to the commit, which was done",
        kind: Kind::Bucket,
        method: "PUT",
        path: MANIFEST,
        times: 1,
        fault: || S3Fault::hang_up().although_done(),
    },
    Refusal {
        title: "no answer to the commit, which was not done",
        kind: Kind::Bucket,
        method: "PUT",
        path: MANIFEST,
        times: 1,
        fault: S3Fault::hang_up,
    },
    Refusal {
        title: "no answer to new pictures, which are there",
        kind: Kind::Objects,
        method: "PUT",
        path: "/o/",
        times: 2,
        fault: || S3Fault::hang_up().although_done(),
    },
    Refusal {
        title: "status 200 with an error instead of a copy",
        kind: Kind::Objects,
        method: "PUT",
        path: "/trash/",
        times: 2,
        fault: || S3Fault::refusal(200, "InternalError"),
    },
    Refusal {
        title: "status 200 with an error instead of a copy, persistent",
        kind: Kind::Bucket,
        method: "PUT",
        path: "/d/trash/",
        times: 60,
        fault: || S3Fault::refusal(200, "InternalError"),
    },
    Refusal {
        title: "a deletion in conflict",
        kind: Kind::Objects,
        method: "DELETE",
        path: "/o/",
        times: 2,
        fault: S3Fault::conflict,
    },
    Refusal {
        title: "deletions without an answer, which are done",
        kind: Kind::Objects,
        method: "DELETE",
        path: "/o/",
        times: 3,
        fault: || S3Fault::hang_up().although_done(),
    },
    Refusal {
        title: "deletions that are refused",
        kind: Kind::Objects,
        method: "DELETE",
        path: "/o/9103_c/",
        times: 1,
        fault: || S3Fault::refusal(403, "AccessDenied"),
    },
];

#[test]
fn refusing_bucket_loses_nothing() {
    let servers = Servers::start();
    let mut ended_well = 0;
    for refusal in &REFUSALS {
        let _context = FailureContext(refusal.title.to_owned());
        let world = World::new(&servers, refusal.kind);
        let path = format!("{}{}", world.bucket, refusal.path);
        servers
            .s3
            .fail_next(refusal.times, refusal.method, &path, (refusal.fault)());
        let ended = world.run(EXECUTE);
        let title = refusal.title;
        assert!(
            matches!(ended.code(), Some(0 | 1 | 4)),
            "{title}: {}",
            output_of(&ended)
        );
        ended_well += usize::from(ended.code() == Some(0));
        // Removes faults that no request met.
        world.servers.s3.forget_faults();
        finish(&world);
    }
    assert!(
        ended_well >= 8,
        "{ended_well} of {} runs ended well",
        REFUSALS.len()
    );
}
