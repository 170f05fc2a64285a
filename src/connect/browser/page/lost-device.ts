/**
 * Whether a WebGPU device or a WebGL context that somebody has asked for was lost, and not given up by
 * whoever asked. What computes on it can give no answer any more, and often says nothing.
 */

interface Lost {
  readonly reason: string;
  readonly message: string;
}

interface Device {
  readonly lost: Promise<Lost>;
}

type Method = (this: object, ...args: unknown[]) => unknown;

let lose: (error: Error) => void;

/** Rejects when one is lost, and is pending for ever else. */
export const lossOfDevice: Promise<never> = new Promise((_, reject) => (lose = reject));
lossOfDevice.catch(() => undefined); // it may be lost between two calls

const global = globalThis as unknown as Readonly<Record<string, { readonly prototype: object } | undefined>>;

wrap(
  'GPUAdapter',
  'requestDevice',
  (requestDevice) =>
    async function (...args) {
      const device = (await requestDevice.apply(this, args)) as Device;
      void device.lost.then(({ reason, message }) => {
        if (reason !== 'destroyed') lose(new Error(`the WebGPU device was lost: ${message}`));
      });
      return device;
    },
);

for (const canvas of ['HTMLCanvasElement', 'OffscreenCanvas']) {
  wrap(
    canvas,
    'getContext',
    (getContext) =>
      function (...args) {
        if (String(args[0]).startsWith('webgl')) {
          const report = (): void => lose(new Error('the WebGL context was lost'));
          (this as EventTarget).addEventListener('webglcontextlost', report, { once: true });
        }
        return getContext.apply(this, args);
      },
  );
}

/** Puts another method in the place of one that the page may have. */
function wrap(name: string, method: string, replace: (original: Method) => Method): void {
  const prototype = global[name]?.prototype as Record<string, Method> | undefined;
  if (prototype?.[method] !== undefined) prototype[method] = replace(prototype[method]);
}
