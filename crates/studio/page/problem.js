// What to fit: a formula, a file's columns, or points that are clicked.

import { upload } from './api.js';
import { choices, copy, el, field, newId, number, select, text, tick } from './elements.js';

/** What every request has of the problem. */
export const BASE = ['function', 'domain', 'samples', 'test-samples', 'noise', 'seed', 'rng', 'x', 'y', 'weight', 'missing'];
const OF_FUNCTION = ['function', 'domain', 'samples', 'noise'];
const OF_TABLE = ['x', 'y', 'weight', 'missing'];

/** The options among some names. */
export function pick(request, names) {
  return Object.fromEntries(Object.entries(request).filter(([name, value]) => names.includes(name) && value !== null && value !== undefined));
}

/** The options that go with the source which is chosen. */
export function ofSource(state, request) {
  const others = state.source === 'formula' ? OF_TABLE : OF_FUNCTION;
  return Object.fromEntries(Object.entries(request).filter(([name]) => !others.includes(name)));
}

/** Points as `x,y` lines; what is no point is told. */
export function readPoints(lines) {
  const points = [];
  for (const [at, line] of lines.split('\n').entries()) {
    if (line.trim() === '') continue;
    const numbers = line.split(/[,;\s]+/).filter(Boolean).map(Number);
    if (numbers.length !== 2 || !numbers.every(Number.isFinite)) return { points, wrong: `line ${at + 1} must be two numbers, such as 0.5, 1.2` };
    points.push(numbers);
  }
  return { points, wrong: points.length < 2 ? 'click in the chart, or type, two points at least' : null };
}

export class Problem {
  constructor(app) {
    this.app = app;
    this.usual = ['-1:1', '10000'];
    // Fields of the view, and which sentences are of them.
    this.claims = [];
    this.wrong = el('p', { className: 'wrong problem-wrong', role: 'alert', id: newId() });
    this.element = el('section', { 'aria-label': 'What to fit' });
    this.build();
  }

  /** Under the field it is of, as far as the sentence tells. */
  fail(sentence) {
    this.wrong.textContent = sentence ?? '';
    const named = [[/^domain|domain `/, 'domain'], [/test samples/, ''], [/samples/, 'samples'], [/noise/, 'noise'], [/seed/, 'seed']];
    const name = sentence && named.find(([pattern]) => pattern.test(sentence))?.[1];
    const claimed = sentence && this.claims.find(([pattern, field]) => pattern.test(sentence) && field()?.isConnected)?.[1]();
    const input = claimed || (this.fields?.[name] ?? this.input);
    Object.values(this.fields ?? {}).concat(this.input ?? [], this.claimed ?? []).forEach((field) => field.setAttribute('aria-invalid', 'false'));
    this.claimed = claimed || null;
    if (!input) return;
    if (sentence) input.setAttribute('aria-invalid', 'true');
    input.setAttribute('aria-describedby', this.wrong.id);
    if (input.isConnected && input.nextElementSibling !== this.wrong) input.after(this.wrong);
  }

  set(name, value, waits = 120) {
    const { request } = this.app.state;
    if (value === undefined || value === '') delete request[name];
    else request[name] = value;
    this.app.changed(waits);
  }

  build() {
    const { state } = this.app;
    const sources = choices('What to fit', [['formula', 'a formula'], ['file', 'a file'], ['points', 'points']], state.source, (source) => {
      state.source = source;
      this.build();
      this.app.changed();
    });
    const part = { formula: () => this.formula(), file: () => this.file(), points: () => this.points() }[state.source];
    this.input = null;
    this.fields = {};
    this.element.replaceChildren(sources, ...part());
  }

  formula() {
    const { request } = this.app.state;
    const list = newId();
    this.input = text(request.function, (value) => this.set('function', value), { 'aria-describedby': this.wrong.id, list, inputmode: 'text' });
    this.input.setAttribute('list', list);
    const names = el('datalist', { id: list }, this.app.first.targets.map(({ name, formula }) => el('option', { value: name, label: formula })));
    const own = (name, make) => { this.fields[name] = make; return make; };
    return [
      field('Formula', this.input, this.wrong, names),
      el('div', { className: 'pair' },
        field('Domain', own('domain', text(request.domain, (value) => this.set('domain', value), { placeholder: this.usual[0] }))),
        field('Samples', own('samples', number(request.samples, (value) => this.set('samples', value), { min: 2, step: 1, placeholder: this.usual[1] }))),
        field('Noise', own('noise', number(request.noise, (value) => this.set('noise', value), { min: 0, placeholder: '0' }))),
        field('Seed', own('seed', number(request.seed, (value) => this.set('seed', value), { min: 0, step: 1, placeholder: '42' })))),
    ];
  }

  file() {
    const { state } = this.app;
    const input = el('input', { type: 'file', accept: '.csv,.tsv,.txt,.gz,text/csv', onchange: () => input.files[0] && this.take(input.files[0]) });
    const drop = el('div', {
      className: 'drop',
      ondragover: (event) => { event.preventDefault(); drop.classList.add('over'); },
      ondragleave: () => drop.classList.remove('over'),
      ondrop: (event) => {
        event.preventDefault();
        drop.classList.remove('over');
        if (event.dataTransfer.files[0]) this.take(event.dataTransfer.files[0]);
      },
    }, field('A CSV file, dropped here or chosen; up to 100 MB', input));
    return [drop, this.wrong, ...(state.table && state.table.name !== POINTS ? this.columns(state.table) : [])];
  }

  columns({ name, columns, are_numbers: areNumbers, rows }) {
    const { request } = this.app.state;
    const options = columns.filter((column, at) => areNumbers[at] || [request.x, request.y, request.weight].includes(column)).map((column) => [column, column]);
    const choose = (key) => (value) => this.set(key, value, 0);
    const skips = request.missing === 'skip';
    return [
      el('p', { className: 'hint' }, `${name}: ${columns.length} columns, the first rows:`),
      el('div', { className: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'The first rows of the file' }, el('table', {},
        el('thead', {}, el('tr', {}, columns.map((column, at) => el('th', { scope: 'col' }, column, areNumbers[at] ? '' : ' (text)')))),
        el('tbody', {}, rows.map((row) => el('tr', {}, row.map((cell) => el('td', {}, cell))))))),
      el('div', { className: 'pair' },
        field('x', select(options, request.x, choose('x'))),
        field('y', select(options, request.y, choose('y')))),
      field('Weights', select([['', 'all rows count alike'], ...options], request.weight ?? '', choose('weight'))),
      tick('Pass over rows that lack a number', skips, (skip) => this.set('missing', skip ? 'skip' : undefined, 0)),
    ];
  }

  async take(file) {
    if (file.size > 100 * 2 ** 20) {
      this.fail(`${file.name} has ${Math.round(file.size / 2 ** 20)} MB, and the page takes 100; fit it with the program`);
      return;
    }
    try {
      this.fail('');
      this.use(await upload(file.name, file));
      this.build();
      this.app.changed();
    } catch (error) {
      this.fail(error.message);
    }
  }

  /** A table is here: two of its columns of numbers are chosen, unless they are. */
  use(table) {
    const { state } = this.app;
    const { request } = state;
    state.table = table;
    const numbers = table.columns.filter((_, at) => table.are_numbers[at]);
    const known = (name) => table.columns.includes(name);
    if (!known(request.x)) request.x = numbers[0] ?? table.columns[0];
    if (!known(request.y) || request.y === request.x) request.y = numbers.find((name) => name !== request.x) ?? table.columns[1];
    if (!known(request.weight)) delete request.weight;
  }

  points() {
    const { state } = this.app;
    this.input = el('textarea', {
      rows: 8, value: state.points, spellcheck: false, 'aria-describedby': this.wrong.id,
      oninput: () => { state.points = this.input.value; this.app.changed(200); },
    });
    return [
      field('Points, one x, y a line; click in the chart to add one', this.input, this.wrong),
      el('div', { className: 'buttons' },
        el('button', { type: 'button', onclick: () => this.setPoints('') }, 'Clear'),
        el('button', { type: 'button', onclick: (event) => copy(state.points, event.target) }, 'Copy')),
    ];
  }

  setPoints(points) {
    this.app.state.points = points;
    this.build();
    this.app.changed();
  }

  addPoint(x, y) {
    const { state } = this.app;
    const line = `${Number(x.toPrecision(4))}, ${Number(y.toPrecision(4))}`;
    this.setPoints(`${state.points.trimEnd()}\n${line}`.trimStart());
  }

  /** What the server is asked: the options among some names, and the table; throws what is wrong with the points. */
  async asked(names, more = {}, signal = undefined) {
    const { state } = this.app;
    const request = { ...ofSource(state, pick(state.request, [...BASE, ...names])), ...more };
    for (const [name, value] of Object.entries(request)) if (value === undefined) delete request[name];
    if (state.source === 'formula') return { request };
    if (state.source === 'points') {
      const { points, wrong } = readPoints(state.points);
      if (wrong) throw Object.assign(new Error(wrong), { isWaiting: points.length < 2 && /^click/.test(wrong) });
      const lines = `x,y\n${points.map((point) => point.join(',')).join('\n')}\n`;
      if (this.sent !== lines) {
        this.table = await upload(POINTS, lines, signal);
        this.sent = lines;
      }
      delete request.weight;
      return { request: { ...request, x: 'x', y: 'y', 'test-samples': 0 }, table: this.table.id };
    }
    if (!state.table) throw Object.assign(new Error(state.request.x ? 'A link holds no file: drop it on the page once more, or choose it.' : 'Drop a file on the page, or choose one.'), { isWaiting: true });
    return { request, table: state.table.id };
  }

  /** What keeps a view from its answer: something wrong, or something that is yet to be given. */
  failed(error) {
    this.fail(error.isWaiting ? '' : error.message);
    const first = error.isWaiting ? `${error.message[0].toUpperCase()}${error.message.slice(1)}${error.message.endsWith('.') ? '' : '.'}` : 'There is no answer to this yet.';
    return [first, error.isWaiting ? '' : 'What is wrong stands below its field.'];
  }

  /** The command that does the same in a shell. */
  command(name, request) {
    const { state } = this.app;
    const quoted = (value) => (/^[\w.:+,/-]+$/.test(value) ? value : `'${String(value).replace(/'/g, "'\\''")}'`);
    const flags = Object.entries(request).map(([key, value]) => (value === true ? `--${key}` : `--${key}=${quoted(value)}`));
    const csv = state.source === 'formula' ? [] : [`--csv=${quoted(state.source === 'points' ? POINTS : state.table?.name ?? 'data.csv')}`];
    return ['shallow', name, ...csv, ...flags].join(' ');
  }
}

/** What a table of clicked points is called. */
export const POINTS = 'points.csv';
