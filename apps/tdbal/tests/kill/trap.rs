//! Watches the services and kills the program at a chosen request.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use test_support::traffic::{Phase, SeenRequest};

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) pid: u32,
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Whether it was SIGKILL that ended it.
    pub(crate) fn was_killed(&self) -> bool {
        use std::os::unix::process::ExitStatusExt as _;
        self.status.signal() == Some(9)
    }
}

type Wanted = Box<dyn Fn(&SeenRequest) -> bool + Send + Sync>;

/// Sees every request of one process to any of its services. A request is two events: it has
/// arrived, and it is done.
#[derive(Default)]
pub(crate) struct Trap {
    child: Mutex<Option<Child>>,
    /// The event at which the process is killed, from 1; none for 0.
    at: usize,
    /// Another event at which it is killed.
    wanted: Option<Wanted>,
    seen: AtomicUsize,
    in_flight: AtomicUsize,
    log: Mutex<Vec<SeenRequest>>,
}

impl Trap {
    /// One that only counts.
    pub(crate) fn open() -> Arc<Self> {
        Arc::default()
    }

    /// One that kills at this event.
    pub(crate) fn at(at: usize) -> Arc<Self> {
        Arc::new(Self {
            at,
            ..Self::default()
        })
    }

    /// One that kills at this event, or at the first that `wanted` names.
    pub(crate) fn at_or(
        at: usize,
        wanted: impl Fn(&SeenRequest) -> bool + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            at,
            wanted: Some(Box::new(wanted)),
            ..Self::default()
        })
    }

    /// Everything that was seen, in order.
    pub(crate) fn log(&self) -> Vec<SeenRequest> {
        lock(&self.log).clone()
    }

    /// Takes note of an event, and kills.
    pub(crate) fn see(&self, request: &SeenRequest) {
        match request.phase {
            Phase::Arrived => self.in_flight.fetch_add(1, Ordering::SeqCst),
            Phase::Answered => self.in_flight.fetch_sub(1, Ordering::SeqCst),
        };
        lock(&self.log).push(request.clone());
        let event = self.seen.fetch_add(1, Ordering::SeqCst) + 1;
        let is_wanted = self.wanted.as_ref().is_some_and(|wanted| wanted(request));
        if (event == self.at || is_wanted)
            && let Some(child) = lock(&self.child).as_mut()
        {
            // It may have ended by itself just now.
            let _ = child.kill();
        }
    }

    /// Runs a process to its end, and waits for what it left the services to do.
    pub(crate) fn run(&self, mut command: Command) -> Ended {
        let mut place = lock(&self.child);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let pid = child.id();
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        *place = Some(child);
        drop(place);
        let reader = std::thread::spawn(move || read(stderr));
        let out = read(stdout);
        let err = reader.join().unwrap();
        // Its ends of the pipes are closed: it is ending. Until it is waited for here, its number
        // belongs to no other process.
        let status = lock(&self.child).take().unwrap().wait().unwrap();
        let patience = Instant::now() + Duration::from_secs(20);
        while self.in_flight.load(Ordering::SeqCst) > 0 {
            assert!(Instant::now() < patience, "a service does not end its work");
            std::thread::yield_now();
        }
        Ended {
            pid,
            status,
            out,
            err,
        }
    }
}

fn read(pipe: Option<impl std::io::Read>) -> String {
    let mut bytes = Vec::new();
    pipe.unwrap().read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
