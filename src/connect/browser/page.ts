/**
 * One page in a Chromium of its own, and the functions that its script has left in it. Whatever goes wrong in
 * the page, the whole browser is ended: a loop in a shader goes on in a process that a new page would share.
 */
import { InfrastructureError } from '../../contract/failure.ts';
import type { Ending } from '../../case/outcome.ts';
import { residentMbOf } from '../process-memory.ts';
import { reaper } from '../reaper.ts';
import { startChromium } from './chromium.ts';
import type { BrowserEvent } from './devtools.ts';
import { answerRequest, blankPage } from './serve-files.ts';

export interface PageOptions {
  /** Run in the page, in order; the last of them leaves `logitfuzz` there (page/serve.ts). */
  readonly scripts: readonly string[];
  /** The page may import what is below it; null for nothing. */
  readonly folder: string | null;
  readonly heapLimitMb: number;
}

/** What a function of the page came to. */
export type Called =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly message: string };

export interface Page {
  /** Kept once the page has ended, however it did. */
  readonly ended: Promise<Ending>;
  /** Pending for ever where the page ends meanwhile. */
  call(method: 'open' | 'ask', ...args: readonly string[]): Promise<Called>;
  residentMb(): number;
  /** The first address that the page asked for and was not given; null where there is none. */
  refused(): string | null;
  /** Ends the browser and all that it has started; `ending` is why, where the page has not ended before. */
  end(ending: Ending): void;
}

interface Evaluated {
  readonly result: { readonly value?: unknown; readonly objectId?: string };
  readonly exceptionDetails?: {
    readonly text: string;
    readonly exception?: { readonly description?: string };
  };
}

/** @throws InfrastructureError where the browser does not start. */
export async function openPage(executable: string, options: PageOptions): Promise<Page> {
  let settle: (ending: Ending) => void;
  const ended = new Promise<Ending>((resolve) => (settle = resolve));
  const crashed = (detail: string): void => end({ kind: 'crashed', detail });
  let refused: string | null = null;
  const watcher = reaper(); // there before anybody whom it has to end
  const browser = await startChromium(executable, {
    heapLimitMb: options.heapLimitMb,
    onEvent(event) {
      if (event.method === 'Fetch.requestPaused')
        answerRequest(devtools, event, options.folder)
          .then((url) => (refused ??= url))
          .catch(() => undefined); // gone with its page
      else if (event.method === 'Target.targetCrashed') end(endingOf(event));
    },
    onExit: () => crashed(`the browser ended${wordsOf(browser.lastWords())}`),
  }).catch((error: unknown) => {
    throw new InfrastructureError(`${executable} could not be started: ${(error as Error).message}`);
  });
  const { devtools, pid } = browser;
  watcher.watch(pid);
  let isOver = false;
  function end(ending: Ending): void {
    if (isOver) return;
    isOver = true;
    browser.kill();
    watcher.forget(pid);
    settle(ending);
  }
  const never = new Promise<never>(() => undefined);
  try {
    const sessionId = await openTarget(devtools, options.scripts);
    const { result } = await devtools.send<Evaluated>(
      'Runtime.evaluate',
      { expression: 'globalThis.logitfuzz' },
      sessionId,
    );
    return {
      ended,
      async call(method, ...args) {
        const call = devtools.send<Evaluated>(
          'Runtime.callFunctionOn',
          {
            objectId: result.objectId,
            functionDeclaration: `async function (...args) { return this.${method}(...args); }`,
            arguments: args.map((value) => ({ value })),
            awaitPromise: true,
            returnByValue: true,
          },
          sessionId,
        );
        return calledOf(await call.catch(() => never));
      },
      refused: () => refused,
      residentMb: () => (isOver ? 0 : residentMbOf(pid)),
      end,
    };
  } catch (error) {
    end({ kind: 'crashed', detail: 'it did not start' });
    const why = `${(error as Error).message}${wordsOf(browser.lastWords())}`;
    throw new InfrastructureError(`${executable} started, and opened no page: ${why}`);
  }
}

/** Opens a page, and runs the scripts in it. @returns its session. */
async function openTarget(
  devtools: Awaited<ReturnType<typeof startChromium>>['devtools'],
  scripts: readonly string[],
): Promise<string> {
  await devtools.send('Target.setDiscoverTargets', { discover: true });
  await devtools.send('Fetch.enable', { patterns: [{ urlPattern: '*' }] });
  const { targetId } = await devtools.send<{ targetId: string }>('Target.createTarget', {
    url: 'about:blank',
  });
  const { sessionId } = await devtools.send<{ sessionId: string }>('Target.attachToTarget', {
    targetId,
    flatten: true,
  });
  await devtools.send('Page.navigate', { url: blankPage }, sessionId);
  for (const script of scripts) {
    const run = { expression: `${script}\n;undefined` };
    const called = calledOf(await devtools.send<Evaluated>('Runtime.evaluate', run, sessionId));
    if (called.kind === 'threw') throw new Error(called.message);
  }
  return sessionId;
}

function calledOf({ result, exceptionDetails }: Evaluated): Called {
  if (exceptionDetails === undefined) return { kind: 'returned', value: result.value };
  const { text, exception } = exceptionDetails;
  const [message = text] = (exception?.description ?? text).split('\n');
  return { kind: 'threw', message };
}

/** As the browser tells it of any page of its own: there is one. */
function endingOf({ params }: BrowserEvent): Ending {
  const { status } = params as { readonly status: string };
  return status === 'oom'
    ? { kind: 'out-of-memory', detail: 'the page had no memory left' }
    : { kind: 'crashed', detail: `the page crashed (${status})` };
}

function wordsOf(words: string): string {
  const last = words.split('\n').at(-1) ?? '';
  return last === '' ? '' : `; its last words: ${JSON.stringify(last)}`;
}
