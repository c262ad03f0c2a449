//! What the process needs is denied to it: folders that cannot be written, disks without room, buckets
//! that refuse. Nothing is lost, and when the fault is gone, going on ends well.

use crate::invariant::{When, check, check_targets};
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

/// Ends what the fault left undone, and checks everything; nothing that is paid for is ordered again.
fn go_on(world: &World<'_>) {
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

fn told(ended: &Ended) -> String {
    format!("{}\n{}{}", ended.status, ended.out, ended.err)
}

/// Every file of the data but the program's own state.
fn files(world: &World<'_>) -> BTreeMap<String, Vec<u8>> {
    let mut files = DataSet::new(world.data()).files();
    files.retain(|name, _| !name.starts_with(".tdbal/"));
    files
}

/// The user and group for whom rights hold where the tests are run by root, who may do anything.
const NOBODY: u32 = 65534;

fn set_rights(folder: &Path, mode: u32) {
    fs::set_permissions(folder, Permissions::from_mode(mode)).unwrap();
}

/// Sets the rights of a folder and of all folders in it.
fn set_all_rights(folder: &Path, mode: u32) {
    set_rights(folder, mode);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            set_all_rights(&path, mode);
        }
    }
}

/// The program as somebody for whom rights hold; nobody, said aloud, if that cannot be.
fn as_somebody(world: &World<'_>, args: &[&str]) -> Option<Command> {
    let root = world.path("");
    set_rights(&root, 0o777);
    let closed = world.path("closed");
    fs::create_dir(&closed).unwrap();
    set_rights(&closed, 0o555);
    let mut command = world.tdbal(args);
    if fs::write(closed.join("file"), "").is_err() {
        return Some(command);
    }
    command.uid(NOBODY).gid(NOBODY);
    let mut probe = world.tdbal(&["--version"]);
    match probe.uid(NOBODY).gid(NOBODY).output() {
        Ok(output) if output.status.success() => Some(command),
        other => {
            say(&format!(
                "SKIPPED: a folder that cannot be written to, which needs another user than root who \
                 can start the program: {other:?}"
            ));
            None
        }
    }
}

#[test]
fn a_data_folder_that_cannot_be_written_stays_as_it_is() {
    let servers = Servers::start();
    let world = World::new(&servers, Kind::Folder);
    set_all_rights(&world.data(), 0o555);
    let before = files(&world);
    let Some(command) = as_somebody(&world, EXECUTE) else {
        return;
    };
    let ended = world.run_in(&Trap::open(), command);
    assert_eq!(ended.code(), Some(1), "{}", told(&ended));
    assert!(ended.err.contains("ermission denied"), "{}", told(&ended));
    assert_eq!(files(&world), before);
    assert_eq!(world.replicate.orders(), 0);
    set_all_rights(&world.data(), 0o777);
    go_on(&world);
}

#[test]
fn nothing_is_bought_where_nothing_could_be_put_into_the_trash() {
    let servers = Servers::start();
    let world = World::new(&servers, Kind::Folder);
    fs::create_dir_all(world.data().join(".tdbal")).unwrap();
    set_all_rights(&world.data(), 0o777);
    set_rights(&world.data(), 0o555);
    let before = files(&world);
    let Some(command) = as_somebody(&world, EXECUTE) else {
        return;
    };
    let ended = world.run_in(&Trap::open(), command);
    assert_eq!(ended.code(), Some(4), "{}", told(&ended));
    let said = told(&ended);
    assert!(
        said.contains("trash/") && said.contains("ermission denied"),
        "{said}"
    );
    assert_eq!(files(&world), before);
    assert_eq!(world.replicate.orders(), 0);
    set_rights(&world.data(), 0o777);
    go_on(&world);
}

#[test]
fn one_folder_that_cannot_be_written_stops_one_actor() {
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
    let Some(command) = as_somebody(&world, EXECUTE) else {
        return;
    };
    let ended = world.run_in(&Trap::open(), command);
    let said = told(&ended);
    assert_eq!(ended.code(), Some(4), "{said}");
    assert!(
        said.contains("9101_a") && said.contains("ermission denied"),
        "{said}"
    );
    assert_eq!(own(files(&world)), before);
    let book = world.book();
    let done = book
        .logs()
        .iter()
        .filter(|log| log.state.change.committed)
        .count();
    assert_eq!(done, 2, "the others are done");
    set_rights(&folder, 0o777);
    go_on(&world);
}

/// Lets files grow to so many KiB only, then runs the rest of the arguments.
const LIMITED: &str = "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"";

#[test]
fn files_that_may_not_grow_lose_nothing() {
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
            told(&ended)
        );
        failures += usize::from(ended.code() != Some(0));
        go_on(&world);
    }
    assert!(failures >= 2, "{failures} of 8 failed for lack of room");
}

/// Runs the rest of the arguments with the data on a file system of its own of so many KiB.
const SMALL_DISK: &str = "mv data before && mkdir data after || exit 99
mount -t tmpfs -o size=\"$1k\" none data && cp -a before/. data/ || exit 99
shift
\"$@\"
code=$?
cp -a data/. after/ && umount data && rmdir data && mv after data || exit 99
exit $code";

#[test]
fn a_disk_that_fills_up_loses_nothing() {
    let may_mount = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "true"])
        .output();
    if !may_mount.is_ok_and(|output| output.status.success()) {
        say("SKIPPED: a disk that fills up, which needs unshare and user namespaces");
        return;
    }
    let servers = Servers::start();
    let (mut failures, mut midway) = (0, 0);
    // In pages of 4 KiB: from no room for anything to room for everything.
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
            told(&ended)
        );
        failures += usize::from(ended.code() != Some(0));
        midway += usize::from(world.book().is_midway());
        go_on(&world);
    }
    assert!(
        failures >= 4 && midway >= 2,
        "{failures} failed, {midway} of them midway"
    );
}

/// A bucket that does not answer as it should.
struct Refusal {
    title: &'static str,
    kind: Kind,
    method: &'static str,
    /// A part of the path, behind the bucket.
    path: &'static str,
    times: usize,
    fault: fn() -> S3Fault,
}

const MANIFEST: &str = "/d/actors/9101_a/training_data/manifest.json";

const REFUSALS: [Refusal; 16] = [
    Refusal {
        title: "too many requests, for a moment",
        kind: Kind::Bucket,
        method: "PUT",
        path: "/d/",
        times: 2,
        fault: S3Fault::slow_down,
    },
    Refusal {
        title: "too many requests, for long",
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
        title: "too many writers of a manifest, for long",
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
        title: "another writer of a manifest, who was ourselves",
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
        title: "200 with an error in place of a copy",
        kind: Kind::Objects,
        method: "PUT",
        path: "/trash/",
        times: 2,
        fault: || S3Fault::refusal(200, "InternalError"),
    },
    Refusal {
        title: "200 with an error in place of a copy, for long",
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
fn a_bucket_that_refuses_loses_nothing() {
    let servers = Servers::start();
    let mut ended_well = 0;
    for refusal in &REFUSALS {
        let _when = When(refusal.title.to_owned());
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
            told(&ended)
        );
        ended_well += usize::from(ended.code() == Some(0));
        // What was laid down and not met is not there any more.
        world.servers.s3.forget_faults();
        go_on(&world);
    }
    assert!(
        ended_well >= 8,
        "{ended_well} of {} did not even notice",
        REFUSALS.len()
    );
}
