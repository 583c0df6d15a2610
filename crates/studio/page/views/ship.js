// Ship: the network as a file for other programs, a run's folder, and a link that holds all that is asked.

import { ask, askBytes, Newest } from '../api.js';
import { choices, controls, copy, el, field, number, select, short, text, why } from '../elements.js';
import { SEARCH, searchOf } from './fit.js';
import { NEURON, neuronOf } from './neuron.js';
import { DESCENT, descentOf } from './train.js';

const FORMATS = [['c', 'C99'], ['rust', 'Rust, no_std'], ['json', 'JSON'], ['onnx', 'ONNX'], ['safetensors', 'safetensors'], ['sql', 'SQL']];
const SOURCES = ['c', 'rust', 'json', 'sql'];
const CODE = ['c', 'rust'];
const DTYPES = { c: ['f64', 'f32', 'q15', 'q31'], rust: ['f64', 'f32', 'q15', 'q31'], onnx: ['f64', 'f32'] };
const NUMBERS = { f64: 'f64', f32: 'f32', q15: 'q15: counts of 16 bits', q31: 'q31: counts of 32 bits' };
const DIALECTS = [['duckdb', 'DuckDB'], ['postgres', 'PostgreSQL'], ['spark', 'Spark'], ['sqlite', 'SQLite']];
const SHOWN = 60000;

export class ShipView {
  constructor(app) {
    this.app = app;
    this.said = el('div', { className: 'said', role: 'status' });
    this.facts = el('dl', { className: 'facts' });
    this.busy = el('div', { className: 'busy', role: 'status' });
    this.source = el('pre', { tabindex: 0, 'aria-label': 'The file' });
    this.saved = el('div', { role: 'status' });
    this.nameWrong = el('p', { className: 'wrong', role: 'alert' });
    this.runs = el('div', { className: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'The runs' });
    this.problemPlace = el('div');
    this.own = el('section', { 'aria-label': 'What to ship' });
    this.copyIt = el('button', { type: 'button', onclick: (event) => copy(this.source.textContent, event.target) }, 'Copy');
    this.download = el('button', { type: 'button', className: 'main', onclick: () => this.save() }, 'Download');
    this.element = el('div', { className: 'view' },
      controls('Ship', this.problemPlace, this.own, this.busy),
      el('div', { className: 'shown' },
        this.said,
        this.facts,
        el('div', { className: 'buttons' }, this.download, this.copyIt),
        this.source,
        el('h3', {}, 'A folder, as shallow fit writes it'), this.folder(),
        el('h3', {}, 'Runs in the folder runs'), this.runs,
        el('h3', {}, 'A link'),
        el('p', { className: 'hint' }, 'The address of this page holds all that is asked: the formula or the points, the options and the view, but no file. It opens here as long as this program runs; in another, put what follows its # behind that one\'s address.'),
        el('div', { className: 'buttons' }, el('button', { type: 'button', onclick: (event) => copy(location.href, event.target) }, 'Copy the link'))));
    this.exports = new Newest({
      work: async (_, signal) => {
        const asked = await this.asked(signal);
        const { format, form, dtype, dialect, name, source } = this.chosen();
        return askBytes('export', { asked, options: { format, form, dtype, dialect, name, source } }, signal);
      },
      show: (answer) => this.take(answer),
      fail: (error) => {
        this.source.textContent = '';
        this.facts.replaceChildren();
        this.answer = null;
        this.enable();
        const isName = /^a name is/.test(error.message);
        this.nameWrong.textContent = isName ? error.message : '';
        this.nameField.setAttribute('aria-invalid', String(isName));
        this.say(...(isName ? ['There is no file of this name.', 'What is wrong stands below its field.'] : app.problem.failed(error)));
      },
      busy: (begun) => this.showBusy(begun),
    });
  }

  chosen() {
    const { of } = this.app.state;
    const format = of.format ?? 'c';
    return {
      what: of.what ?? 'fit', format, name: of.name ?? 'model',
      form: SOURCES.includes(format) && of.form ? of.form : null, dtype: DTYPES[format]?.includes(of.dtype) ? of.dtype : 'f64',
      dialect: format === 'sql' ? of.dialect ?? 'duckdb' : null,
      source: CODE.includes(format) ? { ...(of.lookup && of.form !== 'net' ? { lookup: of.lookup } : {}), clamp: of.clamp === 'yes' } : {},
    };
  }

  /** As many steps as the view Train shows, or the documents take. */
  usualSteps(what) {
    const shown = what === 'train' ? this.app.views.train?.shownRun().epochs : 0;
    return shown || this.app.state.request.epochs || (what === 'neuron' ? 5000 : 500);
  }

  /** The fit, the descent or the neuron, as their views ask for them. */
  asked(signal) {
    const { app } = this;
    const { request, of } = app.state;
    const { what } = this.chosen();
    const epochs = Number(of.steps ?? this.usualSteps(what));
    if (what === 'train') return app.problem.asked(DESCENT, descentOf(request, epochs), signal);
    if (what === 'neuron') return app.problem.asked([...NEURON, 'lr'], neuronOf(epochs), signal);
    return app.problem.asked(SEARCH, searchOf(app.state), signal);
  }

  show() {
    this.problemPlace.append(this.app.problem.element);
    this.app.problem.build();
    this.build();
    this.list();
  }

  hide() { this.exports.stop(); }

  update() { this.exports.ask(null); }

  build() {
    const { of } = this.app.state;
    const set = (name, value, waits = 0, rebuilds = true) => { of[name] = value || undefined; this.app.changed(waits); if (rebuilds) this.build(); };
    const { what, format, dtype } = this.chosen();
    this.own.replaceChildren(
      choices('Which network', [['fit', 'the fit'], ['train', 'the descent'], ['neuron', 'the neuron']], what, (value) => set('what', value)),
      ...(what === 'fit' ? [] : [field('After so many steps', number(Number(of.steps ?? this.usualSteps(what)), (value) => set('steps', value, 300, false), { min: 1, step: 1, required: true })),
        el('p', { className: 'hint' }, `As the program trains it: from its start, at the learning rate ${short(this.app.state.request.lr ?? 0.01)} all the way.`)]),
      field('Format', select(FORMATS, format, (value) => set('format', value))),
      ...(SOURCES.includes(format) ? [field('As', select([['', 'a table where it can be'], ['table', 'a table of its pieces'], ['net', 'the network itself']], of.form ?? '', (value) => set('form', value)))] : []),
      ...(format === 'sql' ? [field('Engine', select(DIALECTS, of.dialect ?? 'duckdb', (value) => set('dialect', value)))] : []),
      ...(DTYPES[format] ? [field('Numbers', select(DTYPES[format].map((name) => [name, NUMBERS[name]]), dtype, (value) => set('dtype', value)))] : []),
      ...(CODE.includes(format) && of.form !== 'net' ? [field('A row is found', select([['', 'by binary search'], ['uniform', 'by equal cells']], of.lookup ?? '', (value) => set('lookup', value)))] : []),
      ...(CODE.includes(format) && !dtype.startsWith('q') ? [field('Beyond the domain', select([['', 'it goes on'], ['yes', 'its ends hold']], of.clamp ?? '', (value) => set('clamp', value)))] : []),
      field('Name', this.nameField = text(of.name ?? 'model', (value) => { of.name = value; this.app.changed(300); }), this.nameWrong));
  }

  showBusy(begun) {
    clearTimeout(this.clock);
    this.busy.replaceChildren();
    if (begun !== null) this.clock = setTimeout(() => this.busy.append(el('span', {}, 'fitting and checking …'), el('button', { type: 'button', onclick: () => this.exports.stop() }, 'Stop')), 500);
  }

  say(first, second) {
    this.said.replaceChildren(why(`${first} ${second}`, '6-shipping'));
  }

  enable() {
    this.download.disabled = !this.answer;
    this.copyIt.disabled = !this.answer || !SOURCES.includes(this.chosen().format);
  }

  async take({ found, bytes }) {
    this.app.problem.fail('');
    this.nameWrong.textContent = '';
    this.nameField.setAttribute('aria-invalid', 'false');
    this.answer = { found, bytes };
    this.enable();
    if (SOURCES.includes(this.chosen().format)) {
      const source = await bytes.text();
      this.source.textContent = source.length > SHOWN ? `${source.slice(0, SHOWN)}\n… and ${source.length - SHOWN} characters more; download the file for all of it` : source;
    } else this.source.textContent = `${found.file}: ${bytes.size} bytes, ${found.model}, ${found.form}`;
    this.say(`${found.file} is ${found.model}, ${found.form}, in ${bytes.size} bytes.`,
      `It was checked on the spot, ${found.by}: of ${found.vectors} values none is further from the network's than ${short(found.deviation)}.`);
    this.facts.replaceChildren(...(found.facts ?? []).map(([what, fact]) => el('div', {}, el('dt', {}, what || '…'), el('dd', {}, fact))));
  }

  save() {
    const { found, bytes } = this.answer;
    const link = el('a', { href: URL.createObjectURL(bytes), download: found.file });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  folder() {
    const name = el('input', { type: 'text', value: 'from-the-studio', spellcheck: false, autocomplete: 'off' });
    const wrong = el('p', { className: 'wrong', role: 'alert' });
    let controller;
    const stop = el('button', { type: 'button', hidden: true, onclick: () => controller.abort() }, 'Stop');
    const button = el('button', {
      type: 'button', onclick: async () => {
        controller = new AbortController();
        [button.disabled, stop.hidden, wrong.textContent] = [true, false, ''];
        this.saved.replaceChildren(el('p', {}, 'fitting and writing …'));
        try {
          const saved = await ask('save', { asked: await this.asked(controller.signal), name: name.value }, controller.signal);
          this.saved.replaceChildren(el('p', {}, `Written: ${saved.folder}, with ${saved.files.join(', ')}.`));
          this.list();
        } catch (error) {
          this.saved.replaceChildren();
          name.setAttribute('aria-invalid', String(/^a name is/.test(error.message)));
          wrong.textContent = error.name === 'AbortError' ? 'It was stopped; a descent can be gone on with by shallow fit --resume.' : error.message;
        }
        [button.disabled, stop.hidden] = [false, true];
      },
    }, 'Write the folder');
    return el('div', {}, field('Its name under runs', name), wrong, el('div', { className: 'buttons' }, button, stop), this.saved);
  }

  async list() {
    try {
      const runs = await ask('runs');
      const open = async (name) => {
        try {
          const { request, table } = await ask('open', { name });
          const state = {
            view: request.model === 'perceptron' ? 'neuron' : request.method === 'descent' ? 'train' : 'fit', source: table ? 'file' : 'formula',
            request: Object.fromEntries(Object.entries(request).filter(([, value]) => value !== null)), table, points: '', of: {},
          };
          this.app.opened(state);
        } catch (error) { this.saved.replaceChildren(el('p', { className: 'wrong', role: 'alert' }, error.message)); }
      };
      this.runs.replaceChildren(runs.length === 0 ? el('p', { className: 'hint' }, 'There are none in the folder that the program was started in.') : el('table', {},
        el('thead', {}, el('tr', {}, ['run', 'method', 'units', 'train loss', 'open'].map((name) => el('th', { scope: 'col' }, name)))),
        el('tbody', {}, runs.map((run) => el('tr', {}, el('th', { scope: 'row' }, run.name), el('td', {}, run.method ?? 'not done'), el('td', {}, run.hidden ?? ''), el('td', {}, run.train_loss === null ? '' : short(run.train_loss)),
          el('td', {}, el('button', { type: 'button', onclick: () => open(run.name), 'aria-label': `Open the run ${run.name}` }, 'Open')))))));
    } catch (error) { this.runs.replaceChildren(el('p', { className: 'wrong' }, error.message)); }
  }
}
