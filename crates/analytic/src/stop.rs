//! Work that another thread can call off, where it takes no flag of its own.
//!
//! A loop that may take long calls [`look`], which is a look at one flag. Work that is called off unwinds from there, as a panic does,
//! up to [`unless_stopped`], and leaves nothing but what it dropped on the way.

use std::{
    any::Any,
    cell::RefCell,
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

thread_local! {
    static FLAG: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
}

/// What unwinds.
struct Stopped;

/// The flag that work of this thread looks at, for work that it hands to others.
#[derive(Debug, Clone)]
pub struct Stop(Option<Arc<AtomicBool>>);

impl Stop {
    /// That of this thread; one that is never set, if it has none.
    pub fn here() -> Self {
        Self(FLAG.with_borrow(Option::clone))
    }

    /// Does work that looks at this flag.
    pub fn with<R>(&self, work: impl FnOnce() -> R) -> R {
        /// Puts back what was there, also when the work unwinds.
        struct Before(Option<Arc<AtomicBool>>);
        impl Drop for Before {
            fn drop(&mut self) {
                let before = self.0.take();
                FLAG.with_borrow_mut(|flag| *flag = before);
            }
        }
        let _before = Before(FLAG.replace(self.0.clone()));
        work()
    }
}

/// What a panic says, in one line.
pub fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    text.unwrap_or("no message").replace('\n', " ")
}

/// Does work until it ends or finds the flag set; none then.
///
/// # Panics
///
/// When the work does.
///
/// ```
/// use shallow_analytic::stop::{look, unless_stopped};
/// use std::sync::{Arc, atomic::AtomicBool};
/// let flag = Arc::new(AtomicBool::new(false));
/// assert_eq!(unless_stopped(&flag, || { look(); 5 }), Some(5));
/// flag.store(true, std::sync::atomic::Ordering::Relaxed);
/// assert_eq!(unless_stopped(&flag, || loop { look() }), None::<()>);
/// ```
pub fn unless_stopped<R>(flag: &Arc<AtomicBool>, work: impl FnOnce() -> R) -> Option<R> {
    let stop = Stop(Some(flag.clone()));
    match panic::catch_unwind(AssertUnwindSafe(|| stop.with(work))) {
        Ok(result) => Some(result),
        Err(payload) => {
            let payload: Box<dyn Any + Send> = payload;
            match payload.is::<Stopped>() {
                true => None,
                false => panic::resume_unwind(payload),
            }
        }
    }
}

/// Ends the work of this thread here, if that was asked for.
pub fn look() {
    let is_set = FLAG.with_borrow(|flag| {
        flag.as_ref()
            .is_some_and(|flag| flag.load(Ordering::Relaxed))
    });
    if is_set {
        panic::resume_unwind(Box::new(Stopped));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;

    #[test]
    fn threads_that_help_stop_too() {
        let flag = Arc::new(AtomicBool::new(false));
        let done = unless_stopped(&flag, || {
            let stop = Stop::here();
            (0..64).into_par_iter().for_each(|at| {
                stop.with(|| {
                    if at == 40 {
                        flag.store(true, Ordering::Relaxed);
                    }
                    look();
                });
            });
        });
        assert_eq!(done, None);
        look(); // nothing is left of it here
    }
}
