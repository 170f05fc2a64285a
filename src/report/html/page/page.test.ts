/**
 * The report in a real browser: it opens from file://, asks
 * for nothing, and nothing that is reported in it runs.
 */
// @module-tag processes
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exampleFinding } from '../../../case/fixtures/example-finding.ts';
import { exampleRun } from '../../../archive/fixtures/example-run.ts';
import { findingSummary } from '../../../archive/finding-file.ts';
import type { RunRecord } from '../../../archive/run-record.ts';
import type { Finding } from '../../../case/finding.ts';
import { renderHtml } from '../render-html.tsx';
import { findingId } from '../view-finding.ts';

const executablePath = [
  process.env['LOGITFUZZ_CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== '' && existsSync(path));
/**
 * Whether there is no browser to test in; in CI it has to be there, and a test that cannot launch it fails.
 */
const isSkipped = executablePath === undefined && process.env['CI'] === undefined;
const launchArguments = [
  'no-sandbox',
  'disable-gpu',
  'disable-quic',
  'no-first-run',
  'disable-background-networking',
]
  .concat('disable-component-update', 'disable-sync')
  .map((name) => `--${name}`);

const script = readFileSync(
  fileURLToPath(new URL('../../../../dist/src/report/html/page.js', import.meta.url)),
  'utf8',
);
const path = 'reports/runs/x/findings/y/finding.json';

/** A run with these findings, as the file that the command would write. */
function htmlOf(findings: readonly Finding[], changes: Partial<RunRecord> = {}): string {
  const run = exampleRun({ findings: findings.map((finding) => findingSummary(finding, path)), ...changes });
  return renderHtml(
    run,
    findings.map((finding) => ({ finding, path })),
    { script },
  );
}

const ofSubject = exampleFinding({ blame: 'subject', signature: '1:subject' });
const ofReference = exampleFinding({ signature: '1:reference' });
const known = exampleFinding({
  signature: '1:known',
  known: true,
  ledger: 'an-entry',
  severity: 'inaccurate',
});
const three = [ofReference, known, ofSubject];

describe.skipIf(isSkipped)('the report in Chromium (skipped where there is none and CI is not set)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-page-'));
  let browser: Browser;
  beforeAll(async () => {
    if (executablePath === undefined) throw new Error('Chromium is not there: apt-get install chromium');
    browser = await chromium.launch({ executablePath, args: launchArguments });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  interface Opened {
    readonly page: Page;
    /** All that the page complained of or asked for, beside its own file. */
    readonly heard: string[];
  }

  async function open(html: string, options: BrowserContextOptions = {}, hash = ''): Promise<Opened> {
    const file = join(folder, 'report.html');
    writeFileSync(file, html);
    const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
    const page = await context.newPage();
    const heard: string[] = [];
    const { href: url } = pathToFileURL(file);
    page.on('console', (message) => heard.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => heard.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => heard.push(`dialog: ${dialog.message()}`));
    page.on('request', (request) => {
      if (request.url().split('#')[0] !== url) heard.push(`request: ${request.url()}`);
    });
    await page.goto(url + hash);
    await page.waitForSelector('html[data-ready=yes]', { state: 'attached' });
    return { page, heard };
  }

  test('opens from its file, complains of nothing and asks for nothing', async () => {
    const { page, heard } = await open(htmlOf(three));

    expect(await page.locator('h1').innerText()).toBe('from-scratch is wrong');
    expect(await page.locator('.group h3').allInnerTexts()).toEqual([
      'Of the subject 1',
      'Of the references 1',
      'Known, by the ledger 1',
    ]);
    expect(heard).toEqual([]);
  });

  test('filters by blame, severity and text, and shows all again', async () => {
    const { page, heard } = await open(htmlOf(three));
    const shown = async (): Promise<string[]> =>
      page.locator('.finding').evaluateAll((rows) => rows.map(({ id }) => id));

    await page.locator('select[name=blame]').selectOption('tfjs-wasm');
    expect(await shown()).toEqual([findingId(ofReference), findingId(known)]);
    await page.locator('select[name=severity]').selectOption('inaccurate');
    expect(await shown()).toEqual([findingId(known)]);
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByRole('searchbox').fill('1:SUBJECT');
    expect(await shown()).toEqual([findingId(ofSubject)]);
    await page.getByRole('searchbox').fill('no such thing');
    expect(await page.locator('.empty').innerText()).toBe('Nothing passes the filter.');
    expect(await page.locator('.count').innerText()).toContain('0 of 3');
    expect(heard).toEqual([]);
  });

  test('a link to a finding opens it and gives it the focus, whatever was filtered', async () => {
    const { page } = await open(htmlOf(three), {}, '#findings?blame=subject');
    expect(await page.locator('.finding').count()).toBe(1);

    await page.evaluate((id) => (location.hash = id), findingId(ofReference));

    await page.locator(`#${findingId(ofReference)} .detail`).waitFor();
    const focused = await page.evaluate(() => document.activeElement?.parentElement?.id);
    expect(focused).toBe(findingId(ofReference));
    expect(await page.locator('.finding[open] .telling').innerText()).toContain(
      'answers 0.25 where 0.5 is due, off by 1,048,576 times the allowed error',
    );
    expect(await page.locator('.finding[open] .case .worst').innerText()).toMatch(
      /^\[1, 0\] ◀\s+-0\s+0\.5\s+0\.25/,
    );
  });

  test('a cell of the matrix leads to its findings', async () => {
    const counts = { agree: 98, diverge: 1, inconclusive: 0, skip: 1 };
    const byKernel = { 'softmax/forward/from-scratch': counts, 'softmax/forward/tfjs-wasm': counts };
    const byImplementation = { 'from-scratch': counts, 'tfjs-wasm': counts };
    const { page } = await open(htmlOf(three, { byKernel, byImplementation }));

    await page.locator('.matrix tbody td').nth(1).getByRole('link').click();

    expect(await page.locator('select[name=blame]').inputValue()).toBe('tfjs-wasm');
    expect(await page.locator('.finding').count()).toBe(2);
  });

  test('is worked with the keyboard alone', async () => {
    const { page } = await open(htmlOf([ofSubject]));

    await page.locator('.finding summary').focus();
    await page.keyboard.press('Enter');
    await page.locator('.finding[open] .detail').waitFor();
    await page.keyboard.press('Tab');

    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
      'Copy the replay command',
    );
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
    expect(outline).toBe('solid');
  });

  test('copies the replay command', async () => {
    const { page } = await open(
      htmlOf([ofSubject]),
      { permissions: ['clipboard-read', 'clipboard-write'] },
      `#${findingId(ofSubject)}`,
    );

    await page.getByRole('button', { name: 'Copy the replay command' }).click();

    await page.getByText('Copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`npx logitfuzz replay ${path}`);
  });

  test('judges a lane that is typed, and that of a finding, in the page', async () => {
    const { page, heard } = await open(htmlOf([ofReference]), {}, `#${findingId(ofReference)}`);
    await page.getByRole('link', { name: 'Try this lane' }).click();
    const sentence = page.locator('#try .sentence');

    expect(await page.locator('textarea[name=answer]').inputValue()).toBe('0.5, 0.25');
    expect(await sentence.innerText()).toContain('Wrong');
    await page.locator('textarea[name=answer]').fill('0.5 0.5');
    expect(await sentence.innerText()).toContain('Right');
    await page.locator('#try select[name=operation]').selectOption('logSumExp');
    await page.locator('textarea[name=answer]').fill('');
    // log 2, by hand
    expect(await page.locator('#try .case tbody tr').innerText()).toContain('0.6931471805599453');
    expect(heard).toEqual([]);
  });

  test('shows one kernel’s plots, and another’s when it is chosen', async () => {
    const bucket = { cases: 3, ulps: 2, allowed: 8, notFinite: 0 };
    const errors = {
      'softmax/forward/float32/width/1/from-scratch': bucket,
      'softmax/forward/float64/width/1/from-scratch': bucket,
    };
    const { page } = await open(htmlOf([], { errors }));
    const seen = async (): Promise<string[]> => page.locator('.plots:visible h3').allInnerTexts();
    expect(await seen()).toEqual(['softmax, forward, float32']);

    await page.locator('input[name=plot]').first().focus();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('heading', { name: 'float64' }).waitFor();

    expect(await seen()).toEqual(['softmax, forward, float64']);
    expect(await page.locator('.plots .marker:visible').count()).toBe(1);
  });

  test('shows the error ÷ what is allowed where that is chosen', async () => {
    const errors = {
      'softmax/forward/float32/width/1/from-scratch': { cases: 3, ulps: 2, allowed: 8, notFinite: 0 },
    };
    const { page } = await open(htmlOf([], { errors }));
    const seen = async (): Promise<readonly string[]> =>
      page.locator('.plot svg:visible').evaluateAll((plots) => plots.map((plot) => plot.classList.value));
    expect(await seen()).toEqual(['in-ulps', 'in-ulps', 'in-ulps']);

    await page.locator('input[value=ratio]').check();

    expect(await seen()).toEqual(['in-ratio', 'in-ratio', 'in-ratio']);
  });

  test('is light or dark as the reader’s machine is, and light on paper', async () => {
    const paper = async (options: BrowserContextOptions, media?: 'print'): Promise<string> => {
      const { page } = await open(htmlOf([]), options);
      if (media !== undefined) await page.emulateMedia({ media });
      return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    };

    expect(await paper({ colorScheme: 'light' })).toBe('rgb(253, 253, 251)');
    expect(await paper({ colorScheme: 'dark' })).toBe('rgb(21, 23, 27)');
    expect(await paper({ colorScheme: 'dark' }, 'print')).toBe('rgb(253, 253, 251)');
  });

  test.each([390, 1440])('at %i pixels nothing sticks out', async (width) => {
    const { page } = await open(
      htmlOf(three),
      { viewport: { width, height: 800 } },
      `#${findingId(ofSubject)}`,
    );

    await page.locator('.finding[open] .detail').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });

  test('a hostile name or message runs nothing, breaks nothing, and turns no text around', async () => {
    const hostile = [
      '<script>globalThis.hit = 1</script>',
      '</script><img src=x onerror="globalThis.hit = 2">',
      `"' onmouseover='globalThis.hit = 3' \u202Egnp.exe\u0000\u2028`,
      `--><style>*{display:none}</style>${'A'.repeat(2 ** 20)}`,
    ].join('');
    const counts = { agree: 1, diverge: 1, inconclusive: 0, skip: 0 };
    const finding = exampleFinding({
      blame: 'subject',
      oracle: 'property',
      sentence: hostile,
      law: hostile,
      case: hostile,
      subject: { name: hostile, version: hostile, module: hostile },
      answers: [{ ...ofSubject.answers[0]!, name: hostile, reason: hostile, verdict: 'skip' }],
    });
    const html = htmlOf([finding], {
      subject: finding.subject,
      stoppedBy: hostile,
      byImplementation: { [hostile]: counts },
      byKernel: { [`softmax/forward/${hostile}`]: counts },
      skips: { [hostile]: 1 },
      errors: {
        [`softmax/forward/float32/width/1/${hostile}`]: { cases: 1, ulps: 9, allowed: 1, notFinite: 1 },
      },
    });

    const { page, heard } = await open(
      html,
      { viewport: { width: 390, height: 800 } },
      `#${findingId(finding)}`,
    );
    await page.locator('.finding[open] .detail').waitFor();

    expect(heard).toEqual([]);
    expect(await page.evaluate(() => 'hit' in globalThis)).toBe(false);
    expect(await page.evaluate(() => document.querySelectorAll('img, script:not([id])').length)).toBe(1);
    const text = await page.evaluate(() => document.body.innerText);
    expect(text).toContain('<script>globalThis.hit = 1</script>');
    for (const turned of ['\u0000', '\u202E', '\u2028']) expect(text).not.toContain(turned);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });

  test('shows the source of the kernel where it was asked for, as text and nothing else', async () => {
    const text = 'export function softmax() {\n  return "</script><b>";\n}';
    const source = { kernel: 'softmax', file: 'mine.ts', line: 7, text, isCut: false } as const;
    const run = exampleRun({ findings: [findingSummary(ofSubject, path)] });
    const html = renderHtml(run, [{ finding: ofSubject, path }], { script, sources: [source] });
    const { page, heard } = await open(html, {}, `#${findingId(ofSubject)}`);

    await page.getByText('softmax, in mine.ts from line 7 on').click();

    expect(await page.locator('.source pre').innerText()).toContain('  return "</script><b>";');
    expect(await page.locator('.source b').count()).toBe(0);
    expect(heard).toEqual([]);
  });

  test('one row for a cause, its other kinds folded under it, and a link leads to each of them', async () => {
    const kind = exampleFinding({ blame: 'subject', signature: '1:kind', count: 3 });
    const { page } = await open(htmlOf([kind, ofSubject]));
    const shownId = await page.locator('.finding').getAttribute('id');
    expect(await page.locator('.finding').count()).toBe(1);
    expect(await page.locator('.finding .off').innerText()).toContain('15 cases, 2 kinds');
    const [folded] = [findingId(kind), findingId(ofSubject)].filter((id) => id !== shownId);

    await page.evaluate((id) => (location.hash = id), folded!);

    await page.locator(`.kinds #${folded} .detail`).waitFor();
    expect(await page.evaluate(() => document.activeElement?.parentElement?.id)).toBe(folded);
  });

  test('the first three causes are printed open, and closed again after', async () => {
    const blamed = ['a', 'b', 'c', 'd', 'e'].map((blame) =>
      exampleFinding({ blame, signature: `1:${blame}` }),
    );
    const { page } = await open(htmlOf(blamed));
    const opened = async (): Promise<number> => page.locator('.cause[open] .detail').count();
    await page.locator('.cause .detail').nth(2).waitFor({ state: 'attached' });
    expect(await opened()).toBe(0);

    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    expect(await opened()).toBe(3);

    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    expect(await opened()).toBe(0);
  });

  test('of ten thousand findings of one cause it lays out a row, and leads to the last', async () => {
    const many = Array.from({ length: 10_000 }, (_, i) =>
      exampleFinding({ blame: 'subject', signature: `1:${i}`, count: 10_000 - i }),
    );
    const { page, heard } = await open(htmlOf(many));
    expect(await page.locator('.finding').count()).toBe(1);

    const last = findingId(many.at(-1)!);
    await page.evaluate((id) => (location.hash = id), last);
    await page.locator(`#${last} .detail`).waitFor();

    expect(await page.locator('.kinds .finding').count()).toBe(51);
    expect(await page.locator('.more').innerText()).toBe('Show 200 more of 9,949');
    expect(heard).toEqual([]);
  });
});
