// Small pieces of the page: elements, labelled fields, numbers as text.

/** An element with properties and children; `class`, `aria-…` and `for` are attributes, `on…` functions listen. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name in element && !name.includes('-') && name !== 'list' && name !== 'form') element[name] = value;
    else element.setAttribute(name === 'className' ? 'class' : name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

let counted = 0;
export const newId = () => `e${++counted}`;

/** A field with its label above it. */
export function field(label, input, ...after) {
  input.id ||= newId();
  return el('div', { className: 'field' }, el('label', { htmlFor: input.id }, label), input, ...after);
}

/** A field with a button beside it. */
export function fieldBeside(label, input, button) {
  input.id ||= newId();
  return el('div', { className: 'field' }, el('label', { htmlFor: input.id }, label), el('div', { className: 'beside' }, input, button));
}

export function select(options, value, changed) {
  const input = el('select', { onchange: () => changed(input.value) },
    options.map(([key, text]) => el('option', { value: key }, text)));
  input.value = value;
  return input;
}

export function text(value, changed, more = {}) {
  return el('input', { type: 'text', value: value ?? '', spellcheck: false, autocomplete: 'off', oninput: (event) => changed(event.target.value), ...more });
}

/** A number; what it cannot be is said below it, and is not passed on. */
export function number(value, changed, more = {}) {
  const wrong = el('span', { className: 'wrong', role: 'alert', id: newId() });
  const whole = more.step === 1;
  const isWrong = (text, number) => (text === '' ? Boolean(more.required)
    : !Number.isFinite(number) || (whole && !Number.isInteger(number)) || number < (more.min ?? -Infinity) || number > (more.max ?? Infinity) || (more.above !== undefined && number <= more.above));
  const must = `it must be a ${whole ? 'whole ' : ''}number${more.above !== undefined ? ` above ${more.above}` : more.min !== undefined ? `, ${more.min} or more` : ''}${more.max !== undefined ? `, ${more.max} at most` : ''}`;
  const { above, ...properties } = more;
  const input = el('input', {
    type: 'number', value: value ?? '', step: 'any', inputmode: 'decimal', 'aria-describedby': wrong.id,
    oninput: () => {
      const number = input.validity.badInput ? NaN : Number(input.value);
      const fails = input.validity.badInput || isWrong(input.value, number);
      wrong.textContent = fails ? must : '';
      input.setAttribute('aria-invalid', fails ? 'true' : 'false');
      if (fails) {
        if (!wrong.isConnected) input.after(wrong);
        input.dispatchEvent(new CustomEvent('wrongnumber', { bubbles: true }));
      } else changed(input.value === '' ? undefined : number);
    }, ...properties,
  });
  return input;
}

/** One of some choices, as radio buttons. */
export function choices(label, options, value, changed) {
  const name = newId();
  return el('fieldset', {}, el('legend', {}, label), el('div', { className: 'choices' }, options.map(([key, caption]) => el('label', {},
    el('input', { type: 'radio', name, value: key, checked: key === value, onchange: () => changed(key) }), caption))));
}

export function tick(label, value, changed) {
  return el('div', { className: 'choices' }, el('label', {},
    el('input', { type: 'checkbox', checked: value, onchange: (event) => changed(event.target.checked) }), label));
}

/** A slider over numbers whose logarithms are even, with a field for the number itself. */
export function logSlider(label, { low, high, value, whole, changed, ended }) {
  const place = (number) => String(1000 * (Math.log(number / low) / Math.log(high / low)));
  const at = (place) => {
    const number = low * (high / low) ** (place / 1000);
    return whole ? Math.round(number) : Number(number.toPrecision(2));
  };
  const range = el('input', {
    type: 'range', min: 0, max: 1000, step: whole ? 1 : 2, value: place(value), 'aria-label': `${label}, slider`,
    oninput: () => { typed.value = at(range.value); said(); changed(at(range.value)); }, onchange: () => ended?.(),
  });
  const said = () => range.setAttribute('aria-valuetext', typed.value);
  const typed = number(value, (number) => {
    range.value = place(number);
    said();
    changed(number);
    ended?.();
  }, whole ? { min: 1, step: 1, required: true } : { above: 0, required: true });
  said();
  const under = el('div');
  const root = field(label, typed, el('div', {}, range, under));
  typed.after();
  root.input = typed;
  root.set = (number) => { typed.value = number; if (number > 0) range.value = place(number); said(); };
  /** Marks a number under the slider. */
  root.mark = (number, caption) => {
    const share = Math.min(1, Math.max(0, place(number) / 1000));
    const mark = el('span', { className: `mark ${share < 0.25 ? 'left' : share > 0.75 ? 'right' : ''}` }, caption);
    mark.style.left = `${100 * share}%`;
    under.replaceChildren(el('div', { className: 'scale' }, mark));
  };
  root.unmark = () => under.replaceChildren();
  return root;
}

/** What stands beside the charts; where there is little room, above them and folded. */
export function controls(title, ...children) {
  const isWide = matchMedia('(min-width: 60.01rem)');
  const root = el('details', { className: 'controls', open: isWide.matches }, el('summary', {}, el('h2', {}, title), el('span', { className: 'hint' }, ' what is fitted, and how')), ...children);
  isWide.addEventListener('change', () => { root.open = isWide.matches; });
  return root;
}

/** Six significant digits at most, as the program prints them. */
export function short(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return 'unknown';
  if (!Number.isFinite(value)) return value > 0 ? 'infinity' : '-infinity';
  const digits = Number(value.toPrecision(6));
  const size = Math.abs(digits);
  return size !== 0 && (size < 1e-4 || size >= 1e7) ? digits.toExponential().replace('e+', 'e') : String(digits);
}

/** Six significant digits, and no less than the number. */
export function shortUp(value) {
  const nearest = Number(value.toPrecision(6));
  if (nearest >= value) return short(nearest);
  return short(nearest + 10 ** (Math.floor(Math.log10(Math.abs(value))) - 5));
}

export const two = (value) => short(Number(value.toPrecision(2)));
export const count = (n, what) => `${n} ${what}${n === 1 ? '' : 's'}`;

/** A number of the x axis, or the moment that it is, as finely as an interval of some seconds shows. */
export function place(x, isTime, seconds = 0) {
  if (!isTime) return short(x);
  const text = new Date(1000 * x).toISOString();
  return seconds > 30 * 86400 ? text.slice(0, 10) : seconds > 3600 ? text.slice(0, 16).replace('T', ' ') : text.replace('.000Z', 'Z');
}

/** Copies text, and says so on the button. */
export async function copy(text, button) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    button.textContent = 'The browser does not let the page copy';
  }
  setTimeout(() => { button.textContent = before; }, 1500);
}
