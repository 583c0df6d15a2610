//! What steers descents from outside: a wheel for each that runs, by the name that its page gave it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde::Deserialize;

/// Descents at once; each has a thread.
pub(crate) const MOST: usize = 256;

/// How a descent is steered.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Wheel {
    pub(crate) is_paused: bool,
    /// Steps a second; as many as there can be, if not given.
    pub(crate) speed: Option<f64>,
    /// Steps to take while it is paused; each order has a number of its own.
    pub(crate) steps: u64,
    pub(crate) order: u64,
    /// Steps after which it pauses.
    pub(crate) until: Option<usize>,
    /// The learning rate from here on.
    pub(crate) lr: Option<f64>,
}

impl Wheel {
    /// Whether each step waits for something.
    pub(crate) fn is_slow(&self) -> bool {
        self.is_paused || self.speed.is_some()
    }
}

impl Default for Wheel {
    fn default() -> Self {
        Self {
            is_paused: true,
            speed: None,
            steps: 0,
            order: 0,
            until: None,
            lr: None,
        }
    }
}

/// What steers a descent from outside.
#[derive(Default)]
pub(crate) struct Steering {
    wheel: Mutex<Wheel>,
    turned: Condvar,
    /// Goes up with each turn of the wheel, so that a step need not lock it.
    pub(crate) version: AtomicU64,
}

impl Steering {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Wheel> {
        self.wheel.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn turn(&self, wheel: Wheel) {
        let mut held = self.lock();
        *held = wheel;
        self.version.fetch_add(1, Ordering::Release);
        drop(held);
        self.turned.notify_all();
    }

    /// Waits until the wheel turns, for a while at most.
    pub(crate) fn wait(&self, version: u64, a_while: Duration) {
        let wheel = self.lock();
        if self.version.load(Ordering::Acquire) == version {
            drop(self.turned.wait_timeout(wheel, a_while));
        }
    }
}

/// The descents that run, by the names that their pages gave them.
#[derive(Default)]
pub(crate) struct Trainings(Mutex<HashMap<String, Arc<Steering>>>);

impl Trainings {
    pub(crate) fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Steering>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
