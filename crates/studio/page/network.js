// The network on the page: values, kinks, units, as the program has them, in the user's units.

/** Its values, [n] to [n]. */
export function predict(net, x) {
  return net.model === 'relu' ? predictRelu(net, x) : predictNeuron(net, x).map(([, y]) => y);
}

function predictRelu({ w1, b1, w2, b2, x_shift: shift }, x) {
  const y = new Float64Array(x.length).fill(b2);
  for (let unit = 0; unit < w1.length; unit++) {
    const [w, b, v] = [w1[unit], b1[unit], w2[unit]];
    for (let at = 0; at < x.length; at++) {
      const before = w * (x[at] - shift) + b;
      if (before > 0) y[at] += v * before;
    }
  }
  return Array.from(y);
}

const ACTIVATIONS = {
  sigmoid: [(z) => 1 / (1 + Math.exp(-z)), (p) => p * (1 - p)],
  tanh: [Math.tanh, (p) => 1 - p * p],
  identity: [(z) => z, () => 1],
};

/** Of each x the activation's slope there, and the value. */
export function predictNeuron({ weight, activation, x: [xShift, xScale], y: [yShift, yScale] }, x) {
  const [value, slope] = ACTIVATIONS[activation];
  return x.map((x) => {
    const scaled = (x - xShift) / xScale;
    const p = value(weight.reduce((sum, w) => sum * scaled + w, 0));
    return [slope(p), p * yScale + yShift];
  });
}

/** Where each unit bends, in the order of the units. */
export const kinks = ({ w1, b1, x_shift: shift }) => w1.map((w, unit) => (w === 0 ? NaN : shift - b1[unit] / w));

/** The line that a unit adds, at some places. */
export const unit = ({ w1, b1, w2, x_shift: shift }, at, x) => x.map((x) => w2[at] * Math.max(0, w1[at] * (x - shift) + b1[at]));

/** Of each unit the share of all that units add on a domain, root mean square by root mean square; 0 of one that is dead there. */
export function shares(net, [low, high]) {
  const sizes = net.w1.map((w, unit) => {
    // The square of a line is integrated exactly, over the part where the unit is active.
    const at = (x) => w * (x - net.x_shift) + net.b1[unit];
    const [a, b] = [at(low), at(high)];
    if (a <= 0 && b <= 0) return 0;
    const [from, to] = [Math.max(a, 0), Math.max(b, 0)];
    const part = a > 0 && b > 0 ? 1 : Math.max(a, b) / Math.abs(b - a);
    return Math.abs(net.w2[unit]) * Math.sqrt(part * (from * from + from * to + to * to) / 3);
  });
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return sizes.map((size) => (total > 0 ? size / total : 0));
}

/** Whether a unit is active nowhere on a domain. */
export const isDead = (net, unit, [low, high]) => [low, high].every((x) => net.w1[unit] * (x - net.x_shift) + net.b1[unit] <= 0);

/** The places to draw a network at: even ones, and just where it bends. */
export function places(net, [low, high], n = 401) {
  const even = Array.from({ length: n }, (_, at) => low + ((high - low) * at) / (n - 1));
  if (net.model !== 'relu') return even;
  const bends = kinks(net).filter((kink) => low < kink && kink < high);
  return [...even, ...bends].sort((a, b) => a - b);
}
