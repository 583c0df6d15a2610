// The page in a real browser: node page.mjs PROGRAM FOLDER, with the packages of package.json and chromium at /usr/bin/chromium.
// FOLDER gets a screenshot of each view.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const [program, out] = process.argv.slice(2).map((path) => resolve(path));
mkdirSync(out, { recursive: true });
const home = mkdtempSync(join(tmpdir(), 'studio-test-'));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const server = spawn(program, ['studio', '--no-open', '--port', '0'], { cwd: home, stdio: ['ignore', 'pipe', 'ignore'] });
const address = await new Promise((found) => server.stdout.once('data', (bytes) => found(String(bytes).trim())));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

/** What the program prints as JSON. */
const fit = (...flags) => JSON.parse(execFileSync(program, ['fit', '--json', '--force', '--out', 'by-the-program', ...flags], { cwd: home, stdio: ['ignore', 'pipe', 'ignore'] }));

/** A page that asks nobody but the server, and has no error but those that are expected. */
async function open(link = '', { width = 1280, height = 900, dark = false, refusals = false } = {}) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', acceptDownloads: true });
  page.setDefaultTimeout(30000);
  page.wrong = [];
  page.on('pageerror', (error) => page.wrong.push(error.message));
  page.on('console', (message) => message.type() === 'error' && !(refusals && /400/.test(message.text())) && page.wrong.push(message.text()));
  page.on('request', (request) => request.url().startsWith(address) || request.url().startsWith('blob:') || page.wrong.push(`it asks ${request.url()}`));
  await page.goto(address + (link && `#${link}`));
  await page.waitForSelector('.view');
  return page;
}

async function close(page) {
  assert.deepEqual(page.wrong, []);
  await page.close();
}

const said = (page, text) => page.waitForFunction((text) => new RegExp(text).test(document.querySelector('.said')?.textContent), text);
const view = (page, name) => page.click(`nav a:text-is("${name}")`);
const SIN = 'view=fit&source=formula&function=sin(3*x)&hidden=8';
const VIEWS = { fit: 'Fit', train: 'Train', neuron: 'One neuron', gradients: 'Gradients', ship: 'Ship' };

const tests = {
  async 'the first paint is within half a second'() {
    const page = await open();
    const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime);
    console.log(`    first contentful paint after ${paint.toFixed(0)} ms`);
    assert.ok(paint < 500, `${paint} ms`);
    await close(page);
  },

  async 'a fit is the program\'s, in numbers and in words'() {
    const page = await open(SIN);
    await said(page, '8 units in 9 straight pieces');
    const report = fit('--function', 'sin(3*x)', '--hidden', '8');
    const shown = await page.evaluate(() => window.studio.view.fit.report);
    for (const name of ['train_loss', 'test_loss', 'max_error', 'max_error_bound', 'hidden', 'method']) assert.equal(shown[name], report[name], name);
    const text = await page.textContent('.said');
    assert.match(text, new RegExp(`more than ${String(Math.ceil(report.max_error_bound * 1e7) / 1e7)} \\(proven\\)`));
    await page.click('.shown summary');
    assert.match(await page.textContent('pre'), /largest error .* everywhere: proven/);
    assert.match(await page.textContent('pre >> nth=1'), /^shallow fit --function='sin\(3\*x\)' --hidden=8$/);
    await page.screenshot({ path: join(out, 'fit.png'), fullPage: true });
    await close(page);
  },

  async 'a width is dragged, an error asked for, and a formula that is wrong says so under its field'() {
    const page = await open(SIN, { refusals: true });
    await said(page, '8 units');
    const slider = page.getByLabel('Hidden units, slider');
    await slider.focus();
    for (let at = 0; at < 60; at++) await page.keyboard.press('ArrowRight');
    const hidden = await page.getByLabel('Hidden units', { exact: true }).inputValue();
    assert.ok(Number(hidden) > 8, hidden);
    await said(page, `^${hidden} units`);
    await page.getByLabel('an error').check();
    await page.getByLabel('The error that counts').selectOption('max');
    await said(page, 'and no fewer can do it: proven');
    const formula = page.getByLabel('Formula', { exact: true });
    await formula.fill('sin(3*');
    await page.waitForSelector('[aria-invalid="true"]');
    assert.match(await page.textContent('.problem-wrong'), /sin\(3\*/);
    await formula.fill('sin(3*x)');
    await page.waitForSelector('[aria-invalid="false"]');
    await said(page, 'proven');
    await close(page);
  },

  async 'a kink is dragged, its values follow, and it goes home'() {
    const page = await open(SIN);
    await said(page, '8 units');
    const before = await page.textContent('.said');
    const at = await page.evaluate(() => {
      const { chart, fit } = window.studio.view;
      const box = chart.canvas.getBoundingClientRect();
      return [box.left + chart.px(fit.knots[0][3]), box.top + chart.py(fit.knots[1][3])];
    });
    await page.mouse.move(...at);
    await page.mouse.down();
    await page.mouse.move(at[0] + 30, at[1], { steps: 6 });
    await said(page, 'With kink 3 at');
    const loss = await page.evaluate(() => window.studio.view.dragged.knots.length);
    assert.equal(loss, 10);
    await page.mouse.up();
    await page.waitForFunction((before) => document.querySelector('.said').textContent === before, before);
    const slider = page.getByLabel('Hold it elsewhere');
    await slider.focus();
    for (let at = 0; at < 30; at++) await page.keyboard.press('ArrowRight');
    await said(page, 'With kink 1 at');
    await page.keyboard.press('Tab');
    await page.waitForFunction((before) => document.querySelector('.said').textContent === before, before);
    await close(page);
  },

  async 'a file is dropped, its columns chosen, and bands asked for'() {
    const rows = Array.from({ length: 120 }, (_, at) => `${at},${Math.sin(at / 20) + 0.1 * Math.sin(at * at)},${at % 3 ? 'a' : 'b'}`);
    const file = join(home, 'volts.csv');
    writeFileSync(file, `t,volts,kind\n${rows.join('\n')}\n`);
    const page = await open(SIN);
    await page.getByLabel('a file').check();
    await page.setInputFiles('input[type="file"]', file);
    await page.getByLabel('what predicts best').check();
    await said(page, 'chosen by its error on samples left out');
    await page.getByLabel('Bands that hold').check();
    await page.waitForFunction(() => window.studio.view.fit?.report.bands);
    const report = fit('--csv', file, '--x', 't', '--y', 'volts', '--bands', '0.95');
    const shown = await page.evaluate(() => window.studio.view.fit.report);
    assert.equal(shown.train_loss, report.train_loss);
    assert.deepEqual(shown.bands.high, report.bands.high);
    await page.screenshot({ path: join(out, 'file.png'), fullPage: true });
    assert.deepEqual(await page.getByLabel('y', { exact: true }).locator('option').allTextContents(), ['t', 'volts'], 'text is no choice');
    writeFileSync(file, 't,volts\n1,2\n2,NA\n3,5\n4,6\n5,8\n6,9\n7,1\n');
    await page.setInputFiles('input[type="file"]', file);
    await page.waitForSelector('.problem-wrong:not(:empty)');
    assert.match(await page.textContent('.problem-wrong'), /^volts.csv line 3.* or pass over rows that lack a number$/);
    await page.getByLabel('Pass over rows').check();
    await page.waitForSelector('.problem-wrong', { state: 'hidden' });
    page.wrong = page.wrong.filter((text) => !/400/.test(text));
    await close(page);
  },

  async 'points are clicked and typed'() {
    const page = await open(SIN);
    await page.getByLabel('points', { exact: true }).check();
    await page.waitForFunction(() => window.studio.view.chart.box);
    const box = await page.locator('canvas').first().boundingBox();
    for (const [at, y] of [[0.2, 0.3], [0.4, 0.7], [0.6, 0.4], [0.8, 0.6]]) {
      const n = await page.evaluate(() => window.studio.state.points.split('\n').filter(Boolean).length);
      await page.mouse.click(box.x + at * box.width, box.y + y * box.height);
      await page.waitForFunction((n) => window.studio.state.points.split('\n').filter(Boolean).length === n + 1, n);
    }
    await page.waitForFunction(() => window.studio.view.fit?.shown.training.n === 4);
    // The axes stay as they are: the places are those that were clicked.
    const heights = await page.evaluate(() => window.studio.state.points.split('\n').map((line) => Number(line.split(',')[1])));
    assert.ok(heights[0] > 0.2 && heights[1] < -0.2 && heights[2] > heights[3], String(heights));
    await page.screenshot({ path: join(out, 'points.png') });
    const typed = page.getByLabel('Points, one x, y a line');
    await typed.fill('0, 0\n1, 1\n2, 0\n');
    await page.waitForFunction(() => window.studio.view.fit?.shown.training.n === 3);
    await typed.fill('0, 0\n1, one\n');
    await page.waitForSelector('.problem-wrong:not(:empty)');
    assert.match(await page.textContent('.problem-wrong'), /line 2 must be two numbers/);
    await close(page);
  },

  async 'a descent is started, paused, stepped, run to a step, rewound; its loss is the program\'s'() {
    const page = await open('view=train&source=formula&function=smooth&hidden=64&lr=0.01');
    await page.waitForFunction(() => window.studio.view.runs[0]?.first);
    await page.click('button:text-is("One step")');
    await page.waitForFunction(() => window.studio.view.runs[0].history.frames.at(-1)?.epoch === 1);
    await page.getByLabel('Pause after step').fill('500');
    await page.click('button:text-is("Run to it")');
    await said(page, 'Step 500 had the loss');
    const report = fit('--function', 'smooth', '--method', 'descent', '--epochs', '500');
    assert.equal(await page.evaluate(() => window.studio.view.runs[0].history.frames.at(-1).loss), report.final_loss);
    await page.screenshot({ path: join(out, 'train.png'), fullPage: true });
    const rewind = page.getByLabel('Rewind');
    await rewind.focus();
    await page.keyboard.press('Home');
    await said(page, 'Step 1 had the loss');
    // It goes on from there, by the same steps.
    const early = await page.evaluate(() => window.studio.view.runs[0].history.frames.find((frame) => frame.epoch >= 100));
    await page.evaluate((epoch) => { const { view } = window.studio; view.look(view.runs[0].history.frames.findIndex((frame) => frame.epoch === epoch)); }, early.epoch);
    await page.getByLabel('Pause after step').fill('500');
    await page.getByLabel('Speed').selectOption('200');
    await page.click('button:text-is("Go on")');
    await page.waitForFunction((epoch) => window.studio.view.runs[0].history.frames.at(-1).epoch > epoch + 5 && window.studio.view.runs[0].history.frames.at(-1).epoch < 480, early.epoch);
    await page.click('button:text-is("Run to it")');
    await said(page, 'Step 500 had the loss');
    assert.equal(await page.evaluate(() => window.studio.view.runs[0].history.frames.at(-1).loss), report.final_loss);
    // One step from there is the next one.
    await page.evaluate(() => { const { view } = window.studio; view.look(view.runs[0].history.frames.findIndex((frame) => frame.epoch >= 40)); });
    const at = await page.evaluate(() => window.studio.view.at);
    await page.click('button:text-is("One step")');
    await said(page, `Step ${at + 1} had the loss`);
    await page.click('button:text-is("Run to it")');
    await said(page, 'Step 500 had the loss');
    assert.equal(await page.evaluate(() => window.studio.view.runs[0].history.frames.at(-1).loss), report.final_loss);
    await page.getByLabel('Speed').selectOption('');
    await page.click('button:text-is("Go on")');
    await page.waitForFunction(() => window.studio.view.runs[0].history.frames.at(-1).epoch > 20000);
    const took = [];
    for (let at = 0; at < 40; at++) took.push(await page.evaluate(() => new Promise((seen) => { setTimeout(() => seen(window.studio.view.took), 40); })));
    took.sort((a, b) => a - b);
    console.log(`    a frame's work: ${took[20].toFixed(1)} ms in the median, ${took[39].toFixed(1)} ms at most, of 64 units and 10,000 samples`);
    assert.ok(took[20] < 16, `${took[20]} ms`);
    await page.click('button:text-is("Pause")');
    await page.waitForFunction(() => window.studio.view.runs[0].isPaused);
    await close(page);
  },

  async 'a rate above the limit is said to be, and one that is far above diverges'() {
    const page = await open('view=train&source=formula&function=smooth&hidden=64&lr=0.2&of.second=yes&of.optimizer=adam');
    await page.waitForFunction(() => window.studio.view.runs.length === 2 && window.studio.view.runs.every((run) => run.first));
    await said(page, 'is above 2/λmax');
    await page.getByLabel('Learning rate', { exact: true }).fill('1e9');
    await page.getByLabel('Speed').selectOption('');
    await page.click('button:text-is("Start")');
    await page.waitForFunction(() => /diverged/.test(document.querySelector('.shown .wrong').textContent));
    await page.waitForFunction(() => window.studio.view.runs[1].history.frames.at(-1)?.epoch > 100);
    await page.screenshot({ path: join(out, 'train-two.png'), fullPage: true });
    await page.click('button:text-is("Pause")');
    await page.getByLabel('A second run').uncheck();
    await page.waitForFunction(() => window.studio.view.runs.length === 1 && window.studio.view.runs[0].first);
    await page.click('button:text-is("Start")');
    await page.waitForFunction(() => /diverged/.test(document.querySelector('.shown .wrong').textContent));
    await page.getByLabel('Learning rate', { exact: true }).fill('0.01');
    await page.click('button:text-is("Start once more")');
    await page.waitForFunction(() => window.studio.view.runs[0].history.frames.at(-1)?.epoch > 100);
    assert.equal(await page.textContent('.shown .wrong'), '');
    await close(page);
  },

  async 'one neuron saturates at the rate 1, and least squares needs one step'() {
    const page = await open();
    await view(page, 'One neuron');
    await said(page, '0.3 is saturated, 1 is saturated: saturated is where');
    assert.match(await page.textContent('table'), /saturated/);
    const report = fit('--function', 'squashed', '--model', 'perceptron', '--epochs', '5000', '--lr', '0.01');
    const loss = await page.evaluate(() => window.studio.view.race.runs[1].losses.at(-1));
    assert.ok(Math.abs(loss / report.final_loss - 1) < 1e-9, `${loss} ${report.final_loss}`); // autodiff sums in another order
    await page.screenshot({ path: join(out, 'neuron.png'), fullPage: true });
    await page.click('button:text-is("Race")');
    await page.waitForFunction(() => window.studio.view.frame > 0.1);
    await page.click('button:text-is("Pause")');
    await page.getByLabel('tanh').check();
    await page.waitForFunction(() => window.studio.view.race.net.activation === 'tanh');
    await page.getByLabel('Learning rates').fill('none');
    await page.waitForSelector('.problem-wrong:not(:empty)');
    page.wrong = page.wrong.filter((text) => !/400/.test(text));
    await close(page);
  },

  async 'a weight is changed, and all gradients agree'() {
    const page = await open('view=gradients&source=formula&function=sin(3*x)');
    await said(page, 'all gradients agree');
    const before = await page.evaluate(() => window.studio.view.check.loss);
    await page.getByLabel('Change the weight').selectOption('2.1');
    await page.waitForFunction(() => /w2\[1\]/i.test(document.querySelector('.said').textContent));
    await page.getByLabel('to', { exact: true }).fill('2.5');
    await page.waitForFunction((before) => window.studio.view.check.loss !== before, before);
    await said(page, 'all gradients agree');
    await page.screenshot({ path: join(out, 'gradients.png'), fullPage: true });
    await close(page);
  },

  async 'source is shown, downloaded, and a folder written and opened'() {
    const page = await open(SIN.replace('fit', 'ship'));
    await said(page, 'model.c is relu, 1 -> 8 -> 1');
    assert.match(await page.textContent('pre'), /double model\(double x\)/);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('button:text-is("Download")')]);
    assert.equal(download.suggestedFilename(), 'model.c');
    await page.getByLabel('Numbers').selectOption('q15');
    await page.waitForFunction(() => /int16_t model\(int16_t x\)/.test(document.querySelector('pre').textContent));
    assert.match(await page.textContent('dl.facts'), /every one was run/);
    await page.getByLabel('A row is found').selectOption('uniform');
    await page.waitForFunction(() => /equal cells/.test(document.querySelector('dl.facts').textContent));
    await page.screenshot({ path: join(out, 'ship.png'), fullPage: true });
    await page.getByLabel('Format').selectOption('onnx');
    await said(page, 'model.onnx');
    await page.getByLabel('Its name under runs').fill('sine 8');
    await page.click('button:text-is("Write the folder")');
    await page.waitForFunction(() => /Written: runs\/sine 8/.test(document.body.textContent));
    assert.equal(JSON.parse(readFileSync(join(home, 'runs/sine 8/report.json'), 'utf8')).hidden, 8);
    await page.click('[aria-label="Open the run sine 8"]');
    await said(page, '8 units in 9 straight pieces');
    await close(page);
  },

  async 'a link holds the whole state'() {
    const link = 'view=fit&source=points&hidden=2&points=0,0%0A1,2%0A2,1%0A3,3%0A4,0';
    const page = await open(link);
    await page.waitForFunction(() => window.studio.view.fit?.report.hidden === 2 && window.studio.view.fit.shown.training.n === 5);
    const copied = await page.evaluate(() => location.hash);
    await close(page);
    const again = await open(copied.slice(1));
    await again.waitForFunction(() => window.studio.view.fit?.shown.training.n === 5);
    await close(again);
  },

  async 'back leads to the view before, and a kink that is held is let go with its fit'() {
    const page = await open(SIN);
    await said(page, '8 units');
    await view(page, 'Train');
    await page.waitForFunction(() => window.studio.view.runs?.[0]?.first);
    await view(page, 'Gradients');
    await said(page, 'all gradients agree');
    await page.goBack();
    await page.waitForFunction(() => window.studio.state.view === 'train');
    await page.goBack();
    await said(page, '8 units');
    await page.goForward();
    await page.waitForFunction(() => window.studio.state.view === 'train' && window.studio.view.runs[0].first);
    await view(page, 'Fit');
    await page.getByLabel('Hold it elsewhere').focus();
    await page.keyboard.press('ArrowRight');
    await page.getByLabel('points', { exact: true }).check();
    const box = await page.locator('canvas').first().boundingBox();
    for (const at of [0.3, 0.6, 0.8]) {
      await page.mouse.click(box.x + at * box.width, box.y + 0.5 * box.height);
      await page.waitForTimeout(100);
    }
    await page.waitForFunction(() => window.studio.view.fit?.shown.training.n === 3);
    await page.getByLabel('Hidden units', { exact: true }).fill('1e9');
    await page.waitForSelector('.problem-wrong:not(:empty)');
    assert.equal(await page.getByLabel('Hidden units', { exact: true }).getAttribute('aria-invalid'), 'true');
    page.wrong = page.wrong.filter((text) => !/400/.test(text));
    await close(page);
  },

  async 'everything is reached by the keyboard alone'() {
    const page = await open(SIN);
    await said(page, '8 units');
    const focused = () => page.evaluate(() => document.activeElement.textContent?.trim() || document.activeElement.getAttribute('aria-label') || document.activeElement.id);
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'Skip to the view');
    for (let at = 0; at < 2; at++) await page.keyboard.press('Tab');
    assert.equal(await focused(), 'Train');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => window.studio.view.runs?.[0]?.first);
    for (let at = 0; at < 60 && (await focused()) !== 'Start'; at++) await page.keyboard.press('Tab');
    assert.equal(await focused(), 'Start');
    await page.keyboard.press('Space');
    await page.waitForFunction(() => window.studio.view.runs[0].history.frames.at(-1)?.epoch > 3);
    await page.keyboard.press('Space');
    await page.waitForFunction(() => window.studio.view.runs[0].isPaused);
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, 'none');
    await close(page);
  },

  async 'every view is whole at 360 and 2,560 pixels, and sound by axe in light and dark'() {
    for (const dark of [false, true]) {
      const page = await open('', { dark });
      for (const [name, title] of Object.entries(VIEWS)) {
        await view(page, title);
        await page.waitForTimeout(700);
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
        const grave = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
        assert.deepEqual(grave.map(({ id, nodes }) => [name, dark, id, nodes[0].html, nodes[0].failureSummary]), []);
        if (dark) await page.screenshot({ path: join(out, `${name}-dark.png`), fullPage: true });
      }
      await close(page);
    }
    for (const width of [360, 2560]) {
      const page = await open('', { width, height: width === 360 ? 740 : 1400 });
      for (const [name, title] of Object.entries(VIEWS)) {
        await view(page, title);
        await page.waitForTimeout(500);
        const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(wide <= seen, `${name} is ${wide} wide in ${seen}`);
        await page.screenshot({ path: join(out, `${name}-${width}.png`), fullPage: true });
      }
      await close(page);
    }
  },

  async 'the course is behind every why'() {
    const page = await open();
    for (const title of Object.values(VIEWS)) {
      await view(page, title);
      await page.waitForSelector('.why');
      const link = await page.getAttribute('.why', 'href');
      const course = await browser.newPage();
      const answer = await course.goto(address + link);
      assert.equal(answer.status(), 200, link);
      assert.match(await course.textContent('h1'), /^\d+\. /);
      await course.waitForLoadState('networkidle');
      assert.ok(await course.evaluate(() => [...document.images].every((image) => image.naturalWidth > 0)), link);
      await course.close();
    }
    await close(page);
  },

  async 'a search is stopped, and a program that has ended is said to have'() {
    const page = await open('view=fit&source=formula&function=sin(3*x)%2Bcos(40*x)&tolerance=0.00002&norm=max', { refusals: true });
    const stop = page.locator('button:text-is("Stop")');
    const began = await stop.waitFor({ timeout: 8000 }).then(() => true, () => false);
    if (began) {
      await stop.click();
      await said(page, 'The search was stopped');
    }
    server.kill('SIGINT');
    await new Promise((ended) => server.once('exit', ended));
    page.wrong = [];
    await page.getByLabel('Formula', { exact: true }).fill('x^2');
    await page.waitForFunction(() => [...document.querySelectorAll('.wrong')].some((wrong) => /start shallow studio once more/.test(wrong.textContent)));
    await page.close();
  },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  if (process.env.ONLY && !name.includes(process.env.ONLY)) continue;
  const begun = performance.now();
  try {
    await test();
    console.log(`ok      ${name} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n${error.stack}`);
  }
}
await browser.close();
server.kill();
rmSync(home, { recursive: true, force: true });
const n = Object.keys(tests).filter((name) => name.includes(process.env.ONLY ?? '')).length;
console.log(failed ? `${failed} of ${n} failed` : `all ${n} passed`);
process.exit(failed ? 1 : 0);
