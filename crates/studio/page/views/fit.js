// Fit: the network of a formula or of samples, with its kinks to drag.

import { ask, Newest } from '../api.js';
import { Chart, range } from '../chart.js';
import { choices, copy, count, controls, el, field, logSlider, number, place, select, short, shortUp, tick } from '../elements.js';
import { predict } from '../network.js';

/** The options of a search. */
export const SEARCH = ['method', 'hidden', 'tolerance', 'norm', 'relative', 'side', 'bands', 'loss', 'monotone', 'convex', 'concave',
  'through', 'max-slope', 'penalty', 'criterion'];

/** The options that a request for a fit has, by the goal that is chosen. */
export function searchOf(state) {
  const { request } = state;
  const isNoisy = state.source !== 'formula' || request.noise > 0;
  const more = {};
  if (request.tolerance !== undefined) more.hidden = undefined;
  if (!isNoisy) Object.assign(more, { bands: undefined, loss: undefined });
  if (request.norm !== 'max') Object.assign(more, { relative: undefined, side: undefined });
  if (request.method === 'descent') more.method = undefined;
  return more;
}

export class FitView {
  constructor(app) {
    this.app = app;
    this.said = el('div', { className: 'said', role: 'status' });
    this.busy = el('div', { className: 'busy', role: 'status' });
    this.chart = new Chart('The fit', { height: 430, wide: true });
    this.left = new Chart('What is left: the network less the samples', { height: 210, wide: true });
    this.printed = el('pre', { tabindex: 0, 'aria-label': 'What the program prints' });
    this.command = el('pre', { tabindex: 0, 'aria-label': 'The command' });
    this.own = el('section', { 'aria-label': 'How to fit' });
    this.problemPlace = el('div');
    this.kinkControls = el('div');
    this.element = el('div', { className: 'view' },
      controls('Fit', el('p', { className: 'hint' }, 'A network of one input is a chain of straight pieces. Each hidden unit adds a kink, where one piece ends and the next begins.'), this.problemPlace, this.own, this.busy),
      el('div', { className: 'shown' },
        this.said,
        this.shown = el('div', {}, el('div', { className: 'charts' }, this.chart.figure, this.left.figure), this.kinkControls),
        el('details', {}, el('summary', {}, 'What the program prints, and the command'), this.printed, this.command,
          el('div', { className: 'buttons' }, el('button', { type: 'button', onclick: (event) => copy(this.command.textContent, event.target) }, 'Copy the command')))));
    this.fits = new Newest({
      work: async (_, signal) => {
        const asked = await app.problem.asked(SEARCH, searchOf(app.state), signal);
        return { asked, fit: await ask('fit', asked, signal) };
      },
      show: (answer) => this.take(answer),
      fail: (error) => this.fail(error),
      busy: (begun) => this.showBusy(begun),
    });
    this.values = new Newest({
      work: (knots, signal) => ask('values', { asked: this.asked, knots }, signal),
      show: ({ values, loss }, knots) => this.dragged && this.takeValues(knots, values, loss),
      fail: (error) => this.fail(error),
    });
    this.listen();
  }

  show() {
    this.problemPlace.append(this.app.problem.element);
    this.app.problem.build();
    this.build();
    this.chart.queue();
  }

  hide() { this.fits.stop(); this.drop(); }

  update() {
    this.build(true);
    this.fits.ask(null);
  }

  /** The fields; those that are typed in stay as they are. */
  build(isUpdate = false) {
    const { state } = this.app;
    const { request } = state;
    const isNoisy = state.source !== 'formula' || request.noise > 0;
    const goal = request.tolerance !== undefined ? 'tolerance' : typeof request.hidden === 'number' ? 'width' : isNoisy ? 'auto' : 'width';
    const shape = [goal, isNoisy, request.norm, request.bands, request.method].join();
    if (isUpdate && shape === this.shape) return;
    this.shape = shape;
    this.app.problem.claims = [[/hidden|units/, () => this.width?.input], [/tolerance|ask for no less/, () => this.error?.input]];
    const set = (changes, waits = 0) => {
      for (const [name, value] of Object.entries(changes)) if (value === undefined) delete request[name]; else request[name] = value;
      this.app.changed(waits);
    };
    const goals = [['width', 'a width'], ['tolerance', 'an error'], ...(isNoisy ? [['auto', 'what predicts best']] : [])];
    const scale = this.fit ? Math.max(...this.fit.shown.training.y.map(Math.abs), 1e-12) : 1;
    this.own.replaceChildren(
      choices('Ask for', goals, goal, (goal) => set({
        hidden: goal === 'width' ? 8 : undefined, tolerance: goal === 'tolerance' ? Number((0.01 * scale).toPrecision(1)) : undefined,
        method: goal === 'auto' && request.method === 'best' ? undefined : request.method,
        norm: goal === 'auto' ? undefined : request.norm,
      })),
      ...(goal === 'width' ? [this.width = logSlider('Hidden units', { low: 1, high: 256, value: request.hidden ?? 64, whole: true, changed: (hidden) => set({ hidden }) })] : []),
      ...(goal === 'tolerance' ? [this.error = logSlider('Error of at most', { low: 1e-5 * scale, high: scale, value: request.tolerance, changed: (tolerance) => set({ tolerance }) })] : []),
      ...(goal !== 'auto' && request.method !== 'smooth' ? [field('The error that counts', select([['rms', 'root mean square'], ['max', 'the largest, proven']], request.norm ?? 'rms', (norm) => set({ norm: norm === 'max' ? 'max' : undefined })))] : []),
      ...(isNoisy && goal === 'width' && request.norm !== 'max' ? [field('Method', select([['best', 'best: closest to the samples'], ['smooth', 'smooth: bends are penalised']], request.method ?? 'best', (method) => set({ method })))] : []),
      ...(isNoisy && request.norm !== 'max' ? [tick('Bands that hold a share of cases', request.bands !== undefined, (bands) => set({ bands: bands ? 0.95 : undefined })),
        ...(request.bands !== undefined ? [el('p', { className: 'hint' }, 'They hold it at each place by itself, for a width that is given; after a choice by the samples, and at kinks, somewhat less.')] : [])] : []),
      ...(isNoisy && request.norm !== 'max' && request.bands !== undefined ? [field('Share', number(request.bands, (bands) => set({ bands: bands ?? 0.95 }, 150), { min: 0.5, max: 0.999, step: 0.01 }))] : []));
  }

  showBusy(begun) {
    clearInterval(this.clock);
    if (begun === null) { this.busy.replaceChildren(); return; }
    this.clock = setInterval(() => {
      const seconds = (performance.now() - begun) / 1000;
      if (seconds < 0.5) return;
      if (!this.busy.firstChild) {
        this.busy.append(el('span', { 'aria-hidden': 'true' }), el('button', { type: 'button', onclick: () => { this.fits.stop(); this.say('The search was stopped.', 'Change something to begin another.'); } }, 'Stop'));
      }
      this.busy.firstChild.textContent = `searching, ${seconds.toFixed(1)} s`;
    }, 100);
  }

  fail(error) {
    this.say(...this.app.problem.failed(error));
    this.shown.classList.add('stale');
    this.drop();
    if (this.app.state.source === 'points') this.showPoints();
  }

  say(first, second) {
    const why = this.app.state.request.norm === 'max' ? '10-at-most' : this.app.state.source !== 'formula' || this.app.state.request.noise ? '11-noise' : '5-best-network';
    this.said.replaceChildren(el('p', {}, first, ' ', second, ' ', el('a', { className: 'why', href: `course/${why}`, target: '_blank', rel: 'noopener' }, 'Why?')));
  }

  take({ asked, fit }) {
    this.app.problem.fail('');
    this.drop();
    Object.assign(this, { asked, fit });
    this.shown.classList.remove('stale');
    this.printed.textContent = fit.summary + (fit.note ? `note: ${fit.note}\n` : '');
    this.command.textContent = this.app.problem.command('fit', asked.request);
    this.draw();
    this.sayIt();
    this.buildKinks();
  }

  sayIt() {
    const { fit } = this;
    const { report, largest, at_rows: atRows, rms, knots, shown } = this.fit;
    const pieces = count(knots[0].length - 1, 'straight piece');
    const [xName] = shown.names;
    const what = { line: 'A straight line', constant: 'A constant' }[report.method] ?? `${count(report.hidden, 'unit')} in ${pieces}`;
    const of = this.app.state.request.tolerance !== undefined && report.method === 'best' ? `${what}${report.at_least && report.at_least.units === report.hidden ? ', and no fewer can do it: proven' : ''}` : what;
    let error;
    if (largest?.kind === 'proven') error = `nowhere on the domain is it off the function by more than ${shortUp(largest.most)} (proven); at ${xName} = ${this.place(largest.at)} it is by ${short(Math.max(0, largest.least))}.`;
    else if (largest) error = `the root mean square error is ${short(rms)}; the largest was ${short(report.max_error)} where it was looked at, which is no proof.`;
    else if (atRows !== null) error = `no row is off by more than ${shortUp(atRows)}: proven.`;
    else error = `the root mean square error is ${short(Math.sqrt(report.train_loss))} on the rows it was fitted to${report.test_loss !== null && report.test_loss !== undefined ? `, and ${short(Math.sqrt(report.test_loss))} on those held out` : ''}.`;
    const chosen = report.candidates ? ' It was chosen by its error on samples left out.' : '';
    const note = fit.note ? ` Note: ${fit.note.replace(/--/g, '')}.` : '';
    this.say(`${of}: ${error}${chosen}${note}`, knots[0].length > 2 ? 'Drag a kink: the best values at such kinks follow at once; let go, and it goes home.' : 'There is no kink to drag.');
  }

  /** A place of the x axis. */
  place(x) {
    const { x_is_time: isTime, domain } = this.fit.shown;
    return place(x, isTime, domain[1] - domain[0]);
  }

  /** The knots and values that are shown: the fit's, or those of a kink that is held. */
  now() { return this.dragged ?? { knots: this.fit.knots[0], values: this.fit.knots[1] }; }

  draw() {
    const { shown, net, report, largest } = this.fit;
    const { training, held_out: heldOut, truth, domain } = shown;
    const { knots, values } = this.now();
    const noisy = truth === null || this.app.state.request.noise > 0;
    const bands = this.dragged ? null : report.bands;
    const inner = { x: knots.slice(1, -1), y: values.slice(1, -1) };
    const layers = [
      ...(bands ? [{ kind: 'band', name: `a new row, ${short(100 * bands.level)} %`, x: bands.x, low: bands.new_low, high: bands.new_high, alpha: 0.12 },
        { kind: 'band', name: `the curve, ${short(100 * bands.level)} %`, x: bands.x, low: bands.low, high: bands.high, alpha: 0.3 }] : []),
      ...(noisy ? [{ kind: 'points', name: training.x.length < training.n ? `${training.x.length} of ${training.n} samples` : 'samples', ...training }] : []),
      ...(heldOut ? [{ kind: 'points', name: 'held out', ...heldOut, colour: 'second' }] : []),
      ...(truth ? [{ kind: 'line', name: 'the function', ...truth, colour: 'truth', width: 1.5, dash: [5, 4] }] : []),
      { kind: 'line', name: this.dragged ? 'the best with this kink held' : 'the network', x: knots, y: values, colour: 'net', width: 2.5 },
      { kind: 'handles', name: 'kinks', ...inner, chosen: this.held ?? this.hovered ?? this.chosen },
    ];
    const isPoints = this.app.state.source === 'points';
    const y = range([truth ? truth.y : [], noisy ? training.y : [], heldOut?.y ?? [], this.fit.knots[1]]);
    this.chart.show({ ...(isPoints ? this.board(training) : { x: range([domain], 0.02), y }), layers, xIsTime: shown.x_is_time, xLabel: shown.names[0], yLabel: shown.names[1] });
    this.chart.describe(`${count(inner.x.length, 'kink')} at ${shown.names[0]} = ${inner.x.map((x) => this.place(x)).join(', ') || 'no place'}`);
    this.drawLeft(net, knots, values, largest);
  }

  drawLeft(net, knots, values, largest) {
    const { shown } = this.fit;
    const { truth, training, domain } = shown;
    const at = (x) => (this.dragged ? interpolated(knots, values, x) : predict(net, x));
    let layers;
    let y;
    if (truth) {
      const grid = [...truth.x];
      const found = at(grid);
      const error = found.map((value, i) => value - truth.y[i]);
      const bound = !this.dragged && largest?.kind === 'proven' ? largest.most : null;
      layers = [{ kind: 'line', name: 'the network less the function', x: grid, y: error },
        ...(bound !== null ? [{ kind: 'level', name: 'at most so much: proven', at: bound }, { kind: 'level', at: -bound }] : [])];
      y = range([error, bound !== null ? [bound, -bound] : []]);
      this.left.heading.textContent = 'What is left: the network less the function';
    } else {
      const error = at(training.x).map((value, i) => value - training.y[i]);
      layers = [{ kind: 'level', at: 0, colour: 'edge' }, { kind: 'points', name: 'the network less the samples', x: training.x, y: error, colour: 'net' }];
      y = range([error]);
      this.left.heading.textContent = 'What is left: the network less the samples';
    }
    this.left.show({ x: range([domain], 0.02), y, layers, xIsTime: shown.x_is_time, xLabel: shown.names[0] });
    const size = Math.max(...layers.flatMap((layer) => layer.y ?? []).map(Math.abs), 0);
    this.left.describe(`at most ${short(size)} in size where it is drawn`);
  }

  showPoints() {
    this.drop();
    const { points } = this.pointsNow();
    const [x, y] = [points.map((point) => point[0]), points.map((point) => point[1])];
    this.fit = null;
    this.shown.classList.remove('stale');
    this.kinkControls.replaceChildren();
    this.chart.show({ ...this.board({ x, y }), layers: [{ kind: 'points', name: 'points', x, y }], xLabel: 'x', yLabel: 'y' });
    this.left.show({ x: [0, 1], y: [0, 1], layers: [] });
  }

  /** The axes on which points are clicked: they stay as they are as long as all points are inside. */
  board({ x, y }) {
    if (x.length === 0) this.axes = null;
    this.axes ??= { x: [-1, 1], y: [-1, 1] };
    const isIn = (values, [low, high]) => values.every((value) => low <= value && value <= high);
    for (const [name, values] of [['x', x], ['y', y]]) {
      if (!isIn(values, this.axes[name])) this.axes[name] = range([values, this.axes[name]], 0.05);
    }
    return this.axes;
  }

  pointsNow() {
    const points = this.app.state.points.split('\n').map((line) => line.split(/[,;\s]+/).filter(Boolean).map(Number)).filter((point) => point.length === 2 && point.every(Number.isFinite));
    return { points };
  }

  /** A kink by keyboard: which one, and where. */
  buildKinks() {
    const [knots] = this.fit.knots;
    const inner = knots.slice(1, -1);
    this.chosen = undefined;
    if (inner.length === 0) { this.kinkControls.replaceChildren(); return; }
    let at = 0;
    const slider = el('input', {
      type: 'range', min: 0, max: 1000, step: 1,
      oninput: () => { const [low, high] = this.room(at); this.drag(at, low + (Number(slider.value) / 1000) * (high - low)); said(); },
      // By keyboard it is held until the slider is left.
      onpointerup: () => { this.letGo(); place0(); },
      onblur: () => { this.letGo(); place0(); },
      onkeydown: (event) => { if (event.key === 'Escape') { this.letGo(); place0(); } },
    });
    const said = () => slider.setAttribute('aria-valuetext', this.place((this.dragged?.knots ?? knots)[at + 1]));
    const place0 = () => { const [low, high] = this.room(at); slider.value = String((1000 * (knots[at + 1] - low)) / (high - low)); said(); };
    const which = select(inner.map((x, index) => [String(index), `kink ${index + 1}, at ${this.place(x)}`]), '0', (value) => { at = Number(value); this.chosen = at; place0(); this.draw(); });
    place0();
    this.kinkControls.replaceChildren(el('div', { className: 'pair' }, field('A kink', which), field('Hold it elsewhere', slider)));
  }

  /** Between which places a kink may be: those of its neighbours, and a little. */
  room(at) {
    const [knots] = this.fit.knots;
    const [low, high] = [knots[at], knots[at + 2]];
    const little = 1e-3 * (high - low);
    return [low + little, high - little];
  }

  drag(at, x) {
    const [low, high] = this.room(at);
    const knots = [...this.fit.knots[0]];
    knots[at + 1] = Math.min(high, Math.max(low, x));
    this.held = at;
    clearTimeout(this.homing);
    this.dragged ??= { knots, values: this.fit.knots[1] };
    this.values.ask(knots);
  }

  takeValues(knots, values, loss) {
    this.dragged = { knots, values };
    const { training } = this.fit.shown;
    const best = this.fit.report.train_loss;
    this.say(`With kink ${this.held + 1} at ${this.place(knots[this.held + 1])}, and the others where they are, no values come closer to the ${training.n} samples than a root mean square error of ${short(Math.sqrt(loss))}; the network has ${short(Math.sqrt(best))}.`, 'Let go, and the kink goes home.');
    this.draw();
  }

  /** Holds nothing any more. */
  drop() {
    clearTimeout(this.homing);
    this.values.stop();
    this.dragged = null;
    this.held = undefined;
    this.hovered = undefined;
  }

  letGo() {
    if (!this.dragged || !this.fit) { this.drop(); return; }
    this.held = undefined;
    this.values.stop();
    const from = this.dragged;
    const [knots, values] = this.fit.knots;
    const begun = performance.now();
    const takes = matchMedia('(prefers-reduced-motion: reduce)').matches ? 1 : 350;
    const home = () => {
      const share = Math.min(1, (performance.now() - begun) / takes);
      const eased = 1 - (1 - share) ** 3;
      const between = (a, b) => a.map((value, at) => value + eased * (b[at] - value));
      this.dragged = share < 1 ? { knots: between(from.knots, knots), values: between(from.values, values) } : null;
      this.draw();
      if (share < 1) this.homing = setTimeout(home, 16);
      else this.sayIt();
    };
    home();
  }

  listen() {
    const { canvas } = this.chart;
    const near = (event) => {
      if (!this.fit) return undefined;
      const { px, py } = this.chart.at(event);
      const { knots, values } = this.now();
      let [best, size] = [undefined, 22];
      knots.slice(1, -1).forEach((x, at) => {
        const distance = Math.hypot(this.chart.px(x) - px, this.chart.py(values[at + 1]) - py);
        if (distance < size) [best, size] = [at, distance];
      });
      return best;
    };
    canvas.addEventListener('pointerdown', (event) => {
      const at = near(event);
      if (at === undefined) return;
      canvas.setPointerCapture(event.pointerId);
      this.drag(at, this.chart.at(event).x);
      event.preventDefault();
    });
    canvas.addEventListener('pointermove', (event) => {
      if (this.held !== undefined && canvas.hasPointerCapture(event.pointerId)) {
        this.drag(this.held, this.chart.at(event).x);
        return;
      }
      const at = near(event);
      canvas.classList.toggle('drags', at !== undefined);
      canvas.classList.toggle('clicks', at === undefined && this.app.state.source === 'points');
      if (at !== this.hovered && this.fit) { this.hovered = at; this.draw(); }
    });
    const up = (event) => { if (canvas.hasPointerCapture(event.pointerId)) canvas.releasePointerCapture(event.pointerId); this.letGo(); };
    canvas.addEventListener('pointerup', up);
    canvas.addEventListener('pointercancel', up);
    canvas.addEventListener('click', (event) => {
      if (this.app.state.source !== 'points' || near(event) !== undefined || this.dragged) return;
      const { x, y } = this.chart.at(event);
      this.app.problem.addPoint(x, y);
    });
  }
}

/** The straight pieces through some knots, going on beyond the outer ones. */
function interpolated(knots, values, x) {
  let piece = 0;
  return x.map((x) => {
    while (piece > 0 && x < knots[piece]) piece--;
    while (piece < knots.length - 2 && x > knots[piece + 1]) piece++;
    const share = (x - knots[piece]) / (knots[piece + 1] - knots[piece]);
    return values[piece] + share * (values[piece + 1] - values[piece]);
  });
}

