// Requests to the server that sent this page. Its address has the token, and so has every address below it.

/** What the server says is wrong, in a sentence. */
export class Refusal extends Error {}

async function answered(path, options) {
  let response;
  try {
    response = await fetch(`api/${path}`, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Refusal('the program does not answer; if it has ended, start shallow studio once more');
  }
  if (response.ok) return response;
  let sentence = `the program answered ${response.status}`;
  try {
    sentence = (await response.json()).error;
  } catch { /* it was no sentence of ours */ }
  throw new Refusal(sentence);
}

const posted = (body, signal) => ({
  method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal,
});

/** An answer of JSON. */
export async function ask(path, body, signal) {
  const response = await answered(path, body === undefined ? { signal } : posted(body, signal));
  return response.json();
}

/** An answer of bytes, and what was found of them. */
export async function askBytes(path, body, signal) {
  const response = await answered(path, posted(body, signal));
  return { found: JSON.parse(response.headers.get('x-export')), bytes: await response.blob() };
}

/** Keeps a table, and returns its preview. */
export async function upload(name, content, signal) {
  const response = await answered(`table?name=${encodeURIComponent(name)}`, { method: 'POST', body: content, signal });
  return response.json();
}

/** Calls back with each line of a long answer. */
export async function askLines(path, body, signal, line) {
  const response = await answered(path, posted(body, signal));
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split('\n');
    rest = parts.pop();
    parts.forEach((part) => line(JSON.parse(part)));
  }
}

/** Work of which the newest is wanted: one is done at a time, and what is asked for meanwhile waits, the last of it alone. */
export class Newest {
  constructor({ work, show, fail, busy }) {
    Object.assign(this, { work, show, fail, busy });
    this.controller = null;
  }

  ask(input) {
    this.next = { input };
    if (!this.controller) this.run();
    else if (performance.now() - this.begun > 400) this.controller.abort();
  }

  stop() {
    this.next = null;
    this.controller?.abort();
  }

  async run() {
    while (this.next) {
      const { input } = this.next;
      this.next = null;
      this.controller = new AbortController();
      this.begun = performance.now();
      this.busy?.(this.begun);
      try {
        const answer = await this.work(input, this.controller.signal);
        this.show(answer, input);
      } catch (error) {
        if (error.name !== 'AbortError') this.fail(error, input);
      }
      this.controller = null;
    }
    this.busy?.(null);
  }
}
