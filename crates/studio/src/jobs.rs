//! Work for the page: no more at once than there are cores, called off when its page leaves, and no panic of it ends the server.

use std::{
    any::Any,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use shallow_analytic::stop::{panic_text, unless_stopped};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    task::{self, JoinError},
};

use crate::error::StudioError;

/// Leave to compute, for as many at once as there are cores; those who wait get it in their order.
#[derive(Debug, Clone)]
pub(crate) struct Jobs(Arc<Semaphore>);

/// Calls work off when it is dropped, as it is with a request whose page has left.
pub(crate) struct CallOff(pub(crate) Arc<AtomicBool>);

impl Drop for CallOff {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Jobs {
    pub(crate) fn new(n_cores: usize) -> Self {
        Self(Arc::new(Semaphore::new(n_cores)))
    }

    /// Does work when its turn comes. If this future is dropped, the work is called off; it is given the flag that says so.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&AtomicBool) -> Result<T, StudioError> + Send + 'static,
    ) -> Result<T, StudioError> {
        let flag = Arc::new(AtomicBool::new(false));
        let _call_off = CallOff(flag.clone());
        let permit = self.0.clone().acquire_owned().await;
        let done = task::spawn_blocking(move || {
            let _permit = permit;
            unless_stopped(&flag, || work(&flag))
        });
        match done.await {
            Ok(Some(result)) => result,
            Ok(None) => Err(StudioError::request("the work was stopped")),
            Err(error) => Err(bug(error)),
        }
    }

    /// Turns for work that shares the cores with others for long, on a thread of its own.
    pub(crate) fn turns(&self) -> Turns {
        Turns {
            permits: self.0.clone(),
            runtime: Handle::current(),
            held: None,
            before: Duration::ZERO,
        }
    }
}

/// What is left of a panic.
pub(crate) fn bug(error: JoinError) -> StudioError {
    let payload: Box<dyn Any + Send> = match error.try_into_panic() {
        Ok(payload) => payload,
        Err(_) => Box::new("its thread ended"),
    };
    StudioError::Bug(panic_text(&*payload))
}

/// Leave to compute that is given back now and then.
pub(crate) struct Turns {
    permits: Arc<Semaphore>,
    runtime: Handle,
    held: Option<(OwnedSemaphorePermit, Instant)>,
    /// How long its turns before this one took.
    before: Duration,
}

impl Turns {
    /// Waits for a turn, unless it has one.
    pub(crate) fn take(&mut self) {
        if self.held.is_none() {
            let permit = self.runtime.block_on(self.permits.clone().acquire_owned());
            self.held = permit.ok().map(|permit| (permit, Instant::now())); // it is never closed
        }
    }

    /// Lets others compute.
    pub(crate) fn give(&mut self) {
        if let Some((_, since)) = self.held.take() {
            self.before += since.elapsed();
        }
    }

    /// For how long it had turns.
    pub(crate) fn computed(&self) -> Duration {
        let since = self.held.as_ref().map(|(_, since)| since.elapsed());
        self.before + since.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use shallow_analytic::stop::look;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_panic_is_an_answer_and_the_next_work_is_done() {
        let jobs = Jobs::new(1);
        let panicked = jobs
            .run(|_| -> Result<(), _> { panic!("of\ntwo lines") })
            .await;
        let sentence = panicked.unwrap_err().sentence();
        assert!(
            sentence.contains("bug in shallow: of two lines"),
            "{sentence}"
        );
        assert_eq!(jobs.run(|_| Ok(5)).await.unwrap(), 5);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn work_that_nobody_waits_for_ends() {
        let jobs = Jobs::new(1);
        let endless = jobs.run(|_| -> Result<(), _> {
            loop {
                look()
            }
        });
        assert!(timeout(Duration::from_millis(50), endless).await.is_err());
        let begun = Instant::now();
        jobs.run(|_| Ok(())).await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(5));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn turns_are_taken_in_their_order() {
        let jobs = Jobs::new(1);
        let mut turns = jobs.turns();
        let waiting = task::spawn_blocking(move || {
            turns.take();
            turns.give();
            turns.take();
        });
        waiting.await.unwrap();
        jobs.run(|_| Ok(())).await.unwrap();
    }
}
