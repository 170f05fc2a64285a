/**
 * What runs in the page: the list of findings, which plot is seen, and what is tried.
 * Bundled into the report; asks for nothing.
 */
import { render } from 'preact';
import { choosePlot } from './choose-plot.ts';
import { causesInPage, findingsInPage } from './data.ts';
import { Findings } from './findings.tsx';
import { TryIt } from './try/try-it.tsx';

const findings = findingsInPage();
choosePlot();
if (findings.length > 0) {
  const place = document.getElementById('findings-place')!;
  place.replaceChildren();
  render(<Findings findings={findings} causes={causesInPage()} />, place);
}
const trial = document.getElementById('try-place')!;
trial.replaceChildren();
render(<TryIt />, trial);
document.documentElement.dataset['ready'] = 'yes';
