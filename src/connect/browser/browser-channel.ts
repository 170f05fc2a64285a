/** A channel to a page of Chromium, which answers the bodies of `lfz/1` moved as base64: page/serve.ts. */
import { UsageError } from '../../contract/failure.ts';
import type { Ending } from '../../case/outcome.ts';
import type { Channel, OpenChannel, Reply } from '../channel.ts';
import { welcomeFrom } from '../welcome.ts';
import { chromiumRemedy, findChromium } from './chromium.ts';
import { openPage, type Page, type PageOptions } from './page.ts';

export interface BrowserOptions extends Omit<PageOptions, 'heapLimitMb'> {
  /** What the user knows it by, for sentences: `the subject "browser:./kernels.js"`. */
  readonly whose: string;
  /** What this process and the browser may hold together. */
  readonly rssLimitMb: number;
}

/** Where the processors are busy a browser takes seconds to start, and so does what a page loads. */
const startMs = 60_000;
const memoryLookMs = 250;
/** What V8 lets one page have, where there is no limit below it. */
const heapMbMax = 4096;

/** Starts a browser each time that it is called. */
export function browserOpener(options: BrowserOptions): OpenChannel {
  return async () => {
    const { whose, rssLimitMb } = options;
    const executable = findChromium();
    if (executable === null)
      throw new UsageError(`${whose} needs Chromium, which is not there: ${chromiumRemedy}`);
    const page = await openPage(executable, { ...options, heapLimitMb: Math.min(rssLimitMb, heapMbMax) });
    const clock = setTimeout(() => page.end({ kind: 'timed-out', limitMs: startMs }), startMs);
    const called = await Promise.race([page.call('open'), page.ended]);
    clearTimeout(clock);
    if (called.kind === 'returned')
      return channelOn(page, { welcome: new TextEncoder().encode(called.value as string), ...options });
    page.end({ kind: 'crashed', detail: 'it was ended' });
    const asked = page.refused();
    const refused = asked === null ? '' : `; it asked for ${asked}, which a page is not given`;
    throw new UsageError(`${whose} could not be loaded in Chromium: ${whyNot(called)}${refused}`);
  };
}

function whyNot(called: Ending | { readonly kind: 'threw'; readonly message: string }): string {
  switch (called.kind) {
    case 'threw':
      return called.message;
    case 'timed-out':
      return `it said nothing for ${called.limitMs / 1000} s`;
    case 'crashed':
    case 'out-of-memory':
      return called.detail;
  }
}

/** @throws UsageError of a welcome that cannot be. */
function channelOn(
  page: Page,
  { welcome, whose, rssLimitMb }: BrowserOptions & { readonly welcome: Uint8Array },
): Channel {
  let ended: Ending | null = null;
  /** Whether it was closed, and did not end by itself. */
  let isClosed = false;
  /** Frames are asked one after the other, and the time of each begins with its turn. */
  let turn: Promise<unknown> = Promise.resolve();
  void page.ended.then((ending) => (ended = ending));
  const memory = setInterval(() => {
    const held = page.residentMb();
    if (process.memoryUsage.rss() / 2 ** 20 + held <= rssLimitMb) return;
    const detail = `the browser held ${held.toFixed(0)} MB, of ${rssLimitMb} MB for all`;
    page.end({ kind: 'out-of-memory', detail });
  }, memoryLookMs).unref();
  void page.ended.then(() => clearInterval(memory));

  async function askNext(body: Uint8Array, limitMs: number): Promise<Reply> {
    if (ended !== null) return { kind: 'unasked' };
    const clock = setTimeout(() => page.end({ kind: 'timed-out', limitMs }), limitMs);
    const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64');
    const called = await Promise.race([page.call('ask', text), page.ended]);
    clearTimeout(clock);
    if (called.kind === 'returned')
      return { kind: 'results', body: Buffer.from(called.value as string, 'base64') };
    if (isClosed) return { kind: 'unasked' };
    const outcome: Ending =
      called.kind === 'threw'
        ? { kind: 'crashed', detail: `its page can go on no more: ${called.message}` }
        : called;
    page.end(outcome);
    return { kind: 'ended', outcome };
  }

  return {
    welcome: welcomeFrom(welcome, whose),
    residentMb: page.residentMb,
    ask(body, limitMs) {
      const asked = turn.then(() => askNext(body, limitMs));
      turn = asked;
      return asked;
    },
    close() {
      isClosed = true;
      page.end({ kind: 'crashed', detail: 'it was ended' });
    },
  };
}
