//! The view Train: a descent that sends frames while it runs, and is steered on the way.
//!
//! A descent is one request, whose answer is a line of JSON for each frame. It has a thread of its own, but computes only in its turn, one
//! frame long; it ends with its request. Frames are dropped, not steps, where a page does not keep up.

use std::{
    mem,
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Json as Answer,
    body::{Body, Bytes},
    extract::{Path, State, rejection::PathRejection},
    http::header,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use shallow_analytic::{Parameters, stop::unless_stopped};
use shallow_fitting::{Descending, Plan, Silent, Step};
use tokio::{
    sync::mpsc::{Sender, channel, error::TrySendError},
    task,
};
use tokio_stream::wrappers::ReceiverStream;

use super::read::Json;
use crate::{
    answer::{Net, Shown},
    error::StudioError,
    jobs::{CallOff, Turns, bug},
    state::{Asked, Shared},
    steering::{MOST, Steering, Wheel},
};

/// Between two frames.
const FRAME: Duration = Duration::from_millis(33);

/// A page that takes no frame for so long has left without a word.
const GONE: Duration = Duration::from_secs(60);

/// This share of their step the frames of a trail are apart.
const APART: f64 = 0.08;

/// Epochs of one stretch: the losses of more are not kept.
const STRETCH: usize = 1 << 18;

/// Steps on a device from one look to the next at full speed: each look waits for the device.
const ON_DEVICE: usize = 10;

/// A descent's place among those that run, until it is dropped.
struct Registered {
    studio: Shared,
    id: String,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.studio.trainings.lock().remove(&self.id);
    }
}

/// What begins a descent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Begin {
    asked: Asked,
    /// A name of the page's choice.
    id: String,
    #[serde(default)]
    wheel: Wheel,
}

/// A line of the answer.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Line {
    Begin {
        shown: Box<Shown>,
        engine: &'static str,
        device: String,
        /// The network before the first step.
        net: Net,
        limit: Option<f64>,
    },
    Frame(Frame),
    Error {
        error: String,
    },
}

#[derive(Serialize)]
struct Frame {
    epoch: usize,
    /// Of the last step, before its update.
    loss: f64,
    /// The least and the largest loss since the frame before.
    low: f64,
    high: f64,
    net: Net,
    /// The learning rate beyond which these weights are not stable, where it was computed.
    limit: Option<f64>,
    is_paused: bool,
    /// What was passed since the frame before, at steps whose logarithms are even.
    trail: Vec<Frame>,
}

/// Begins a descent.
pub(crate) async fn train(
    State(studio): State<Shared>,
    Json(begin): Json<Begin>,
) -> Result<Response, StudioError> {
    let plan = begin.asked.descent(&studio)?;
    let steering = Arc::new(Steering::default());
    steering.turn(begin.wheel);
    let registered = {
        let mut running = studio.trainings.lock();
        if running.len() >= MOST {
            return Err(StudioError::Busy(format!(
                "{MOST} descents are running; end some, or close their pages"
            )));
        }
        if begin.id.len() > 64 || running.contains_key(&begin.id) {
            return Err(StudioError::request("a descent of this name is running"));
        }
        running.insert(begin.id.clone(), steering.clone());
        Registered {
            studio: studio.clone(),
            id: begin.id,
        }
    };
    let (send, lines) = channel(2);
    let flag = Arc::new(AtomicBool::new(false));
    let its = flag.clone();
    let turns = studio.jobs.turns();
    let failed = send.clone();
    let work = task::spawn_blocking(move || {
        let _registered = registered;
        unless_stopped(&its, || Training::run(&plan, &steering, &its, turns, send))
    });
    task::spawn(async move {
        let error = match work.await {
            Ok(None | Some(Ok(()))) => return,
            Ok(Some(Err(error))) => error,
            Err(error) => bug(error),
        };
        let error = Line::Error {
            error: studio.named(error).sentence(),
        };
        let _ = failed.send(line(&error)).await; // the page may have left
    });
    let lines = Lines {
        stream: ReceiverStream::new(lines),
        _call_off: CallOff(flag),
    };
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((kind, Body::from_stream(lines)).into_response())
}

/// The error that a network of the descent's width can at best come close to.
#[derive(Serialize)]
pub(crate) struct Reach {
    n_pieces: usize,
    loss: f64,
}

/// What the best straight pieces found leave of the samples.
pub(crate) async fn reach(
    State(studio): State<Shared>,
    Json(asked): Json<Asked>,
) -> Result<Answer<Reach>, StudioError> {
    let plan = asked.descent(&studio)?;
    let work = move |_: &_| {
        let (n_pieces, loss) = Descending::new(&plan, &mut Silent)?.best_pieces();
        Ok(Reach { n_pieces, loss })
    };
    studio.work(work).await.map(Answer)
}

/// Steers one.
pub(crate) async fn steer(
    State(studio): State<Shared>,
    id: Result<Path<String>, PathRejection>,
    Json(wheel): Json<Wheel>,
) -> Result<Answer<()>, StudioError> {
    let id = id.map_or_else(|_| String::new(), |Path(id)| id);
    let steering = studio.trainings.lock().get(&id).cloned();
    let steering = steering.ok_or_else(|| StudioError::NotHere("this descent has ended".into()))?;
    steering.turn(wheel);
    Ok(Answer(()))
}

/// The lines as they come; the descent is called off when they are no longer wanted.
struct Lines {
    stream: ReceiverStream<Bytes>,
    _call_off: CallOff,
}

impl tokio_stream::Stream for Lines {
    type Item = Result<Bytes, std::convert::Infallible>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        let next = std::pin::Pin::new(&mut self.stream).poll_next(context);
        next.map(|line| line.map(Ok))
    }
}

fn line(line: &Line) -> Bytes {
    let mut text = serde_json::to_vec(line).expect("a line is numbers and text");
    text.push(b'\n');
    text.into()
}

/// A descent that runs.
struct Training<'a> {
    steering: &'a Steering,
    stop: &'a AtomicBool,
    turns: Turns,
    send: Sender<Bytes>,
    wheel: Wheel,
    version: u64,
    /// The order of steps that is carried out, and those of it that are left.
    order: u64,
    left: u64,
    /// From when, and from which epoch, the speed is kept.
    since: (Instant, usize),
    last_frame: Instant,
    last_taken: Instant,
    /// The extremes of the losses since the last frame.
    low: f64,
    high: f64,
    /// What goes into the next frame, and the step at which there is more.
    trail: Vec<Frame>,
    next: usize,
    /// What was computed when a limit last was, and how long that took.
    last_limit: (Duration, Duration),
}

impl<'a> Training<'a> {
    fn run(
        plan: &Plan,
        steering: &'a Steering,
        stop: &'a AtomicBool,
        mut turns: Turns,
        send: Sender<Bytes>,
    ) -> Result<(), StudioError> {
        turns.take();
        let mut descending = Descending::new(plan, &mut Silent)?;
        let now = Instant::now();
        let mut training = Self {
            steering,
            stop,
            turns,
            send,
            wheel: Wheel::default(),
            version: 0,
            order: 0,
            left: 0,
            since: (now, 0),
            last_frame: now - FRAME,
            last_taken: now,
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
            trail: Vec::new(),
            next: 1,
            last_limit: (Duration::ZERO, Duration::ZERO),
        };
        training.begin(&descending);
        let is_on_host = descending.device() == "cpu";
        let mut epochs = 0;
        training.between(epochs, &mut |_| {});
        while !training.has_left() {
            let config = &mut descending.config;
            config.learning_rate = training.wheel.lr.unwrap_or(config.learning_rate);
            let is_slow = training.wheel.is_paused || training.wheel.speed.is_some();
            config.log_every = if is_on_host || is_slow { 1 } else { ON_DEVICE };
            config.epochs = epochs + STRETCH;
            match descending.go_on(stop, &mut |step| training.look(step)) {
                Ok(fit) => epochs = fit.checkpoint.epochs,
                Err(error) => {
                    training.flush();
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    fn has_left(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
            || self.send.is_closed()
            || self.last_taken.elapsed() > GONE
    }

    fn begin(&mut self, descending: &Descending) {
        let start = descending.start().clone();
        let first = Line::Begin {
            shown: Box::new(Shown::of(descending.samples())),
            engine: descending.config.engine.name(),
            device: descending.device().into(),
            limit: descending.stability_limit(&start),
            net: (&descending.fitted(start).function).into(),
        };
        let _ = self.send.try_send(line(&first)); // there is room
    }

    /// What happens after a step: a frame now and then, a turn of the wheel, a wait. A learning rate that is new ends the stretch.
    fn look(&mut self, step: &Step) -> ControlFlow<()> {
        self.low = self.low.min(step.loss);
        self.high = self.high.max(step.loss);
        if step.epochs >= self.next {
            self.next = step.epochs + (APART * step.epochs as f64) as usize + 1;
            let passed = self.seen(step, None);
            self.trail.push(passed);
            (self.low, self.high) = (f64::INFINITY, f64::NEG_INFINITY);
        }
        let rate = self.wheel.lr;
        let is_slow = self.wheel.is_paused || self.wheel.speed.is_some();
        if self.last_frame.elapsed() >= FRAME {
            self.frame(step, false);
            self.turns.give();
            self.turns.take();
            // Its turn is as long as a frame, however long it waited.
            self.last_frame = Instant::now();
        }
        if self.wheel.until == Some(step.epochs) {
            self.wheel.is_paused = true;
        }
        self.between(step.epochs, &mut |training| training.frame(step, true));
        let becomes_slow = self.wheel.is_paused || self.wheel.speed.is_some();
        match self.has_left() || self.wheel.lr != rate || becomes_slow != is_slow {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    /// Waits until the next step is due; a frame is shown of what is waited at.
    fn between(&mut self, epochs: usize, frame: &mut dyn FnMut(&mut Self)) {
        // Whether a frame was shown of this wait, and whether it was one of a pause.
        let mut shown = None;
        loop {
            self.read_wheel(epochs);
            if self.has_left() {
                break;
            }
            let wait = if self.wheel.is_paused {
                if self.left > 0 {
                    self.left -= 1;
                    break;
                }
                Duration::from_millis(500)
            } else {
                let speed = self
                    .wheel
                    .speed
                    .filter(|speed| *speed > 0.0 && speed.is_finite());
                let Some(speed) = speed else { break };
                let due = (epochs + 1 - self.since.1.min(epochs)) as f64 / speed;
                let due = Duration::from_secs_f64(due.min(3600.0));
                let wait = due.saturating_sub(self.since.0.elapsed());
                if wait.is_zero() {
                    break;
                }
                wait.min(Duration::from_millis(500))
            };
            let is_paused = self.wheel.is_paused;
            if shown != Some(is_paused) && (wait > FRAME || is_paused) {
                frame(self);
                shown = Some(is_paused);
            }
            self.turns.give();
            self.steering.wait(self.version, wait);
            // A page that shows a still picture takes no frames, and is there.
            self.last_taken = Instant::now();
        }
        self.turns.take();
    }

    fn read_wheel(&mut self, epochs: usize) {
        let version = self.steering.version.load(Ordering::Acquire);
        if version == self.version {
            return;
        }
        self.version = version;
        let wheel = self.steering.lock().clone();
        if wheel.order != self.order {
            (self.order, self.left) = (wheel.order, wheel.steps);
        }
        if wheel.speed != self.wheel.speed || wheel.is_paused != self.wheel.is_paused {
            self.since = (Instant::now(), epochs);
        }
        self.wheel = wheel;
    }

    /// Sends a frame; one that must be seen waits until there is room.
    fn frame(&mut self, step: &Step, must: bool) {
        self.last_frame = Instant::now();
        if !must && self.send.capacity() == 0 {
            return; // the trail stays for the next one
        }
        let limit = self.limit(step, &step.parameters(), must && self.wheel.is_paused);
        let mut frame = self.seen(step, limit);
        frame.trail = mem::take(&mut self.trail);
        let mut bytes = line(&Line::Frame(frame));
        loop {
            match self.send.try_send(bytes) {
                Ok(()) => {
                    self.last_taken = Instant::now();
                    (self.low, self.high) = (f64::INFINITY, f64::NEG_INFINITY);
                    return;
                }
                Err(TrySendError::Full(back)) if must && !self.has_left() => {
                    self.turns.give();
                    std::thread::sleep(FRAME);
                    bytes = back;
                }
                Err(_) => return,
            }
        }
    }

    /// Sends what was passed before the descent failed.
    fn flush(&mut self) {
        let Some(mut last) = self.trail.pop() else {
            return;
        };
        last.trail = mem::take(&mut self.trail);
        self.turns.give();
        let _ = self.send.blocking_send(line(&Line::Frame(last))); // the page may have left
    }

    /// The network after a step.
    fn seen(&self, step: &Step, limit: Option<f64>) -> Frame {
        Frame {
            epoch: step.epochs,
            loss: step.loss,
            low: self.low.min(step.loss),
            high: self.high.max(step.loss),
            net: (&step.fitted().function).into(),
            limit,
            is_paused: self.wheel.is_paused,
            trail: Vec::new(),
        }
    }

    /// The limit at these weights, as often as it costs little.
    fn limit(&mut self, step: &Step, parameters: &Parameters, must: bool) -> Option<f64> {
        let (when, took) = self.last_limit;
        let since = self.turns.computed().saturating_sub(when);
        if !must && since < 20 * took + Duration::from_millis(200) {
            return None;
        }
        let begun = Instant::now();
        let limit = step.stability_limit(parameters);
        self.last_limit = (self.turns.computed(), begun.elapsed());
        limit
    }
}
