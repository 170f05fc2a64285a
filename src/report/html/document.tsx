/** The document around the sections: what the page may do is said first, and it is nothing but itself. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { render } from 'preact-render-to-string';
import type { VNode } from 'preact';

export interface Parts {
  readonly title: string;
  readonly style: string;
  readonly script: string;
  /** What the script reads, by the id of its element. */
  readonly data: Readonly<Record<string, string>>;
  readonly body: VNode;
}

/** One file that asks for nothing: no server, no network, no other file. */
export function documentOf({ title, style, script, data, body }: Parts): string {
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const head = (
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content={policy} />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="referrer" content="no-referrer" />
      <title>{title}</title>
      <style dangerouslySetInnerHTML={{ __html: style }} />
    </head>
  );
  const page = (
    <html lang="en">
      {head}
      <body>
        {body}
        {Object.entries(data).map(([id, text]) => (
          <script type="text/plain" id={id} dangerouslySetInnerHTML={{ __html: text }} />
        ))}
        <script dangerouslySetInnerHTML={{ __html: script }} />
      </body>
    </html>
  );
  return `<!doctype html>\n${render(page)}\n`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/**
 * JSON in which nothing can end the element that it stands in, nor a line of JavaScript;
 * the items without their brackets.
 */
export function jsonInHtml(items: readonly unknown[]): string {
  return items
    .map((item) => JSON.stringify(item))
    .join(',')
    .replaceAll(
      /[<>&\u2028\u2029]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}

/** A line of JSON for each item, packed: the details of findings are long, and much alike. */
export function packedLines(items: readonly unknown[]): string {
  return gzipSync(items.map((item) => JSON.stringify(item)).join('\n')).toString('base64');
}
