// The page: what is asked, the views, and the link that holds all of it.

import { ask } from './api.js';
import { el } from './elements.js';
import { Problem } from './problem.js';
import { FitView } from './views/fit.js';
import { GradientsView } from './views/gradients.js';
import { NeuronView } from './views/neuron.js';
import { ShipView } from './views/ship.js';
import { TrainView } from './views/train.js';

const VIEWS = { fit: FitView, train: TrainView, neuron: NeuronView, gradients: GradientsView, ship: ShipView };
const TITLES = { fit: 'Fit', train: 'Train', neuron: 'One neuron', gradients: 'Gradients', ship: 'Ship' };

/** Options that are not text. */
const NUMBERS = ['samples', 'test-samples', 'noise', 'hidden', 'penalty', 'bands', 'max-slope', 'tolerance', 'degree', 'lr', 'epochs', 'patience', 'weight-decay', 'log-every', 'seed'];
const FLAGS = ['convex', 'concave', 'relative'];
const DESCENT = ['optimizer', 'lr', 'epochs', 'engine', 'start', 'reduction', 'weight-decay', 'device', 'dtype'];

class App {
  constructor(first) {
    this.first = first;
    this.state = this.begun(first);
    this.firstRequest = { ...this.state.request };
    // Until something is typed, One neuron shows its document's problem.
    this.isUntouched = !location.hash && this.state.request.function === 'sin(3*x)' && this.state.view === 'fit';
    this.problem = new Problem(this);
    if (this.state.table) this.problem.use(this.state.table);
    this.problem.build();
    this.main = document.getElementById('main');
    this.nav = document.getElementById('views');
    this.views = {};
    this.show(this.state.view);
    this.main.addEventListener('input', () => { this.isUntouched = false; });
    this.main.addEventListener('wrongnumber', () => this.view.shown?.classList.add('stale'));
    addEventListener('hashchange', () => location.hash.slice(1) !== this.link && this.followed());
  }

  /** What the link says; else what the program was started with. */
  begun(first) {
    const link = new URLSearchParams(location.hash.slice(1));
    if (link.has('view')) return this.read(link);
    const request = Object.fromEntries(Object.entries(first.request).filter(([, value]) => value !== null));
    const isDescent = request.method === 'descent' || DESCENT.some((name) => name in request);
    const view = request.model === 'perceptron' ? 'neuron' : isDescent ? 'train' : 'fit';
    if (request.hidden === undefined && request.tolerance === undefined && !first.table && !request.noise) request.hidden = 8;
    if (view !== 'fit') delete request.method;
    return { view, source: first.table ? 'file' : 'formula', request, table: first.table, points: '', of: {} };
  }

  read(link) {
    const state = { view: 'fit', source: 'formula', request: {}, table: this.state?.table ?? this.first.table, points: '', of: {} };
    for (const [name, value] of link) {
      if (name === 'view') state.view = value in VIEWS ? value : 'fit';
      else if (name === 'source') state.source = ['formula', 'file', 'points'].includes(value) ? value : 'formula';
      else if (name === 'points') state.points = value;
      else if (name.startsWith('of.')) state.of[name.slice(3)] = value;
      else if (NUMBERS.includes(name) && value !== 'auto') state.request[name] = Number(value);
      else if (FLAGS.includes(name)) state.request[name] = value === 'true';
      else state.request[name] = value;
    }
    if (state.source === 'formula' && !state.request.function) {
      Object.assign(state.request, state.view === 'neuron' ? { function: 'squashed', epochs: 5000 } : { function: 'sin(3*x)', hidden: state.request.hidden ?? 8 });
    }
    return state;
  }

  get link() {
    const { view, source, request, points, of } = this.state;
    const link = new URLSearchParams({ view, source });
    Object.entries(request).forEach(([name, value]) => value !== undefined && value !== null && link.set(name, value));
    if (source === 'points') link.set('points', points);
    Object.entries(of).forEach(([name, value]) => value !== undefined && link.set(`of.${name}`, value));
    return link.toString();
  }

  /** Another link was followed, or a run opened. */
  opened(state = this.read(new URLSearchParams(location.hash.slice(1)))) {
    Object.assign(this.state, state);
    this.isUntouched = false;
    this.problem.sent = null;
    this.problem.build();
    this.view?.hide();
    this.views.train?.drop();
    this.views = {};
    this.show(this.state.view);
  }

  /** Back, forward or another link: what is asked stays where only the view is another. */
  followed() {
    const state = this.read(new URLSearchParams(location.hash.slice(1)));
    const { view } = this.state;
    this.state.view = state.view;
    const isSame = this.link === location.hash.slice(1);
    this.state.view = view;
    if (isSame) this.show(state.view, false);
    else this.opened(state);
  }

  /** Something that is asked has changed: the link does, and the view after a while without more changes. */
  changed(waits = 0) {
    history.replaceState(null, '', `#${this.link}`);
    clearTimeout(this.timer);
    const update = () => this.view.update();
    if (waits) this.timer = setTimeout(update, waits);
    else update();
  }

  show(name, isNew = true) {
    this.problem.claims = [];
    if (isNew && this.view && name !== this.state.view) history.pushState(null, '', `#${this.link}`);
    this.view?.hide();
    this.state.view = name;
    this.nav.replaceChildren(...Object.keys(VIEWS).map((key) => el('a', {
      href: `#${new URLSearchParams({ view: key })}`, 'aria-current': key === name ? 'page' : null,
      onclick: (event) => { event.preventDefault(); this.show(key); document.getElementById('main').focus({ preventScroll: true }); },
    }, TITLES[key])));
    this.views[name] ??= new VIEWS[name](this);
    this.view = this.views[name];
    this.main.replaceChildren(this.view.element);
    document.title = `${TITLES[name]} · shallow studio`;
    this.problem.usual = name === 'neuron' ? ['0:pi/4', '1000'] : name === 'gradients' ? ['-1:1', '200'] : ['-1:1', '10000'];
    this.view.show();
    this.changed();
  }
}

try {
  window.studio = new App(await ask('first'));
} catch (error) {
  document.getElementById('waiting').textContent = `The page cannot begin: ${error.message}`;
}
