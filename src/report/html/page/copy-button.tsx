/** A button that copies a text, and says so. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';

const saidMs = 2_000;

export function CopyButton({ text, label }: { readonly text: string; readonly label: string }): VNode {
  const [said, setSaid] = useState('');
  const copy = async (): Promise<void> => {
    setSaid((await copied(text)) ? 'Copied' : 'Not copied');
    setTimeout(() => setSaid(''), saidMs);
  };
  return (
    <button type="button" class="copy" aria-label={label} title={label} onClick={() => void copy()}>
      <span aria-live="polite">{said === '' ? 'Copy' : said}</span>
    </button>
  );
}

/** Copies by the clipboard; where a browser keeps it from a file's page, by a selection. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}
