/**
 * What runs in the page: the list of findings, and which plot is seen.
 * Bundled into the report; asks for nothing.
 */
import { render } from 'preact';
import { choosePlot } from './choose-plot.ts';
import { findingsInPage } from './data.ts';
import { Findings } from './findings.tsx';

const findings = findingsInPage();
choosePlot();
if (findings.length > 0) {
  const place = document.getElementById('findings-place')!;
  place.replaceChildren();
  render(<Findings findings={findings} />, place);
}
document.documentElement.dataset['ready'] = 'yes';
