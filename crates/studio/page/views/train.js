// Train: a descent, live, and a second one from the same start beside it.

import { ask, askLines } from '../api.js';
import { Chart, range } from '../chart.js';
import { choices, controls, copy, count, el, field, fieldBeside, logSlider, number, select, short, tick, two } from '../elements.js';
import { History } from '../history.js';
import { isDead, kinks, places, predict, shares, unit } from '../network.js';

export const DESCENT = ['hidden', 'model', 'degree', 'activation', 'engine', 'optimizer', 'start', 'lr', 'epochs', 'reduction', 'weight-decay', 'device', 'dtype'];
const OPTIMIZERS = [['gd', 'gradient descent'], ['momentum', 'momentum'], ['adam', 'Adam'], ['lm', 'Levenberg-Marquardt']];
const SPEEDS = [['1', '1 step a second'], ['5', '5 steps a second'], ['30', '30 steps a second'], ['200', '200 steps a second'], ['2000', '2,000 steps a second'], ['', 'all the machine gives']];

/** One descent: its stream, its frames. */
class Run {
  constructor(view, index, name, colour) {
    Object.assign(this, { view, index, name, colour });
    this.history = new History();
  }

  async begin(asked, wheel) {
    const own = new AbortController();
    this.controller = own;
    this.id = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');
    this.isRunning = true;
    try {
      await askLines('train', { asked, id: this.id, wheel }, this.controller.signal, (line) => this.take(line));
      // It has no end of its own.
      if (this.controller === own && this.isRunning) this.view.failed(this, 'the program has ended this descent');
    } catch (error) {
      if (error.name !== 'AbortError') this.view.failed(this, error.message);
    }
    if (this.controller === own) this.isRunning = false; // it may have begun anew
  }

  take(line) {
    if (line.kind === 'begin' && !this.seen) { this.first = line; this.limit = line.limit; this.view.began(this); }
    if (line.kind === 'frame' && this.seen !== undefined) {
      // Steps that were shown already.
      if (line.epoch < this.seen || !line.is_paused) return;
      this.seen = undefined;
      this.steer(this.view.wheel(this.index));
      return;
    }
    if (line.kind === 'frame') {
      if (line.limit !== null) { this.limit = line.limit; this.view.markLimits(); }
      const { trail, ...frame } = line;
      [...trail, frame].forEach((passed) => this.history.add(passed));
      this.isPaused = line.is_paused;
      this.rate();
      this.view.queue();
    }
    if (line.kind === 'error') this.view.failed(this, line.error);
  }

  /** Forgets what was after a step; what is sent up to it is not shown again. */
  back(epoch) {
    this.history.frames = this.history.frames.filter((frame) => frame.epoch <= epoch);
    this.seen = epoch;
    this.looks = [];
  }

  /** Steps a second, over the last half of a second or more. */
  rate() {
    const now = performance.now();
    const epoch = this.history.frames.at(-1).epoch;
    this.looks = [...(this.looks ?? []), [now, epoch]].filter(([when], at, all) => now - when < 1500 || at === all.length - 1);
    const [[then, before]] = this.looks;
    this.speed = now - then > 300 ? (1000 * (epoch - before)) / (now - then) : undefined;
  }

  async steer(wheel) {
    if (!this.isRunning) return;
    try {
      await ask(`train/${this.id}`, wheel, this.controller.signal);
    } catch (error) {
      if (error.name !== 'AbortError') this.view.failed(this, error.message);
    }
  }

  end() { this.controller?.abort(); this.isRunning = false; }
}

export class TrainView {
  constructor(app) {
    this.app = app;
    this.runs = [];
    this.order = 0;
    this.paused = true;
    this.said = el('div', { className: 'said' });
    this.wrong = el('p', { className: 'wrong', role: 'alert' });
    this.live = el('p', { className: 'hint', role: 'status' });
    this.numbers = el('div', { className: 'numbers' });
    this.curve = new Chart('The curve, and what each unit adds', { height: 340 });
    this.losses = new Chart('The loss', { height: 340, xLabel: 'step', logX: true, logY: true });
    this.walk = new Chart('Where the kinks walk', { height: 240, xLabel: 'step', logX: true });
    this.units = new Chart('What share each unit has; × is dead on the domain', { height: 240, xLabel: 'unit' });
    this.problemPlace = el('div');
    this.own = el('section', { 'aria-label': 'How to train' });
    this.rewind = el('input', { type: 'range', min: 0, max: 0, step: 1, value: 0, oninput: () => this.look(Number(this.rewind.value)) });
    this.start = el('button', { type: 'button', className: 'main', onclick: () => this.toggle() }, 'Start');
    this.speed = select(SPEEDS, '30', () => this.steer());
    const until = number(undefined, (value) => { this.until = value; }, { min: 1, step: 1, placeholder: '500' });
    this.element = el('div', { className: 'view' },
      controls('Train', this.problemPlace, this.own),
      el('div', { className: 'shown' },
        this.said,
        el('div', { className: 'buttons' },
          this.start,
          el('button', { type: 'button', onclick: () => this.step() }, 'One step'),
          el('button', { type: 'button', onclick: () => this.restart() }, 'Back to the start')),
        el('div', { className: 'pair' }, field('Speed', this.speed),
          fieldBeside('Pause after step', until, el('button', { type: 'button', onclick: () => this.runUntil() }, 'Run to it'))),
        this.wrong, this.live,
        this.shown = el('div', {},
          this.numbers,
          field('Rewind', this.rewind),
          el('div', { className: 'charts' }, this.curve.figure, this.losses.figure, this.walk.figure, this.units.figure))));
  }

  show() {
    this.problemPlace.append(this.app.problem.element);
    this.app.problem.build();
    this.build();
    this.queue();
  }

  /** The runs wait for the page to come back. */
  hide() {
    if (this.paused) return;
    this.paused = true;
    this.goal = undefined;
    this.live.textContent = 'Paused, as another view was opened.';
    this.steer();
  }

  /** They end. */
  drop() {
    this.runs.forEach((run) => run.end());
    this.best?.abort();
    this.key = null;
  }

  /** What a run is asked for; the second with its own rate and optimizer. */
  more(second) {
    const { request, of } = this.app.state;
    const optimizer = second ? of.optimizer ?? 'adam' : request.optimizer ?? 'gd';
    const lr = second ? Number(of.lr ?? 0.01) : request.lr;
    return {
      model: 'relu', hidden: typeof request.hidden === 'number' ? request.hidden : 8, optimizer, degree: undefined, activation: undefined,
      lr: optimizer === 'lm' ? undefined : lr, epochs: undefined, method: 'descent',
    };
  }

  build() {
    const { request, of } = this.app.state;
    const backends = this.app.first.backends;
    const set = (name, value, waits = 0) => { if (value === undefined || value === '') delete request[name]; else request[name] = value; this.app.changed(waits); };
    const setOf = (name, value) => { of[name] = value; this.app.changed(); };
    const isFirstOrder = (request.optimizer ?? 'gd') !== 'lm';
    this.rate = logSlider('Learning rate', { low: 1e-5, high: 10, value: request.lr ?? 0.01, changed: (lr) => { request.lr = lr; this.app.changed(); this.steer(); } });
    this.secondRate = logSlider('Its learning rate', { low: 1e-5, high: 10, value: Number(of.lr ?? 0.01), changed: (lr) => { of.lr = lr; this.app.changed(); this.steer(); } });
    const engines = [['auto', 'the best there is'], ['exact', 'exact'], ['backprop', 'hand-written backprop'], ...(backends.length ? [['autodiff', 'Burn\'s autodiff']] : [])];
    this.own.replaceChildren(
      this.width = logSlider('Hidden units', { low: 1, high: 256, value: typeof request.hidden === 'number' ? request.hidden : 8, whole: true, changed: (hidden) => set('hidden', hidden, 150) }),
      field('Optimizer', select(OPTIMIZERS, request.optimizer ?? 'gd', (value) => { set('optimizer', value); this.build(); })),
      ...(isFirstOrder ? [this.rate] : [el('p', { className: 'hint' }, 'Levenberg-Marquardt has no learning rate.')]),
      field('Engine', select(engines, request.engine ?? 'auto', (value) => { set('engine', value === 'auto' ? undefined : value); this.build(); })),
      ...(request.engine === 'autodiff' ? [field('Device', select([['auto', 'the best there is'], ...backends.map((name) => [name, name])], request.device ?? 'auto', (value) => set('device', value === 'auto' ? undefined : value)))] : []),
      choices('Start', [['random', 'at random weights'], ['best', 'at the best network']], request.start ?? 'random', (value) => set('start', value === 'random' ? undefined : value)),
      tick('A second run from the same start', of.second === 'yes', (value) => { of.second = value ? 'yes' : undefined; this.app.changed(); this.build(); }),
      ...(of.second === 'yes' ? [
        field('Its optimizer', select(OPTIMIZERS, of.optimizer ?? 'adam', (value) => { setOf('optimizer', value); this.build(); })),
        ...((of.optimizer ?? 'adam') !== 'lm' ? [this.secondRate] : [])] : []),
      el('div', { className: 'buttons' }, el('button', { type: 'button', onclick: () => this.document() }, 'The lesson: sin(πx) + x²/2'),
        el('button', { type: 'button', onclick: (event) => copy(this.command(), event.target) }, 'Copy the command')));
    this.markLimits();
  }

  /** sin(pi x) + x^2/2 by 64 units, 500 steps of 0.01. */
  document() {
    const { state } = this.app;
    state.source = 'formula';
    state.request = { function: 'smooth', hidden: 64, lr: 0.01 };
    state.of = {};
    this.app.problem.build();
    this.build();
    this.app.changed();
  }

  command() {
    const { request, epochs } = this.shownRun();
    const command = this.app.problem.command('fit', { ...request, epochs: epochs || 500 });
    return this.runs[0]?.wasChanged ? `${command}  # not this run: its learning rate was changed on the way` : command;
  }

  /** The run that the page shows, as a request of the program: its steps as epochs. */
  shownRun() {
    const frame = this.frames()[0];
    const run = this.runs[0];
    return { request: run?.asked.request ?? {}, epochs: frame?.epoch ?? 0 };
  }

  update() {
    this.app.problem.claims = [[/hidden|units/, () => this.width?.input], [/learning rate/, () => this.rate?.input]];
    const of = this.app.state.of;
    const keyOf = { source: this.app.state.source, points: this.app.state.points, table: this.app.state.table?.id, request: { ...this.app.state.request, lr: undefined, epochs: undefined }, second: of.second, optimizer: of.optimizer };
    const key = JSON.stringify(keyOf);
    if (key === this.key) { this.markLimits(); if (this.runs.length) this.shown.classList.remove('stale'); return; }
    this.key = key;
    this.begin();
  }

  async begin() {
    const key = this.key;
    this.runs.forEach((run) => run.end());
    this.best?.abort();
    this.yardstick = null;
    this.wrong.textContent = '';
    this.at = undefined;
    this.paused = true;
    this.steps = 0;
    this.live.textContent = '';
    const { problem, state } = this.app;
    try {
      const wanted = [this.more(false), ...(state.of.second === 'yes' ? [this.more(true)] : [])];
      const asked = [];
      for (const more of wanted) asked.push(await problem.asked(DESCENT, more));
      if (key !== this.key) return;
      problem.fail('');
      this.runs = wanted.map((_, at) => new Run(this, at, this.nameOf(at), ['net', 'second'][at]));
      this.runs.forEach((run, at) => { run.asked = asked[at]; run.begin(asked[at], this.wheel(at)); });
      this.reach(asked[0], key);
    } catch (error) {
      this.said.replaceChildren(el('p', {}, problem.failed(error).join(' ')));
      this.saidText = null;
      this.shown.classList.add('stale');
      this.runs = [];
    }
    this.showState();
  }

  /** What the best straight pieces leave, as many as the network can have: the line to reach. */
  async reach(asked, key) {
    this.best = new AbortController();
    try {
      const { n_pieces: pieces, loss } = await ask('reach', asked, this.best.signal);
      if (key === this.key) { this.yardstick = loss; this.pieces = `the best ${count(pieces, 'straight piece')} found`; this.queue(); }
    } catch { /* the line is a help, and may be absent */ }
  }

  /** Whether the straight pieces leave nothing but roundings. */
  isExact() {
    const { training } = this.runs[0].first.shown;
    return this.yardstick <= 1e-24 * training.y.reduce((sum, y) => sum + y * y, 0) / training.y.length;
  }

  wheel(at) {
    const { request, of } = this.app.state;
    const lr = at === 0 ? request.lr : Number(of.lr ?? 0.01);
    return {
      is_paused: this.paused, speed: this.speed.value === '' ? null : Number(this.speed.value), steps: this.steps ?? 0, order: this.order,
      until: this.goal ?? null, lr: lr > 0 ? lr : null,
    };
  }

  nameOf(at) {
    const { optimizer, lr } = this.more(at === 1);
    return `${OPTIMIZERS.find(([name]) => name === optimizer)[1]}${optimizer === 'lm' ? '' : `, rate ${short(lr ?? 0.01)}`}`;
  }

  steer() {
    this.runs.forEach((run, at) => {
      const name = this.nameOf(at);
      if (name !== run.name && run.history.frames.length) {
        run.wasChanged = true;
        run.changes = [...(run.changes ?? []), run.history.frames.at(-1).epoch];
      }
      run.name = name;
      if (run.seen === undefined) run.steer(this.wheel(at)); // one that takes its steps once more is steered after them
    });
    this.showState();
  }

  async toggle() {
    if (!this.runs.some((run) => run.isRunning)) {
      // All have ended: they begin anew, with what is asked now.
      await this.begin();
      if (this.runs.length === 0) return;
    }
    this.paused = !this.paused;
    this.goal = undefined;
    this.steps = 0;
    if (this.paused) this.at = undefined;
    this.goOn();
    this.live.textContent = this.paused ? 'Paused.' : 'Running.';
  }

  /** Goes on as the wheel says, from the step that is shown. */
  goOn() {
    const back = this.at;
    this.at = undefined;
    const newest = this.runs[0]?.history.frames.at(-1)?.epoch ?? 0;
    if (back !== undefined && back < newest) this.goOnFrom(back);
    else this.steer();
  }

  /** The step that is shown. */
  epoch() { return Math.max(0, ...this.frames().map((frame) => frame?.epoch ?? 0)); }

  /** Goes on from a step of the past: the same steps are taken once more up to it, unseen, and then new ones. */
  goOnFrom(epoch) {
    if (this.runs.some((run) => run.wasChanged)) {
      this.live.textContent = 'Going on from the newest step: a learning rate was changed on the way, so the same steps cannot be taken once more.';
      this.steer();
      return;
    }
    this.live.textContent = this.paused ? `Back at step ${epoch}.` : `Going on from step ${epoch}.`;
    this.runs.forEach((run, at) => {
      run.end();
      run.back(epoch);
      run.begin(run.asked, { ...this.wheel(at), is_paused: false, speed: null, until: epoch, order: 0, steps: 0 });
    });
    this.showState();
  }

  step() {
    this.paused = true;
    this.goal = undefined;
    this.order += 1;
    this.steps = 1;
    this.live.textContent = '';
    this.goOn();
  }

  runUntil() {
    const goal = this.until ?? 500;
    if (!(goal >= 1) || this.epoch() >= goal) {
      this.live.textContent = 'That step is past: go back to the start, or name a later one.';
      return;
    }
    this.goal = goal;
    this.steps = 0;
    this.paused = false;
    this.speed.value = '';
    this.goOn();
    this.live.textContent = `Running to step ${goal}.`;
  }

  restart() {
    this.goal = undefined;
    this.steps = 0;
    this.begin();
    this.live.textContent = 'Back at the start.';
  }

  failed(run, sentence) {
    run.isRunning = false;
    if (run.first) this.wrong.textContent = this.runs.length > 1 ? `${run.name}: ${sentence}` : sentence;
    if (!this.runs.some((other) => other.isRunning)) {
      this.paused = true;
      this.live.textContent = run.first ? 'It has ended: change something, and start once more.' : '';
    }
    if (!run.first) {
      this.app.problem.fail(sentence);
      this.shown.classList.add('stale');
      this.runs = this.runs.filter((other) => other !== run);
    }
    this.showState();
  }

  began() {
    this.shown.classList.remove('stale');
    this.markLimits();
    this.queue();
    this.showState();
  }

  markLimits() {
    const mark = (slider, run, optimizer) => {
      if (run?.limit && optimizer === 'gd') slider.mark(run.limit, `limit ${two(run.limit)}`);
      else slider.unmark();
    };
    const { request, of } = this.app.state;
    if (this.rate) mark(this.rate, this.runs[0], request.optimizer ?? 'gd');
    if (this.secondRate) mark(this.secondRate, this.runs[1], of.optimizer ?? 'adam');
  }

  showState() {
    const isRunning = this.runs.some((run) => run.isRunning);
    this.start.textContent = !isRunning && this.runs.length ? 'Start once more' : this.paused ? (this.runs[0]?.history.frames.length ? 'Go on' : 'Start') : 'Pause';
    this.start.disabled = this.runs.length === 0;
  }

  /** A frame of the past, of all runs. */
  look(at) {
    const { frames } = this.runs[0].history;
    if (!this.paused) { this.paused = true; this.steer(); }
    this.at = frames[at]?.epoch;
    this.live.textContent = this.at === undefined ? '' : `Looking back at step ${this.at}.`;
    this.queue();
  }

  /** The limit that was computed last up to the frame that is shown, and at which step. */
  limitOf(run, frame) {
    const { frames } = run.history;
    for (let at = frames.length - 1; at >= 0; at--) {
      if (frames[at].epoch <= (frame?.epoch ?? 0) && frames[at].limit !== null) return [frames[at].limit, frames[at].epoch];
    }
    return [run.first.limit, 0];
  }

  /** The frame that each run shows: its newest, or the last one before the step that is looked at. */
  frames() {
    return this.runs.map(({ history: { frames } }) => {
      if (this.at === undefined) return frames.at(-1);
      let found = frames[0];
      for (const frame of frames) if (frame.epoch <= this.at) found = frame;
      return found;
    });
  }

  queue() {
    if (this.queued) return;
    this.queued = true;
    requestAnimationFrame(() => { this.queued = false; this.draw(); });
  }

  draw() {
    const run = this.runs[0];
    if (!run || this.runs.some((run) => !run.first) || this.app.view !== this) return;
    const begun = performance.now();
    if (this.goal !== undefined && !this.paused && this.runs.every((run) => run.isPaused && run.history.frames.at(-1)?.epoch === this.goal)) {
      this.paused = true;
      this.live.textContent = `Paused after step ${this.goal}.`;
      this.goal = undefined;
      this.showState();
    }
    const shown = this.frames();
    const nets = shown.map((frame, at) => frame?.net ?? this.runs[at].first?.net);
    this.sayIt(shown, nets);
    this.drawCurve(nets);
    this.drawLosses(shown);
    this.drawWalk(shown);
    this.drawUnits(nets[0], run.first.shown.domain);
    const { frames } = run.history;
    this.rewind.max = String(Math.max(0, frames.length - 1));
    if (this.at === undefined) this.rewind.value = this.rewind.max;
    this.rewind.setAttribute('aria-valuetext', `step ${shown[0]?.epoch ?? 0}`);
    this.took = performance.now() - begun;
    window.studioFrame = { took: this.took, epoch: shown[0]?.epoch, loss: shown[0]?.loss };
  }

  sayIt(shown, nets) {
    const run = this.runs[0];
    const { domain } = run.first.shown;
    const [frame] = shown;
    const dead = nets[0].w1.filter((_, at) => isDead(nets[0], at, domain)).length;
    const lr = this.app.state.request.lr ?? 0.01;
    const isGd = (this.app.state.request.optimizer ?? 'gd') === 'gd';
    const [limit] = this.limitOf(run, frame);
    const isOver = isGd && limit && lr > limit;
    const wasOver = isGd && !isOver && run.first.limit && lr > run.first.limit;
    const first = frame ? `Step ${frame.epoch} had the loss ${short(frame.loss)}${this.yardstick === null ? '' : this.isExact() ? `; ${this.pieces} are exact` : `, ${two(frame.loss / this.yardstick)} times what ${this.pieces} leave`}.`
      : 'These are the weights before the first step; press Start, or take one step.';
    const second = isOver ? `The learning rate ${short(lr)} is above 2/λmax = ${two(limit)} at such weights: in a valley as steep as this the steps would grow, until they end in a flatter one or nowhere.`
      : wasOver ? `The learning rate ${short(lr)} is above 2/λmax of the start, ${two(run.first.limit)}: the steps grew until the weights were where it is ${two(limit)}${dead ? `, with ${count(dead, 'dead unit')}` : ''}.`
      : dead ? `${count(dead, 'unit')} of ${nets[0].w1.length} ${dead === 1 ? 'is' : 'are'} dead: active nowhere on the domain, so the gradient says nothing of ${dead === 1 ? 'it' : 'them'}.`
        : 'Each thin line is what one unit adds; its kink is where it wakes, and the curve is the sum of them all.';
    const text = `${first} ${second}`;
    if (this.saidText !== text) {
      this.saidText = text;
      this.said.replaceChildren(el('p', {}, text, ' ', el('a', { className: 'why', href: `course/${isOver || wasOver ? '2-neuron' : '1-fit'}`, target: '_blank', rel: 'noopener' }, 'Why?')));
    }
    const b = (name, value) => el('span', {}, `${name} `, el('b', {}, value));
    this.numbers.replaceChildren(...this.runs.flatMap((run, at) => [
      ...(this.runs.length > 1 ? [el('b', {}, `${run.name}:`)] : []),
      b('step', String(shown[at]?.epoch ?? 0)), b('loss', shown[at] ? short(shown[at].loss) : 'none yet'),
      ...(this.paused || run.speed === undefined ? [] : [b('steps a second', Math.round(run.speed).toLocaleString('en'))]),
      ...(/^gradient/.test(run.name) && this.limitOf(run, shown[at])[0] ? [b(`2/λmax at step ${this.limitOf(run, shown[at])[1]}`, two(this.limitOf(run, shown[at])[0]))] : []),
      b('engine', `${run.first?.engine ?? ''} on ${run.first?.device ?? ''}`)]));
  }

  drawCurve(nets) {
    const { shown } = this.runs[0].first;
    const { training, truth, domain } = shown;
    const noisy = truth === null || this.app.state.request.noise > 0;
    const few = [domain[0], ...kinks(nets[0]).filter((kink) => domain[0] < kink && kink < domain[1]).sort((a, b) => a - b), domain[1]];
    const units = nets[0].w1.length <= 128 ? nets[0].w1.map((_, at) => {
      const kink = kinks(nets[0])[at];
      const x = kink > domain[0] && kink < domain[1] ? [domain[0], kink, domain[1]] : domain;
      return { kind: 'line', name: at === 0 ? 'what a unit adds' : undefined, x, y: unit(nets[0], at, x), colour: 'unit', width: 1, alpha: 0.55 };
    }) : [];
    const curves = nets.map((net, at) => {
      const x = places(net, domain);
      return { kind: 'line', name: this.runs.length > 1 ? this.runs[at].name : 'the network', x, y: predict(net, x), colour: this.runs[at].colour, width: 2.5 };
    });
    const layers = [
      ...units,
      ...(noisy ? [{ kind: 'points', name: training.x.length < training.n ? `${training.x.length} of ${training.n} samples` : 'samples', ...training }] : []),
      ...(truth ? [{ kind: 'line', name: 'the function', ...truth, colour: 'truth', width: 1.5, dash: [5, 4] }] : []),
      ...curves,
      { kind: 'marks', name: 'kinks', x: few.slice(1, -1) },
    ];
    const span = range([truth ? truth.y : [], noisy ? training.y : []], 0.35);
    this.curve.show({ x: range([domain], 0.01), y: span, layers, xIsTime: shown.x_is_time, xLabel: shown.names[0], yLabel: shown.names[1] });
    this.curve.describe(`${count(few.length - 2, 'kink')} on the domain; values from ${short(Math.min(...curves[0].y))} to ${short(Math.max(...curves[0].y))}`);
  }

  drawLosses(shown) {
    const layers = [];
    let last = 10;
    this.runs.forEach((run, at) => {
      const { frames } = run.history;
      if (!frames.length) return;
      last = Math.max(last, frames.at(-1).epoch);
      const x = frames.map((frame) => frame.epoch);
      const bottom = (value) => Math.max(value, 1e-300);
      if (frames.some((frame) => frame.high > 1.02 * frame.low)) layers.push({ kind: 'band', x, low: frames.map((frame) => bottom(frame.low ?? frame.loss)), high: frames.map((frame) => bottom(frame.high ?? frame.loss)), colour: run.colour, alpha: 0.25 });
      layers.push({ kind: 'line', name: this.runs.length > 1 ? run.name : 'the loss', x, y: frames.map((frame) => bottom(frame.loss)), colour: run.colour, width: 2 });
      if (this.at !== undefined && shown[at]) layers.push({ kind: 'place', at: shown[at].epoch, colour: 'faint', width: 1 });
      (run.changes ?? []).forEach((at, index) => layers.push({ kind: 'place', name: index === 0 ? 'the rate was changed' : undefined, at, colour: run.colour, width: 1, dash: [2, 3] }));
    });
    const values = this.runs.flatMap((run) => run.history.frames.flatMap((frame) => [frame.low, frame.high, frame.loss]).filter((loss) => loss > 0));
    if (this.yardstick !== null && !this.isExact()) {
      layers.push({ kind: 'level', name: this.pieces, at: this.yardstick });
      values.push(this.yardstick);
    }
    const [low, high] = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
    const y = low <= high ? [low / 1.6, high * 1.6] : [0.1, 1];
    this.losses.show({ x: [1, last], y, layers });
    this.losses.describe(shown[0] ? `${short(shown[0].loss)} in step ${shown[0].epoch}` : 'no step yet');
  }

  drawWalk(shown) {
    const run = this.runs[0];
    const { frames } = run.history;
    const { domain, names } = run.first.shown;
    const step = Math.max(1, Math.ceil(frames.length / 300));
    const some = frames.filter((_, at) => at % step === 0 || at === frames.length - 1);
    const paths = some.map((frame) => kinks(frame.net));
    const far = 2 * (domain[1] - domain[0]);
    // A kink that leaves on one side and comes back on the other makes no line between.
    const isNear = (x) => x > domain[0] - far && x < domain[1] + far;
    const n = run.first.net.w1.length;
    const epochs = some.map((frame) => Math.max(1, frame.epoch));
    const layers = n <= 128 ? Array.from({ length: n }, (_, at) => ({ kind: 'line', x: epochs, y: paths.map((path) => (isNear(path[at]) ? path[at] : NaN)), colour: `c${at % 8}`, width: 1.2 })) : [];
    if (this.at !== undefined && shown[0]) layers.push({ kind: 'place', at: Math.max(1, shown[0].epoch), colour: 'faint', width: 1 });
    this.walk.heading.textContent = this.runs.length > 1 ? `Where the kinks walk: ${run.name}` : 'Where the kinks walk';
    this.units.heading.textContent = `What share each unit has${this.runs.length > 1 ? `: ${run.name}` : ''}; × is dead on the domain`;
    this.walk.show({ x: [1, Math.max(10, frames.at(-1)?.epoch ?? 0)], y: range([domain], 0.15), layers, yLabel: names[0] });
    const inside = kinks(frames.at(-1)?.net ?? run.first.net).filter((kink) => domain[0] < kink && kink < domain[1]).length;
    this.walk.describe(`${count(inside, 'kink')} of ${n} on the domain`);
  }

  drawUnits(net, domain) {
    const values = shares(net, domain);
    const marked = net.w1.map((_, at) => isDead(net, at, domain));
    this.units.show({ x: [-0.5, values.length - 0.5], y: [0, Math.max(...values, 0.05) * 1.1], layers: [{ kind: 'bars', values, marked }] });
    this.units.describe(`the largest share is ${two(Math.max(...values))}; ${count(marked.filter(Boolean).length, 'unit')} dead`);
  }
}

