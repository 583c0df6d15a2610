// Charts on a canvas: drawn from numbers in the browser, so that a frame is a few kilobytes and a drag needs no round trip.

const style = () => getComputedStyle(document.documentElement);
let colours = new Map();
const listeners = new Set();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  colours = new Map();
  listeners.forEach((chart) => chart.draw());
});

function colour(name) {
  if (!colours.has(name)) colours.set(name, style().getPropertyValue(`--${name}`).trim() || name);
  return colours.get(name);
}

/** Ticks at round numbers. */
export function ticks(low, high, most) {
  const span = high - low;
  if (!(span > 0)) return [low];
  const raw = span / Math.max(1, most);
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((times) => times * unit).find((step) => step >= raw);
  const from = Math.ceil(low / step);
  const found = [];
  for (let at = from; at * step <= high + 1e-9 * span && found.length < 50; at++) found.push(Number((at * step).toPrecision(12)));
  return found;
}

function logTicks(low, high, most) {
  const [from, to] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const step = Math.max(1, Math.ceil((to - from) / Math.max(1, most)));
  const found = [];
  for (let at = from; at <= to; at += step) found.push(10 ** at);
  return found.length > 1 ? found : ticks(low, high, most).filter((tick) => tick > 0);
}

const superscript = (n) => String(n).replace(/[-0-9]/g, (c) => ({ '-': '⁻' })[c] ?? '⁰¹²³⁴⁵⁶⁷⁸⁹'[c]);

function caption(value, isLog, isTime, span) {
  if (isTime) {
    const text = new Date(1000 * value).toISOString();
    if (span > 4 * 365 * 86400) return text.slice(0, 7);
    return span > 3 * 86400 ? text.slice(0, 10) : text.slice(5, 16).replace('T', ' ');
  }
  const power = Math.log10(value);
  if (isLog && Number.isInteger(Math.round(power * 1e9) / 1e9) && Math.abs(power) > 3) return `10${superscript(Math.round(power))}`;
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential().replace('e+', 'e') : String(value);
}

/** The samples as a layer; of a function without noise they lie on it, and are not drawn. */
export function samplesLayer({ truth, training }, noise) {
  if (truth !== null && !(noise > 0)) return [];
  const name = training.x.length < training.n ? `${training.x.length} of ${training.n} samples` : 'samples';
  return [{ kind: 'points', name, ...training }];
}

/** The least and the largest of some lists, with a margin. */
export function range(lists, margin = 0.06) {
  let [low, high] = [Infinity, -Infinity];
  for (const list of lists) {
    for (const value of list ?? []) {
      if (Number.isFinite(value)) { low = Math.min(low, value); high = Math.max(high, value); }
    }
  }
  if (low > high) return [0, 1];
  const more = high > low ? margin * (high - low) : Math.max(0.5, 0.1 * Math.abs(low));
  return [low - more, high + more];
}

/**
 * One chart. `show` takes the ranges and the layers, which are drawn in their order:
 * line {x, y}, points {x, y}, band {x, low, high}, level {at}, place {at}, bars {values, marked}, handles {x, y, chosen}.
 * A layer with a `name` is in the legend.
 */
export class Chart {
  constructor(title, { xLabel = '', yLabel = '', logX = false, logY = false, height = 300, wide = false } = {}) {
    Object.assign(this, { xLabel, yLabel, logX, logY, height });
    this.canvas = document.createElement('canvas');
    this.canvas.setAttribute('role', 'img');
    this.heading = document.createElement('h3');
    this.heading.textContent = title;
    this.legend = document.createElement('figcaption');
    this.figure = document.createElement('figure');
    this.figure.append(this.heading, this.canvas, this.legend);
    if (wide) this.figure.className = 'wide';
    this.canvas.setAttribute('aria-label', title);
    this.layers = [];
    this.names = '';
    new ResizeObserver(() => this.draw()).observe(this.figure);
    listeners.add(this);
  }

  describe(text) { this.canvas.setAttribute('aria-label', `${this.heading.textContent}: ${text}`); }

  show({ x, y, layers, xIsTime = false, xLabel, yLabel }) {
    Object.assign(this, { x, y, layers, xIsTime });
    if (xLabel !== undefined) this.xLabel = xLabel;
    if (yLabel !== undefined) this.yLabel = yLabel;
    this.nameThem();
    this.queue();
  }

  /** Draws at the browser's next frame. */
  queue() {
    if (this.queued) return;
    this.queued = true;
    requestAnimationFrame(() => { this.queued = false; this.draw(); });
  }

  nameThem() {
    const named = this.layers.filter((layer) => layer.name);
    const names = named.map((layer) => `${layer.name}|${layer.colour}|${layer.kind}|${layer.dash}`).join();
    if (names === this.names) return;
    this.names = names;
    this.legend.replaceChildren(...named.map((layer) => {
      const key = document.createElement('span');
      key.className = 'key';
      key.append(sample(layer), layer.name);
      return key;
    }));
  }

  scale(value, [low, high], from, to, isLog) {
    const share = isLog ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    return from + share * (to - from);
  }

  px(x) { return this.scale(x, this.x, this.box.left, this.box.right, this.logX); }
  py(y) { return this.scale(y, this.y, this.box.bottom, this.box.top, this.logY); }

  /** The place of a pointer, in the units of the axes. */
  at(event) {
    const bounds = this.canvas.getBoundingClientRect();
    const share = (event.clientX - bounds.left - this.box.left) / (this.box.right - this.box.left);
    const shareY = (this.box.bottom - (event.clientY - bounds.top)) / (this.box.bottom - this.box.top);
    const back = ([low, high], share, isLog) => (isLog ? low * (high / low) ** share : low + share * (high - low));
    return { x: back(this.x, share, this.logX), y: back(this.y, shareY, this.logY), px: event.clientX - bounds.left, py: event.clientY - bounds.top };
  }

  draw() {
    const width = this.figure.clientWidth;
    if (!width || !this.x) return;
    const begun = performance.now();
    const tall = Math.max(this.height, Math.min(this.height * width / 900, 0.6 * innerHeight));
    const [ratio, height] = [devicePixelRatio || 1, Math.min(tall, 0.9 * width + 60)];
    const { canvas } = this;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.height = `${height}px`;
    }
    const c = canvas.getContext('2d');
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, height);
    c.font = '12px system-ui, sans-serif';
    const yTicks = (this.logY ? logTicks : ticks)(...this.y, height / 45);
    const yCaptions = yTicks.map((tick) => caption(tick, this.logY));
    const widest = Math.max(...yCaptions.map((text) => c.measureText(text).width), 44);
    this.box = { left: widest + (this.yLabel ? 26 : 10), right: width - 10, top: 8, bottom: height - (this.xLabel ? 38 : 22) };
    this.axes(c, yTicks, yCaptions);
    c.save();
    c.beginPath();
    c.rect(this.box.left, this.box.top, this.box.right - this.box.left, this.box.bottom - this.box.top);
    c.clip();
    this.layers.forEach((layer) => this[layer.kind](c, layer));
    c.restore();
    this.layers.filter((layer) => layer.kind === 'handles').forEach((layer) => this.handlesOver(c, layer));
    this.took = performance.now() - begun;
  }

  axes(c, yTicks, yCaptions) {
    const { left, right, top, bottom } = this.box;
    c.lineWidth = 1;
    c.fillStyle = colour('faint');
    c.strokeStyle = colour('grid');
    c.textAlign = 'right';
    c.textBaseline = 'middle';
    yTicks.forEach((tick, at) => {
      const y = Math.round(this.py(tick)) + 0.5;
      c.beginPath(); c.moveTo(left, y); c.lineTo(right, y); c.stroke();
      c.fillText(yCaptions[at], left - 6, y);
    });
    c.textAlign = 'center';
    c.textBaseline = 'top';
    const span = this.x[1] - this.x[0];
    const xTicks = (this.logX ? logTicks : ticks)(...this.x, (right - left) / (this.xIsTime ? 110 : 70));
    xTicks.forEach((tick) => {
      const x = Math.round(this.px(tick)) + 0.5;
      c.beginPath(); c.moveTo(x, top); c.lineTo(x, bottom); c.stroke();
      const text = caption(tick, this.logX, this.xIsTime, span);
      const half = c.measureText(text).width / 2;
      c.fillText(text, Math.min(x, right + 9 - half), bottom + 5);
    });
    c.strokeStyle = colour('edge');
    c.strokeRect(left + 0.5, top + 0.5, right - left - 1, bottom - top - 1);
    c.fillStyle = colour('ink');
    if (this.xLabel) c.fillText(this.xLabel, (left + right) / 2, bottom + 21);
    if (this.yLabel) {
      c.save();
      c.translate(4, (top + bottom) / 2);
      c.rotate(-Math.PI / 2);
      c.fillText(this.yLabel, 0, 0);
      c.restore();
    }
  }

  line(c, { x, y, colour: name = 'net', width = 2, dash = [], alpha = 1 }) {
    c.globalAlpha = alpha;
    c.strokeStyle = colour(name);
    c.lineWidth = width;
    c.lineJoin = 'round';
    c.setLineDash(dash);
    c.beginPath();
    let isDown = false;
    for (let at = 0; at < x.length; at++) {
      const [px, py] = [this.px(x[at]), this.py(y[at])];
      if (!Number.isFinite(px) || !Number.isFinite(py)) { isDown = false; continue; }
      const clipped = Math.max(-1e5, Math.min(1e5, py));
      if (isDown) c.lineTo(px, clipped); else c.moveTo(px, clipped);
      isDown = true;
    }
    c.stroke();
    c.setLineDash([]);
    c.globalAlpha = 1;
  }

  points(c, { x, y, colour: name = 'sample', size = x.length > 1000 ? 2 : x.length > 200 ? 3 : x.length > 50 ? 5 : 8, alpha = 0.85 }) {
    c.globalAlpha = alpha;
    c.fillStyle = colour(name);
    if (size > 4) {
      for (let at = 0; at < x.length; at++) {
        c.beginPath();
        c.arc(this.px(x[at]), this.py(y[at]), size / 2, 0, 2 * Math.PI);
        c.fill();
      }
      c.globalAlpha = 1;
      return;
    }
    for (let at = 0; at < x.length; at++) {
      const [px, py] = [this.px(x[at]), this.py(y[at])];
      if (Number.isFinite(px) && Number.isFinite(py)) c.fillRect(px - size / 2, py - size / 2, size, size);
    }
    c.globalAlpha = 1;
  }

  band(c, { x, low, high, colour: name = 'band', alpha = 0.18 }) {
    c.globalAlpha = alpha;
    c.fillStyle = colour(name);
    c.beginPath();
    const clip = (py) => Math.max(-1e5, Math.min(1e5, py));
    x.forEach((x, at) => c.lineTo(this.px(x), clip(this.py(high[at]))));
    for (let at = x.length - 1; at >= 0; at--) c.lineTo(this.px(x[at]), clip(this.py(low[at])));
    c.fill();
    c.globalAlpha = 1;
  }

  level(c, { at, colour: name = 'kink', width = 1.5, dash = [6, 4] }) {
    this.line(c, { x: this.x, y: [at, at], colour: name, width, dash });
  }

  place(c, { at, colour: name = 'kink', width = 1.5, dash = [] }) {
    this.line(c, { x: [at, at], y: this.y, colour: name, width, dash });
  }

  /** Short marks on the lower edge. */
  marks(c, { x, colour: name = 'kink' }) {
    c.strokeStyle = colour(name);
    c.lineWidth = 1.5;
    c.beginPath();
    x.forEach((x) => { const px = this.px(x); c.moveTo(px, this.box.bottom); c.lineTo(px, this.box.bottom - 9); });
    c.stroke();
  }

  bars(c, { values, marked, colour: name = 'net' }) {
    const wide = Math.max(1, 0.7 * (this.px(1) - this.px(0)));
    values.forEach((value, at) => {
      c.fillStyle = colour(marked[at] ? 'wrong' : name);
      const [px, top] = [this.px(at) - wide / 2, this.py(value)];
      if (marked[at]) {
        c.font = '12px system-ui, sans-serif';
        c.textAlign = 'center';
        c.fillText('×', this.px(at), this.box.bottom - 14);
      } else c.fillRect(px, top, wide, this.box.bottom - top);
    });
  }

  handles() {}

  /** Handles may lie on the edge: they are not clipped. */
  handlesOver(c, { x, y, chosen }) {
    x.forEach((x, at) => {
      const [px, py] = [this.px(x), this.py(y[at])];
      if (!Number.isFinite(py) || py < -20 || py > this.box.bottom + 20) return;
      c.beginPath();
      c.arc(px, py, at === chosen ? 8 : 5, 0, 2 * Math.PI);
      c.fillStyle = colour(at === chosen ? 'kink' : 'paper');
      c.fill();
      c.lineWidth = 2;
      c.strokeStyle = colour('kink');
      c.stroke();
    });
  }
}

/** A layer as the legend shows it. */
function sample(layer) {
  const NS = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(NS, 'svg');
  svg.setAttribute('width', '22');
  svg.setAttribute('height', '10');
  svg.setAttribute('aria-hidden', 'true');
  const shape = (tag, attributes) => {
    const element = document.createElementNS(NS, tag);
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    svg.append(element);
  };
  const ink = `var(--${layer.colour ?? { points: 'sample', band: 'band' }[layer.kind] ?? (['level', 'place', 'marks', 'handles'].includes(layer.kind) ? 'kink' : 'net')})`;
  if (layer.kind === 'points') shape('circle', { cx: 11, cy: 5, r: 3, fill: ink });
  else if (layer.kind === 'handles') shape('circle', { cx: 11, cy: 5, r: 4, fill: 'none', stroke: ink, 'stroke-width': 2 });
  else if (layer.kind === 'band') shape('rect', { x: 0, y: 0, width: 22, height: 10, fill: ink, opacity: Math.min(1, 1.6 * (layer.alpha ?? 0.18)) });
  else if (layer.kind === 'marks') shape('line', { x1: 11, y1: 0, x2: 11, y2: 10, stroke: ink, 'stroke-width': 2 });
  else shape('line', { x1: 0, y1: 5, x2: 22, y2: 5, stroke: ink, 'stroke-width': 2, 'stroke-dasharray': (layer.dash ?? (layer.kind === 'level' ? [6, 4] : [])).join(' ') });
  return svg;
}
