/**
 * The side of the page: bodies of `run` frames in, bodies of `results` frames out, moved as base64. What is
 * printed during a call is a violation, and a device or a context that is lost ends the page's work.
 */
import { answerFormat } from '../../../case/answer-format.ts';
import type { Case } from '../../../case/case.ts';
import type { Outcome } from '../../../case/outcome.ts';
import type { Arithmetic } from '../../../contract/subject.ts';
import { decodeRun } from './decode-run.ts';
import { encodeResults, type Ended } from './encode-results.ts';
import { lossOfDevice } from './lost-device.ts';
import { printedSince } from './printed.ts';

/** What the page's bundle leaves in the page, for browser-channel.ts to call. */
export interface PageEnd {
  /** The body of the frame `welcome`. */
  open(): Promise<string>;
  /** @throws Error where the page can do no more. */
  ask(body: string): Promise<string>;
}

/** Newer than the library that this is compiled with. */
interface Base64 {
  readonly fromBase64: (text: string) => Uint8Array;
}

type Run = (c: Case) => Outcome | Promise<Outcome>;

interface Opened {
  readonly welcome: { readonly name?: string | undefined; readonly arithmetic?: Arithmetic | undefined };
  readonly run: Run;
}

/** `run` is there once it has been opened. */
export function serve(open: () => Promise<Opened>): void {
  let opened: Opened | null = null;
  const end: PageEnd = {
    async open() {
      opened = await open();
      return JSON.stringify({ protocol: 1, kit: 'logitfuzz-page', ...opened.welcome });
    },
    async ask(text) {
      const { run, welcome } = opened!;
      const ended: Ended[] = [];
      for (const c of decodeRun((Uint8Array as unknown as Base64).fromBase64(text)))
        ended.push({ outcome: await watched(run, c), format: answerFormat(c, welcome.arithmetic ?? {}) });
      const body = encodeResults(ended) as Uint8Array & { toBase64(): string };
      return body.toBase64();
    },
  };
  Object.assign(globalThis, { logitfuzz: end });
}

async function watched(run: Run, c: Case): Promise<Outcome> {
  const printed = printedSince();
  const outcome = await Promise.race([run(c), lossOfDevice]);
  const text = printed();
  if (text === null || outcome.kind !== 'values') return outcome;
  const detail = `the call printed ${JSON.stringify(text)}`;
  return { ...outcome, violations: [...outcome.violations, { kind: 'printed', detail }] };
}
