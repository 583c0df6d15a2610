// One neuron: learning rates raced from one start, and least squares in one step beside them.

import { ask, Newest } from '../api.js';
import { Chart, range } from '../chart.js';
import { choices, controls, el, field, number, select, short, text, two } from '../elements.js';
import { predict, predictNeuron } from '../network.js';

export const NEURON = ['degree', 'activation', 'epochs', 'reduction', 'weight-decay', 'optimizer'];
const RATES = '0.001, 0.01, 0.1, 0.3, 1';
const N = 201;

export class NeuronView {
  constructor(app) {
    this.app = app;
    this.frame = 0;
    this.said = el('div', { className: 'said', role: 'status' });
    this.busy = el('div', { className: 'busy', role: 'status' });
    this.losses = new Chart('The loss of each rate', { height: 330, xLabel: 'step', logX: true, logY: true });
    this.curve = new Chart('What each makes of the samples', { height: 330 });
    this.slope = new Chart('The activation\'s slope: where it is 0, nothing is learned', { height: 240 });
    this.table = el('div', { className: 'scroll wide', tabindex: 0, role: 'region', 'aria-label': 'How each rate went' });
    this.play = el('button', { type: 'button', className: 'main', onclick: () => this.toggle() }, 'Race');
    this.slider = el('input', { type: 'range', min: 0, max: 1000, step: 1, value: 1000, oninput: () => { this.stop(); this.frame = Number(this.slider.value) / 1000; this.draw(); } });
    this.problemPlace = el('div');
    this.own = el('section', { 'aria-label': 'How to train the neuron' });
    this.element = el('div', { className: 'view' },
      controls('One neuron', this.problemPlace, this.own, this.busy),
      el('div', { className: 'shown' },
        this.said,
        this.shown = el('div', {},
          el('div', { className: 'buttons' }, this.play),
          field('Step', this.slider),
          el('div', { className: 'charts' }, this.losses.figure, this.curve.figure, this.slope.figure, this.table))));
    this.races = new Newest({
      work: async (_, signal) => {
        if (!this.rates().every((rate) => rate > 0 && Number.isFinite(rate))) throw new Error('each learning rate must be a number above 0, such as 0.01');
        const asked = await app.problem.asked(NEURON, this.more(), signal);
        return ask('race', { asked, rates: this.rates() }, signal);
      },
      show: (race) => this.take(race),
      fail: (error) => { this.say(...app.problem.failed(error)); this.shown.classList.add('stale'); },
      busy: (begun) => this.showBusy(begun),
    });
  }

  rates() { return (this.app.state.of.rates ?? RATES).split(/[,;\s]+/).filter(Boolean).map(Number); }

  more() {
    const { request } = this.app.state;
    return { model: 'perceptron', method: 'descent', epochs: request.epochs ?? 5000, hidden: undefined, lr: undefined };
  }

  show() {
    if (this.app.isUntouched) this.takeDocument();
    this.problemPlace.append(this.app.problem.element);
    this.app.problem.build();
    this.build();
  }

  hide() {
    this.stop();
    this.races.stop();
    if (this.app.isUntouched) this.app.state.request = { ...this.app.firstRequest };
  }

  update() { this.claim(); this.stop(); this.frame = 1; this.races.ask(null); }

  build() {
    const { request, of } = this.app.state;
    const set = (name, value, waits = 0) => { if (value === undefined) delete request[name]; else request[name] = value; this.app.changed(waits); };
    this.own.replaceChildren(
      choices('Activation', [['sigmoid', 'sigmoid'], ['tanh', 'tanh'], ['identity', 'identity']], request.activation ?? 'sigmoid', (value) => set('activation', value)),
      el('div', { className: 'pair' },
        field('Degree', this.degree = number(request.degree ?? 2, (value) => set('degree', value, 200), { min: 1, step: 1, required: true })),
        field('Steps', this.steps = number(request.epochs ?? 5000, (value) => set('epochs', value, 300), { min: 1, step: 1, required: true }))),
      field('Learning rates, at most 12', this.rateField = text(of.rates ?? RATES, (value) => { of.rates = value; this.app.changed(300); })),
      el('div', { className: 'buttons' }, el('button', { type: 'button', onclick: () => this.document() }, 'The lesson: sigmoid(cos x)')));
  }

  claim() {
    this.app.problem.claims = [[/degree/, () => this.degree], [/steps|epochs/, () => this.steps], [/rate/, () => this.rateField]];
  }

  /** sigmoid(cos x) on [0, pi/4], and the rate 1 that fails. */
  takeDocument() {
    Object.assign(this.app.state, { source: 'formula', request: { function: 'squashed', epochs: 5000 }, of: {} });
  }

  document() {
    this.takeDocument();
    this.app.problem.build();
    this.build();
    this.app.changed();
  }

  showBusy(begun) {
    clearTimeout(this.clock);
    this.busy.replaceChildren();
    if (begun !== null) {
      this.clock = setTimeout(() => this.busy.append(el('span', {}, 'racing …'), el('button', { type: 'button', onclick: () => this.races.stop() }, 'Stop')), 500);
    }
  }

  take(race) {
    this.app.problem.fail('');
    this.shown.classList.remove('stale');
    this.race = race;
    this.last = Math.max(1, ...race.runs.map((run) => run.epochs.at(-1) ?? 1));
    const row = (cells, wrong) => el('tr', {}, cells.map((cell, at) => el(at ? 'td' : 'th', at ? { className: wrong === at ? 'no' : null } : { scope: 'row' }, cell)));
    const isBad = (run) => run.has_failed || !['converging', 'slow'].includes(run.verdict);
    this.table.replaceChildren(el('table', {},
      el('caption', {}, `2/λmax where small steps lead to: ${race.limit ? two(race.limit) : 'unknown'}; mean absolute errors on the samples`),
      el('thead', {}, el('tr', {}, ['rate', 'rate / limit', 'how it went', 'last error'].map((name) => el('th', { scope: 'col' }, name)))),
      el('tbody', {},
        race.runs.map((run) => row([short(run.rate), race.limit ? two(run.rate / race.limit) : '', run.has_failed ? 'diverged' : run.verdict, run.mae === null ? '–' : run.mae.toExponential(2)], isBad(run) ? 2 : 0)),
        race.through ? row(['least squares through the activation', '', 'one step', race.through.mae.toExponential(2)]) : null,
        row(['least squares, the polynomial itself', '', 'one step', race.polynomial.mae.toExponential(2)]))),
    el('ul', {}, race.runs.filter((run) => run.has_failed).map((run) => el('li', { className: 'hint' }, run.verdict))));
    const saturated = race.runs.findLastIndex((run) => run.verdict === 'saturated');
    this.chosen = saturated >= 0 ? saturated : Math.max(0, race.runs.findIndex(isBad));
    this.slider.value = '1000';
    this.frame = 1;
    this.slopeOf = select(race.runs.map((run, at) => [String(at), `rate ${short(run.rate)}`]), String(this.chosen), (value) => { this.chosen = Number(value); this.draw(); });
    const holder = this.slope.figure.querySelector('.field');
    const chooser = field('Of', this.slopeOf);
    if (holder) holder.replaceWith(chooser); else this.slope.heading.after(chooser);
    this.sayIt();
    this.draw();
  }

  say(first, second) {
    this.said.replaceChildren(el('p', {}, first, ' ', second, ' ', el('a', { className: 'why', href: 'course/2-neuron', target: '_blank', rel: 'noopener' }, 'Why?')));
  }

  sayIt() {
    const { race } = this;
    const how = (runs) => runs.map((run) => `${short(run.rate)} ${run.has_failed ? 'diverged' : { converging: 'converges', slow: 'is slow', oscillating: 'oscillates', saturated: 'is saturated' }[run.verdict] ?? run.verdict}`).join(', ');
    const [over, below] = [race.runs.filter((run) => run.rate > race.limit), race.runs.filter((run) => run.rate <= race.limit)];
    const best = race.runs.filter((run) => run.mae !== null).sort((a, b) => a.mae - b.mae)[0];
    const first = !race.limit ? 'Each rate starts at the same weights.'
      : `Where small steps lead to, the limit 2/λmax is ${two(race.limit)}${below.length ? `; below it ${how(below)}` : ''}${over.length ? `; above it ${how(over)}` : ''}${race.runs.some((run) => run.verdict === 'saturated') ? ': saturated is where the activation is flat, with slope 0, and nothing more is learned' : ''}.`;
    const closed = race.through ? `through the activation has ${race.through.mae.toExponential(2)} in one, and the polynomial itself, without a neuron, ${race.polynomial.mae.toExponential(2)}` : `of the polynomial has ${race.polynomial.mae.toExponential(2)} in one`;
    const second = best ? `The best rate, ${short(best.rate)}, has a mean absolute error of ${best.mae.toExponential(2)} after ${best.epochs.at(-1)} steps; least squares ${closed}.` : 'No rate came to an end.';
    this.say(first, second);
  }

  toggle() {
    if (this.timer) { this.stop(); return; }
    if (!this.race) return;
    if (this.frame >= 1) this.frame = 0;
    this.play.textContent = 'Pause';
    let before = performance.now();
    const go = (now) => {
      this.frame = Math.min(1, this.frame + Math.max(0, now - before) / 9000);
      before = now;
      this.slider.value = String(Math.round(1000 * this.frame));
      this.draw();
      this.timer = this.frame < 1 ? requestAnimationFrame(go) : this.stop();
    };
    this.timer = requestAnimationFrame(go);
  }

  stop() {
    cancelAnimationFrame(this.timer);
    this.timer = undefined;
    this.play.textContent = 'Race';
  }

  draw() {
    const { race } = this;
    if (!race) return;
    // Steps go by their logarithm: the first ones are worth seeing.
    const step = Math.round((1 + this.last) ** this.frame - 1);
    this.slider.setAttribute('aria-valuetext', `step ${step}`);
    const upTo = race.runs.map((run) => { let n = 0; while (n < run.epochs.length && run.epochs[n] <= step) n++; return n; });
    const { domain, training, truth, names } = race.shown;
    const x = Array.from({ length: N }, (_, at) => domain[0] + ((domain[1] - domain[0]) * at) / (N - 1));
    const netOf = (run, at) => ({ ...race.net, weight: at > 0 ? run.weights[at - 1] : race.net.weight });
    const nets = race.runs.map((run, at) => netOf(run, upTo[at]));
    const colour = (at) => `c${at % 8}`;
    const values = race.runs.flatMap((run) => run.losses.filter((loss) => loss > 0 && Number.isFinite(loss)));
    const [low, high] = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, 0]);
    this.losses.show({
      x: [1, Math.max(2, this.last)], y: low <= high ? [low / 1.5, high * 1.5] : [0.1, 1],
      layers: [...race.runs].reverse().map((run, back) => {
        const at = race.runs.length - 1 - back;
        return { kind: 'line', name: `rate ${short(run.rate)}`, x: run.epochs.slice(0, upTo[at]), y: run.losses.slice(0, upTo[at]).map((loss) => Math.max(loss, 1e-300)), colour: colour(at), width: 1.8 };
      }).reverse(),
    });
    this.losses.describe(race.runs.map((run, at) => `rate ${short(run.rate)}: ${upTo[at] ? short(run.losses[upTo[at] - 1]) : 'not begun'}`).join('; '));
    const closed = race.through ?? race.polynomial;
    const noisy = truth === null || this.app.state.request.noise > 0;
    // Where the activation is flat must be seen.
    const flats = { sigmoid: [0, 1], tanh: [-1, 1], identity: [] }[race.net.activation];
    const own = truth ? truth.y : training.y;
    const y = race.net.y[1] === 1 && own.every((y) => Math.abs(y) <= 1.2) && flats.length ? range([flats, own]) : range([own, noisy ? training.y : []], 0.5);
    this.curve.show({
      x: range([domain], 0.01), y, xLabel: names[0], yLabel: names[1],
      layers: [
        ...(noisy ? [{ kind: 'points', name: 'samples', ...training }] : []),
        ...(truth ? [{ kind: 'line', name: 'the function', ...truth, colour: 'truth', dash: [5, 4], width: 2.5 }] : []),
        ...nets.map((net, at) => ({ kind: 'line', name: `rate ${short(race.runs[at].rate)}`, x, y: predict(net, x), colour: colour(at), width: 1.8 })),
        { kind: 'line', name: race.through ? 'least squares through the activation' : 'least squares', x, y: predict(closed.net, x), colour: 'kink', width: 1.5, dash: [2, 3] },
      ],
    });
    this.curve.describe(`after ${step} steps`);
    const slopes = predictNeuron(nets[this.chosen], x).map(([slope]) => slope);
    const flat = slopes.filter((slope) => Math.abs(slope) < 1e-6).length / N;
    this.slope.show({ x: range([domain], 0.01), y: [-0.05, Math.max(0.3, ...slopes) * 1.1], xLabel: names[0], layers: [{ kind: 'line', x, y: slopes, colour: colour(this.chosen), width: 2.5 }] });
    this.slope.describe(`of rate ${short(race.runs[this.chosen].rate)} after ${step} steps it is below a millionth on ${Math.round(100 * flat)} % of the domain`);
  }
}
