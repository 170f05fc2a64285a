/** The document around the sections: what the page may do is said first, and it is nothing but itself. */
import { createHash } from 'node:crypto';
import { render } from 'preact-render-to-string';
import type { VNode } from 'preact';

export interface Parts {
  readonly title: string;
  readonly style: string;
  readonly script: string;
  /** JSON for the script. */
  readonly data: unknown;
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
        <script type="application/json" id="data" dangerouslySetInnerHTML={{ __html: jsonInHtml(data) }} />
        <script dangerouslySetInnerHTML={{ __html: script }} />
      </body>
    </html>
  );
  return `<!doctype html>\n${render(page)}\n`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** JSON in which nothing can end the element that it stands in, nor a line of JavaScript. */
export function jsonInHtml(data: unknown): string {
  return JSON.stringify(data).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
