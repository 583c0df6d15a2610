//! Work without the interpreter's lock: it can be called off by Ctrl-C, and its panics are Python's errors.

use std::{
    collections::HashMap,
    mem, panic,
    panic::AssertUnwindSafe,
    process,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{RecvTimeoutError, channel},
    },
    time::Duration,
};

use pyo3::{PyErr, PyResult, Python, exceptions::PyRuntimeError};
use rayon::{ThreadPool, ThreadPoolBuilder};
use shallow_analytic::stop::{panic_text, unless_stopped};

use crate::arrays::value_error;

/// Between two looks for Ctrl-C.
const LOOK: Duration = Duration::from_millis(50);

/// Where work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// On this thread: it takes less than a tenth of a second, and waking another takes as long as some.
    Small,
    /// On others, while this one looks for Ctrl-C.
    Large,
}

/// Up to so many samples, and so many units, a fit without choices is small.
const SMALL: (usize, usize) = (8192, 64);

impl Size {
    /// Of a fit without choices.
    pub(crate) fn of(n_samples: usize, n_units: usize) -> Self {
        match n_samples <= SMALL.0 && n_units <= SMALL.1 {
            true => Self::Small,
            false => Self::Large,
        }
    }
}

/// Does work that ends or fails with a sentence. After Ctrl-C, what it does is dropped.
pub(crate) fn run<T: Send + 'static, E: ToString>(
    py: Python<'_>,
    size: Size,
    n_threads: Option<usize>,
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> PyResult<T> {
    match size {
        Size::Small => {
            let flag = Arc::new(AtomicBool::new(false));
            py.detach(|| caught(&flag, || work().map_err(value_error)))
        }
        Size::Large => run_asking(
            py,
            n_threads,
            |_: &AtomicBool, _: Ask<()>| work(),
            |()| Ok(true),
        ),
    }
}

/// Asks the thread that waits for the work whether to go on.
pub(crate) type Ask<'a, Q> = &'a dyn Fn(Q) -> bool;

/// What other threads say to the one that waits.
enum Said<T, Q> {
    Asked(Q),
    Done(PyResult<T>),
}

/// As [`run`], of large work that looks at a flag and asks questions, which are answered on this thread.
pub(crate) fn run_asking<T: Send + 'static, E: ToString, Q: Send + 'static>(
    py: Python<'_>,
    n_threads: Option<usize>,
    work: impl FnOnce(&AtomicBool, Ask<Q>) -> Result<T, E> + Send + 'static,
    mut answer: impl FnMut(Q) -> PyResult<bool>,
) -> PyResult<T> {
    let flag = Arc::new(AtomicBool::new(false));
    let pool = pool(n_threads)?;
    let (say, said) = channel();
    let (reply, answers) = channel();
    let said = Mutex::new(said); // to wait without the interpreter's lock
    let its = flag.clone();
    pool.spawn(move || {
        let ask =
            |question| say.send(Said::Asked(question)).is_ok() && answers.recv().unwrap_or(false);
        let result = caught(&its, || work(&its, &ask).map_err(value_error));
        // Nobody waits for it any more, if it was called off.
        let _ = say.send(Said::Done(result));
    });
    loop {
        let heard = match py.detach(|| {
            said.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .recv_timeout(LOOK)
        }) {
            Ok(Said::Done(result)) => return result,
            Ok(Said::Asked(question)) => answer(question).map(|goes_on| {
                let _ = reply.send(goes_on);
            }),
            Err(RecvTimeoutError::Disconnected) => Err(bug("a thread ended")),
            Err(RecvTimeoutError::Timeout) => py.check_signals(),
        };
        if let Err(error) = heard {
            flag.store(true, Ordering::Relaxed);
            return Err(error);
        }
    }
}

/// Short work that borrows, on all cores.
pub(crate) fn on_all_cores<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> T + Send,
) -> PyResult<T> {
    let pool = pool(None)?;
    py.detach(|| pool.install(|| panic::catch_unwind(AssertUnwindSafe(work))))
        .map_err(|payload| bug(&panic_text(&*payload)))
}

fn caught<T>(flag: &Arc<AtomicBool>, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    let ended = panic::catch_unwind(AssertUnwindSafe(|| unless_stopped(flag, work)));
    match ended {
        Ok(Some(result)) => result,
        Ok(None) => Err(bug("work was called off that nobody called off")),
        Err(payload) => Err(bug(&panic_text(&*payload))),
    }
}

fn bug(what: &str) -> PyErr {
    PyRuntimeError::new_err(format!(
        "this is a bug in shallow: {what}; please report it with the call and its data"
    ))
}

/// More are not started, whatever is asked for.
const MOST_THREADS: usize = 256;

/// Threads by their number, and the process that they are in: a forked child has none of its parent's.
type Pools = (u32, HashMap<usize, Arc<ThreadPool>>);

static POOLS: Mutex<Option<Pools>> = Mutex::new(None);

/// So many threads, or as many as there are cores.
fn pool(n_threads: Option<usize>) -> PyResult<Arc<ThreadPool>> {
    if n_threads == Some(0) {
        return Err(value_error("n_threads must be at least 1, got 0"));
    }
    let n_threads = n_threads.unwrap_or(0).min(MOST_THREADS); // 0 is rayon's word for all cores
    let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    let (process, known) = pools.get_or_insert_with(|| (process::id(), HashMap::new()));
    if *process != process::id() {
        // Its threads are not there to be joined.
        mem::forget(mem::take(known));
        *process = process::id();
    }
    if let Some(pool) = known.get(&n_threads) {
        return Ok(pool.clone());
    }
    let built = ThreadPoolBuilder::new().num_threads(n_threads).build();
    let pool = Arc::new(built.map_err(|error| {
        PyRuntimeError::new_err(format!("cannot start {n_threads} threads: {error}"))
    })?);
    known.insert(n_threads, pool.clone());
    Ok(pool)
}
