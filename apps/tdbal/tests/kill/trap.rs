//! Watches the services and kills the program at a chosen request.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use test_support::traffic::{Phase, SeenRequest};

/// Status and output of a process that ended.
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

    /// Whether SIGKILL ended the process.
    pub(crate) fn was_killed(&self) -> bool {
        use std::os::unix::process::ExitStatusExt as _;
        self.status.signal() == Some(9)
    }
}

type Wanted = Box<dyn Fn(&SeenRequest) -> bool + Send + Sync>;

/// Observes every request of a process to its services. A request has two events: its arrival and its
/// end.
#[derive(Default)]
pub(crate) struct Trap {
    child: Mutex<Option<Child>>,
    /// Event at which the process is killed, counted from 1; 0 for none.
    at: usize,
    /// Also kills at the first event that this accepts.
    wanted: Option<Wanted>,
    seen: AtomicUsize,
    in_flight: AtomicUsize,
    log: Mutex<Vec<SeenRequest>>,
}

impl Trap {
    /// A trap that only counts.
    pub(crate) fn open() -> Arc<Self> {
        Arc::default()
    }

    /// A trap that kills at this event.
    pub(crate) fn at(at: usize) -> Arc<Self> {
        Arc::new(Self {
            at,
            ..Self::default()
        })
    }

    /// A trap that kills at this event, or at the first that `wanted` accepts.
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

    /// All requests in order.
    pub(crate) fn log(&self) -> Vec<SeenRequest> {
        lock(&self.log).clone()
    }

    /// Counts an event and kills the process if it is the one.
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
            // The process may have ended by itself just now.
            let _ = child.kill();
        }
    }

    /// Runs a process to its end and waits until the services have finished its requests.
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
        // The pipes are closed, so the process is ending. Until `wait`, no other process gets its pid.
        let status = lock(&self.child).take().unwrap().wait().unwrap();
        let patience = Instant::now() + Duration::from_secs(20);
        while self.in_flight.load(Ordering::SeqCst) > 0 {
            assert!(Instant::now() < patience, "a service does not finish");
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
