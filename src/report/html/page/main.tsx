/** What runs in the page: the list of findings, and which plot is seen. Bundled into the report; asks for nothing. */
import { render } from 'preact';
import type { FindingView } from '../finding-view.ts';
import { Findings } from './findings.tsx';
import { choosePlot } from './choose-plot.ts';

const data = JSON.parse(document.getElementById('data')!.textContent ?? '') as {
  readonly findings: readonly FindingView[];
};
choosePlot();
if (data.findings.length > 0) {
  const place = document.getElementById('findings-place')!;
  place.replaceChildren();
  render(<Findings findings={data.findings} />, place);
}
document.documentElement.dataset['ready'] = 'yes';
