// Gradients: every engine's at weights that one changes, and central differences that drift.

import { ask, Newest } from '../api.js';
import { Chart } from '../chart.js';
import { controls, el, field, number, select, short } from '../elements.js';

const NAMES = { W1: 'W1, the inputs\' weights', b1: 'b1, the units\' biases', W2: 'W2, the outputs\' weights', b2: 'b2, the output\'s bias' };

export class GradientsView {
  constructor(app) {
    this.app = app;
    this.at = [0, 0];
    this.said = el('div', { className: 'said', role: 'status' });
    this.table = el('div', { className: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'The gradients side by side' });
    this.drift = new Chart('How far central differences are from backprop, by their step', { height: 320, xLabel: 'eps, the step', logX: true, logY: true, wide: true });
    this.problemPlace = el('div');
    this.own = el('section', { 'aria-label': 'What to change' });
    this.element = el('div', { className: 'view' },
      controls('Gradients', this.problemPlace, this.own),
      el('div', { className: 'shown' }, this.said, this.shown = el('div', {}, this.table, el('div', { className: 'charts' }, this.drift.figure))));
    this.checks = new Newest({
      work: async (_, signal) => {
        const asked = await app.problem.asked(['reduction'], this.more(), signal);
        return ask('check', { asked, parameters: this.parameters, at: this.at }, signal);
      },
      show: (check) => this.take(check),
      fail: (error) => { this.say(...app.problem.failed(error)); this.shown.classList.add('stale'); },
    });
  }

  more() {
    const { request, of } = this.app.state;
    return { model: 'relu', method: 'descent', hidden: Number(of.units ?? 4), samples: request.samples ?? (this.app.state.source === 'formula' ? 200 : undefined) };
  }

  show() {
    this.problemPlace.append(this.app.problem.element);
    this.app.problem.build();
    this.build();
  }

  hide() { this.checks.stop(); }

  update() {
    const { source, points, table, request, of } = this.app.state;
    const key = JSON.stringify([source, points, table?.id, request, of.units]);
    if (key !== this.key) { this.parameters = null; this.at = [0, 0]; }
    this.key = key;
    this.checks.ask(null);
  }

  build() {
    const { of } = this.app.state;
    this.own.replaceChildren(
      field('Hidden units', this.units = number(Number(of.units ?? 4), (value) => { of.units = value; this.app.changed(200); }, { min: 1, max: 64, step: 1, required: true })),
      this.poke ??= el('div'));
  }

  /** The weight that is changed, and by how much. */
  buildPoke(check) {
    const options = check.parameters.flatMap((block, at) => block.map((_, entry) => [`${at}.${entry}`, `${check.blocks[at]}[${entry}]`]));
    const [block, entry] = this.at;
    const value = check.parameters[block][entry];
    const typed = number(Number(value.toPrecision(6)), (value) => this.change(value), { required: true });
    const slider = el('input', {
      type: 'range', min: -3, max: 3, step: 0.01, value, 'aria-label': 'The weight, slider',
      oninput: () => { typed.value = slider.value; this.change(Number(slider.value)); },
    });
    this.app.problem.claims = [[/weights must be/, () => typed], [/^hidden|parameters as one drags/, () => this.units]];
    this.poke.replaceChildren(
      field('Change the weight', select(options, this.at.join('.'), (value) => { this.at = value.split('.').map(Number); this.built = null; this.checks.ask(null); })),
      field('to', typed), slider,
      el('p', { className: 'hint' }, NAMES[check.blocks[block]] ?? ''),
      el('div', { className: 'buttons' }, el('button', { type: 'button', onclick: () => { this.parameters = null; this.built = null; this.checks.ask(null); } }, 'Back to the start')));
  }

  change(value) {
    const [block, entry] = this.at;
    this.parameters = this.check.parameters.map((values) => [...values]);
    this.parameters[block][entry] = value;
    this.check.parameters = this.parameters;
    this.checks.ask(null);
  }

  say(first, second) {
    this.said.replaceChildren(el('p', {}, first, ' ', second, ' ', el('a', { className: 'why', href: 'course/7-proof', target: '_blank', rel: 'noopener' }, 'Why?')));
  }

  take(check) {
    this.app.problem.fail('');
    this.shown.classList.remove('stale');
    this.check = check;
    const shape = `${this.at} ${check.parameters.map((block) => block.length)}`;
    if (this.built !== shape) { this.built = shape; this.buildPoke(check); }
    const [block, entry] = this.at;
    const name = `${check.blocks[block]}[${entry}]`;
    const exact = check.gradient[block][entry];
    const failed = check.lines.filter((line) => !line.passed).length;
    const cell = (value, line) => el('td', { className: line && value > line.tolerance ? 'no' : null }, value === null ? '' : value.toExponential(1));
    this.table.replaceChildren(el('table', {},
      el('caption', {}, `${check.model}, ${check.n_samples} samples: the largest relative difference in each block, and the derivative by ${name}`),
      el('thead', {}, el('tr', {}, ['a pair of gradients', 'rms', ...check.blocks, 'tolerance', `d loss / d ${name}`].map((name) => el('th', { scope: 'col' }, name)))),
      el('tbody', {},
        el('tr', {}, el('th', { scope: 'row' }, 'backprop'), el('td'), check.blocks.map(() => el('td')), el('td'), el('td', {}, exact.toPrecision(12))),
        check.lines.map((line) => el('tr', {}, el('th', { scope: 'row' }, line.what), cell(line.root), line.blocks.map((value) => cell(value, line)), el('td', {}, line.tolerance.toExponential(0)), el('td', {}, line.value.toPrecision(12)))))),
    el('ul', {}, check.notes.map((note) => el('li', { className: 'hint' }, note))));
    const errors = check.differences.map((difference) => Math.max(Math.abs(difference - exact), 1e-18));
    const best = check.steps[errors.indexOf(Math.min(...errors))];
    this.say(failed ? `${failed} of the pairs differ by more than their tolerance.` : `At these weights the loss is ${short(check.loss)}, and all gradients agree to their tolerance.`,
      Math.max(...errors) <= 1e-17 ? `The loss does not depend on ${name} here: the derivative is 0, and so is every central difference.` : `Of ${name}, the central differences over these steps come closest at eps = ${best.toExponential(0)}: small steps see rounding, and large ones the loss bend, where it does, and kinks that cross samples.`);
    const finite = errors.filter(Number.isFinite);
    this.drift.show({
      x: [check.steps.at(-1), check.steps[0]], y: [Math.min(...finite) / 3, Math.max(...finite) * 3],
      layers: [{ kind: 'line', name: `|difference - backprop| of ${name}`, x: check.steps, y: errors, colour: 'net' }, { kind: 'points', x: check.steps, y: errors, colour: 'net', size: 5 },
        { kind: 'place', name: 'the step with the least', at: best }],
    });
    this.drift.describe(`least at eps = ${best.toExponential(0)}, ${Math.min(...finite).toExponential(1)}; at ${check.steps.at(-1).toExponential(0)} it is ${errors.at(-1).toExponential(1)}`);
  }
}

