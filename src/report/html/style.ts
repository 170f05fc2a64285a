/**
 * How the page looks. Colours are Okabe and Ito's, told apart by whoever is colour-blind;
 * none speaks without a shape or a word.
 */

const light = `
  --paper: #fdfdfb; --raised: #f5f4f0; --ink: #1b1d21; --soft: #595e66; --faint: #8a8f98; --rule: #dedcd5; --focus: #0072b2;
  --wrong: #b84500; --wrong-fill: #d55e00; --wrong-wash: #fcefe6;
  --inaccurate: #8a6000; --inaccurate-fill: #e69f00; --inaccurate-wash: #fdf5e2;
  --agree: #00694d; --agree-fill: #009e73; --agree-wash: #e8f5f0;
  --link: #005b8f; --series-subject: #1b1d21; --series-0: #0072b2; --series-1: #b0487f; --series-2: #007a59; --series-3: #6a4fb0; --series-4: #80640a;
  --shade-0: transparent; --shade-1: #eef4f8; --shade-2: #d9e8f2; --shade-3: #bcd8ea; --shade-4: #93c0de; --shade-5: #62a3ce;
  --term-0: #2f7db8; --term-1: #5e9dcb; --term-2: #88b8da; --term-3: #a9cce4; --term-4: #c4dcec; --term-5: #d9e8f2;`;

const dark = `
  --paper: #15171b; --raised: #1d2026; --ink: #eceae4; --soft: #a9adb5; --faint: #7b808a; --rule: #31353d; --focus: #56b4e9;
  --wrong: #ff9557; --wrong-fill: #e87022; --wrong-wash: #2d1f18;
  --inaccurate: #f0b73c; --inaccurate-fill: #e69f00; --inaccurate-wash: #2a2417;
  --agree: #46cfa4; --agree-fill: #18a47c; --agree-wash: #15281f;
  --link: #7cc4ee; --series-subject: #f4f2ec; --series-0: #56b4e9; --series-1: #e28fbc; --series-2: #35c79c; --series-3: #b3a0f0; --series-4: #d9bf5f;
  --shade-0: transparent; --shade-1: #1b2730; --shade-2: #1f3443; --shade-3: #24455c; --shade-4: #2a5878; --shade-5: #316e98;
  --term-0: #4a9bd4; --term-1: #3b82b5; --term-2: #316e98; --term-3: #2a5878; --term-4: #24455c; --term-5: #1f3443;`;

const page = `
*, ::before, ::after { box-sizing: border-box; }
html { scroll-padding-top: 3.5rem; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
main, footer, nav ul { max-width: 1180px; margin-inline: auto; padding-inline: clamp(1rem, 4vw, 2.5rem); }
code, pre { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: .87em; }
small { font-size: .82em; color: var(--soft); font-weight: 400; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 2px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
h1, h2, h3, h4, p, ul, dl, figure, table { margin: 0; padding: 0; }
h2 { font-size: 1.45rem; line-height: 1.25; font-weight: 650; letter-spacing: -.012em; text-wrap: balance; }
h3 { font-size: 1rem; font-weight: 650; }
h4 { font-size: .74rem; font-weight: 650; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); }
section { padding-top: 3.5rem; }
.lead { max-width: 46rem; margin: .35rem 0 1.4rem; color: var(--soft); text-wrap: pretty; }
.note { max-width: 46rem; margin-top: .8rem; font-size: .84rem; color: var(--soft); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip-link { position: absolute; left: -999px; padding: .5rem 1rem; background: var(--paper); z-index: 3; }
.skip-link:focus { left: 1rem; top: .5rem; }

nav { position: sticky; top: 0; z-index: 2; background: var(--paper); border-bottom: 1px solid var(--rule); }
nav ul { display: flex; gap: 1.4rem; overflow-x: auto; list-style: none; scrollbar-width: none; }
nav a { display: block; padding: .7rem 0; color: var(--soft); text-decoration: none; font-size: .88rem; white-space: nowrap; }
nav a:hover { color: var(--ink); }

.mark { width: 1.05em; height: 1.05em; flex: none; fill: var(--soft); vertical-align: -.15em; }
.mark .stroke { fill: none; stroke: var(--paper); stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.mark.wrong { fill: var(--wrong-fill); } .mark.inaccurate { fill: var(--inaccurate-fill); } .mark.agree { fill: var(--agree-fill); }
.mark.inaccurate .stroke { stroke: #1b1d21; }
.mark.skip .stroke { stroke: var(--faint); }

.verdict { padding-top: clamp(2rem, 6vw, 4rem); }
.overline { color: var(--soft); font-size: .88rem; }
.overline b { color: var(--ink); font-weight: 650; }
h1 { display: flex; align-items: center; gap: .45em; margin: .5rem 0 2rem; font-size: clamp(1.9rem, 5.2vw, 3.3rem); line-height: 1.1; font-weight: 700; letter-spacing: -.026em; text-wrap: balance; }
h1 > span { min-width: 0; overflow-wrap: anywhere; }
h1 .mark { width: .92em; height: .92em; }
.verdict.wrong h1 { color: var(--wrong); } .verdict.inaccurate h1 { color: var(--inaccurate); } .verdict.agree h1 { color: var(--agree); }
h1 .name { color: var(--ink); }
.answers { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1.5rem 2.5rem; }
.question { border-top: 2px solid var(--ink); padding-top: .7rem; }
.verdict.wrong .question { border-color: var(--wrong-fill); } .verdict.inaccurate .question { border-color: var(--inaccurate-fill); } .verdict.agree .question { border-color: var(--agree-fill); }
.question h2 { font-size: .95rem; letter-spacing: 0; margin-bottom: .25rem; }
.question p { text-wrap: pretty; }
dl.facts { display: flex; flex-wrap: wrap; gap: .9rem 2.6rem; margin-top: 2.2rem; }
dl.facts dt { font-size: .8rem; color: var(--soft); }
dl.facts dd { margin: 0; font-size: 1.05rem; font-weight: 600; overflow-wrap: anywhere; }

.scroller { position: relative; overflow-x: auto; scrollbar-width: thin; }
table { border-collapse: collapse; font-size: .92rem; }
th { text-align: left; font-weight: 400; }
thead th { font-size: .8rem; color: var(--soft); vertical-align: bottom; }
.matrix { width: 100%; }
.matrix th, .matrix td { padding: .42rem .9rem .42rem 0; white-space: nowrap; }
.matrix thead th { padding-bottom: .5rem; color: var(--ink); font-size: .88rem; font-weight: 600; }
.matrix thead th:first-child { color: var(--soft); font-weight: 400; }
.matrix thead small { display: block; }
.matrix tr.first > * { border-top: 1px solid var(--rule); }
.matrix .operation { font-weight: 600; } .matrix .operation .repeated { opacity: 0; }
.matrix .direction { color: var(--soft); }
.cell { display: inline-flex; align-items: center; gap: .5rem; color: inherit; text-decoration: none; }
a.cell:hover { text-decoration: underline; }
.cell.wrong b { color: var(--wrong); } .cell.inaccurate b { color: var(--inaccurate); }
.legend { display: flex; flex-wrap: wrap; gap: .35rem 1.5rem; margin-top: 1.1rem; font-size: .84rem; color: var(--soft); }
.legend span { overflow-wrap: anywhere; min-width: 0; display: inline-flex; align-items: center; gap: .45rem; }

.tabs { display: flex; flex-wrap: wrap; gap: .4rem; margin-bottom: 1.3rem; }
.tabs label { position: relative; }
.tabs input { position: absolute; opacity: 0; inset: 0; margin: 0; cursor: pointer; }
.tabs span { display: block; padding: .22rem .7rem; border: 1px solid var(--rule); border-radius: 99px; font-size: .84rem; }
.tabs input:hover + span { border-color: var(--soft); }
.tabs input:checked + span { background: var(--ink); border-color: var(--ink); color: var(--paper); }
.tabs input:checked + span small { color: inherit; opacity: .8; }
.tabs input:focus-visible + span { outline: 2px solid var(--focus); outline-offset: 2px; }
.tabs i { display: inline-block; width: .5em; height: .5em; margin-left: .35em; background: var(--wrong-fill); transform: rotate(45deg); vertical-align: .1em; }
.plots h3 { margin-bottom: .6rem; }
.plots .row { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(19rem, 100%), 1fr)); gap: 1.2rem 1.4rem; }
.plot figcaption { font-size: .88rem; color: var(--soft); margin-bottom: .2rem; }
.plot svg { display: block; width: 100%; height: auto; }
.plot text { font-size: 11px; fill: var(--soft); }
.plot .power { font-size: 8px; }
.plot .grid { stroke: var(--rule); stroke-width: 1; stroke-dasharray: 1 3; }
.plot .base { stroke: var(--faint); stroke-width: 1; }
.plot .rail { fill: var(--wrong-wash); }
.band .fill { fill: var(--soft); fill-opacity: .13; }
.band .high { fill: none; stroke: var(--soft); stroke-width: 1.6; } .band .low { fill: none; stroke: var(--faint); stroke-width: 1; stroke-dasharray: 2 3; }
.marker { fill: var(--paper); fill-opacity: .75; stroke-width: 1.5; stroke: currentColor; }
.marker.outside { fill: currentColor; fill-opacity: 1; }
.series-subject { color: var(--series-subject); } .series-0 { color: var(--series-0); } .series-1 { color: var(--series-1); } .series-2 { color: var(--series-2); } .series-3 { color: var(--series-3); } .series-4 { color: var(--series-4); }
.plot .in-ratio, section:has(input[value=ratio]:checked) .plot .in-ulps { display: none; } section:has(input[value=ratio]:checked) .plot .in-ratio { display: block; }
.boundary .off { fill: var(--wrong-fill); } .boundary .right { fill: var(--agree-fill); } .boundary .one { stroke: var(--soft); stroke-width: 1.4; } .boundary .edge { stroke: var(--ink); stroke-width: 1.4; stroke-dasharray: 3 3; } .boundary figcaption { margin-top: .3rem; font-size: .8rem; }
.swatch { width: 1rem; height: 1rem; flex: none; }

.how h2 { font-size: 1rem; margin-bottom: .7rem; } .how { margin-top: 2.6rem; padding: 1.2rem 1.4rem 1.3rem; background: var(--raised); border-radius: 8px; }
.how .columns { grid-template-columns: minmax(0, 1.1fr) minmax(0, 1fr); align-items: center; } .how ol { margin: 0; padding-left: 1.2rem; font-size: .9rem; } .how li { margin-bottom: .3rem; text-wrap: pretty; } .how figcaption { font-size: .84rem; color: var(--soft); }
.line { display: block; width: 100%; height: auto; overflow: visible; } .line text { font-size: 11px; fill: var(--soft); }
.line .naive { fill: var(--inaccurate-fill); fill-opacity: .22; } .line .careful { fill: var(--agree-fill); fill-opacity: .3; } .line .step { stroke: var(--faint); } .line .base { stroke: var(--soft); } .line .due { stroke: var(--ink); stroke-width: 2; }
.at.agree .pointer { fill: var(--agree-fill); } .at.inaccurate .pointer { fill: var(--inaccurate-fill); } .at.wrong .pointer { fill: var(--wrong-fill); } .at text { fill: var(--ink); }
.at.agree .verdict { fill: var(--agree); } .at.inaccurate .verdict { fill: var(--inaccurate); } .at.wrong .verdict { fill: var(--wrong); } .line .verdict { font-weight: 650; }

.ratios { width: 140px; height: 12px; } .ratios circle { fill: var(--ink); stroke: var(--ink); stroke-width: 1.5; } .ratios .before { fill: var(--paper); } .ratios .base { stroke: var(--rule); stroke-width: 4; }
.plot .column { fill: var(--series-0); } .compare { padding-bottom: 4rem; } .compare h1 { font-size: clamp(1.5rem, 3.6vw, 2.3rem); }
.compare .worst th[scope=row] { white-space: normal; }

.worst { width: 100%; }
.worst th, .worst td, .score th, .score td { padding: .4rem 1.2rem .4rem 0; border-top: 1px solid var(--rule); }
.worst thead th, .score thead th { border: 0; }
.worst th[scope=row] { white-space: nowrap; }
.worst .cell { white-space: nowrap; }
.meter { width: 120px; height: 8px; flex: none; }
.meter .whole { fill: var(--rule); } .meter .part { fill: var(--agree-fill); }

details > summary { cursor: pointer; }
section > details { margin-top: 1.1rem; }
section > details > summary { color: var(--soft); font-size: .92rem; }
section > details h3 { margin: 1.2rem 0 .4rem; }

.filters { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .7rem; align-items: end; padding: .9rem 1rem; background: var(--raised); border-radius: 8px; }
.filters label span, .trial label span { display: block; margin-bottom: .15rem; font-size: .78rem; color: var(--soft); }
.filters select, .filters input, .trial select, .trial input, .trial textarea { width: 100%; height: 2.15rem; padding: 0 .5rem; font: inherit; font-size: .88rem; color: var(--ink); background: var(--paper); border: 1px solid var(--rule); border-radius: 5px; }
.filters .count { display: flex; align-items: center; gap: .8rem; min-height: 2.15rem; font-size: .88rem; font-weight: 600; white-space: nowrap; }
button { font: inherit; font-size: .82rem; padding: .15rem .6rem; color: var(--ink); background: var(--paper); border: 1px solid var(--rule); border-radius: 5px; cursor: pointer; }
button:hover { border-color: var(--soft); }
button.more { margin-top: .8rem; padding: .35rem 1rem; }
.group { margin-top: 1.9rem; }
.group h3 { margin-bottom: .45rem; }
.finding { border-top: 1px solid var(--rule); scroll-margin-top: 3.2rem; }
.group .finding:last-of-type { border-bottom: 1px solid var(--rule); }
.finding > summary { display: grid; grid-template-columns: auto minmax(0, 1fr) minmax(8rem, auto) minmax(10rem, 15rem); gap: .2rem 1.1rem; align-items: start; padding: .62rem .3rem; list-style: none; }
.finding > summary::-webkit-details-marker { display: none; }
.finding > summary:hover { background: var(--raised); }
.finding > summary > .mark { margin-top: .22rem; }
.finding summary code { display: block; font-size: .86rem; }
.finding .story { display: block; color: var(--soft); font-size: .86rem; }
.finding .who, .finding .off { font-size: .88rem; text-align: right; }
.finding .who small, .finding .off small { display: block; }
.finding .off { font-weight: 600; }
.finding.wrong .off { color: var(--wrong); } .finding.inaccurate .off { color: var(--inaccurate); }
.finding[open] > summary .story { display: none; }
.kinds { margin: 0 0 1.2rem 2.3rem; } .kinds > summary { padding: .3rem 0; font-size: .9rem; color: var(--soft); }
.cause[open]:has(> .kinds) > .detail { padding-bottom: .8rem; }
.detail { padding: .7rem 0 2rem 2.3rem; }
.detail h4 { margin: 1.5rem 0 .5rem; }
.telling { max-width: 46rem; font-size: 1.12rem; line-height: 1.45; text-wrap: pretty; }
.command, .call { position: relative; margin-top: .9rem; padding: .65rem 5.4rem .65rem .9rem; background: var(--raised); border-radius: 6px; }
.command code { overflow-wrap: anywhere; }
.call pre { margin: 0; overflow-x: auto; }
.copy { position: absolute; right: .5rem; top: .45rem; min-width: 4.4rem; }
.columns { display: grid; grid-template-columns: minmax(0, 1.25fr) minmax(0, 1fr); gap: 0 3rem; }
.case { margin-bottom: .9rem; }
.case th, .case td { padding: .2rem 1.3rem .2rem 0; white-space: nowrap; font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: .82rem; text-align: right; }
.case th { text-align: left; color: var(--soft); }
.case thead th:not(:first-child) { text-align: right; }
.case tbody tr > * { border-top: 1px solid var(--rule); }
.case .worst > *, .case .guilty > * { background: var(--wrong-wash); }
.case .worst > * { font-weight: 700; color: var(--ink); } .case .worst span, .case .guilty span { color: var(--wrong); }
.answered, .terms { width: 100%; }
.answered th, .answered td, .terms th, .terms td { padding: .28rem .9rem .28rem 0; border-top: 1px solid var(--rule); vertical-align: top; font-size: .86rem; overflow-wrap: anywhere; }
.answered thead th { border: 0; }
.answered td.cell { display: table-cell; } .answered td small { display: block; }
.answered td:nth-child(2), .terms td:last-child { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: .82rem; }
.terms td:last-child { text-align: right; padding-right: 0; }
.terms td { text-align: right; white-space: nowrap; } .terms .sum > * { font-weight: 650; } .terms .error > * { border: 0; }
.terms .key { width: .8em; height: .8em; margin-right: .5em; vertical-align: -.05em; overflow: visible; }
.budget { display: block; width: 100%; height: auto; margin-bottom: .3rem; overflow: visible; }
.term-0 { fill: var(--term-0); } .term-1 { fill: var(--term-1); } .term-2 { fill: var(--term-2); } .term-3 { fill: var(--term-3); } .term-4 { fill: var(--term-4); } .term-5 { fill: var(--term-5); }
.budget rect { stroke: var(--paper); stroke-width: 1; } .limit { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 2 2; }
.needle { fill: none; stroke: var(--ink); stroke-width: 2.5; } .used circle, .terms circle { fill: var(--ink); }
.used.outside .needle { stroke: var(--wrong-fill); } .used.outside circle { fill: var(--wrong-fill); }
.trial { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 12rem)); gap: .7rem; align-items: end; padding: .9rem 1rem; background: var(--raised); border-radius: 8px; }
.trial label { max-width: 13rem; } .trial .numbers { grid-column: 1 / -1; max-width: none; }
.trial textarea { display: block; resize: vertical; padding: .4rem .5rem; height: auto !important; font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace !important; }
.told { margin-top: 1.2rem; } .told .allowed { max-width: 34rem; margin-top: 1.4rem; } .told .sentence { margin-bottom: 1rem; } .told h4 { margin-bottom: .6rem; }
.sentence.agree b { color: var(--agree); }
.source summary { font-size: .9rem; color: var(--soft); } .source pre { margin: .5rem 0 0; padding: .65rem .9rem; background: var(--raised); border-radius: 6px; }
.source .number { display: inline-block; width: 3rem; padding-right: 1rem; text-align: right; color: var(--faint); user-select: none; }
.why { max-width: 46rem; padding-left: 1.1rem; font-size: .9rem; overflow-wrap: anywhere; }
.provenance { margin-top: 1.3rem; font-size: .82rem; color: var(--soft); }
.provenance div { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: .5rem; }
.provenance dd { margin: 0; overflow-wrap: anywhere; }
.empty { margin-top: 1.5rem; color: var(--soft); }

.map th, .map td { padding: .24rem .34rem; font-size: .76rem; text-align: right; white-space: nowrap; }
.map tbody th { text-align: left; padding-left: 0; font-size: .84rem; position: sticky; left: 0; background: var(--paper); }
.map thead th { text-align: center; vertical-align: bottom; white-space: normal; } .map thead tr:last-child th { white-space: nowrap; } .map thead th:first-child { text-align: left; padding-left: 0; }
.map thead small { display: block; }
.map td { border: 1px solid var(--paper); border-radius: 3px; min-width: 2.2rem; }
.map .apart { border-left: 1.1rem solid var(--paper); }
.shade-0 { color: var(--faint); } .shade-1 { background: var(--shade-1); } .shade-2 { background: var(--shade-2); } .shade-3 { background: var(--shade-3); } .shade-4 { background: var(--shade-4); } .shade-5 { background: var(--shade-5); }
table.facts th, table.facts td, .counts th, .counts td { padding: .3rem 1.6rem .3rem 0; border-top: 1px solid var(--rule); vertical-align: top; font-size: .88rem; overflow-wrap: anywhere; }
table.facts th { color: var(--soft); white-space: nowrap; }
.counts { margin-top: .6rem; } .counts td { text-align: right; white-space: nowrap; }
.counts th { font-size: .84rem; }
footer { margin-top: 4rem; padding-block: 1.4rem 3rem; color: var(--soft); font-size: .84rem; }

@media (max-width: 860px) {
  .finding > summary { grid-template-columns: auto minmax(0, 1fr) auto; }
  .finding .who { display: none; }
  .columns, .how .columns { grid-template-columns: minmax(0, 1fr); }
}
@media (max-width: 560px) {
  section { padding-top: 2.7rem; }
  nav ul { gap: 1.1rem; }
  h1 { align-items: flex-start; } h1 .mark { margin-top: .08em; }
  .finding > summary { grid-template-columns: auto minmax(0, 1fr); }
  .finding .off { grid-column: 2; text-align: left; } .finding .off small { display: inline; margin-left: .6rem; }
  .detail { padding-left: 0; }
  .filters .text, .filters .count { grid-column: 1 / -1; }
  dl.facts { gap: .7rem 1.8rem; }
  .command { padding-right: .9rem; padding-bottom: 3rem; } .command .copy { top: auto; bottom: .5rem; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@media print {
  @page { margin: 14mm; }
  :root { ${light} }
  html { font-size: 11px; } body { font-size: .95rem; } nav, .filters, .copy, .more, .skip-link, .tabs, #try, .kinds, .to-try { display: none; }
  section { padding-top: 1.8rem; } .verdict { padding-top: 0; } h1 { margin-bottom: 1.2rem; } .how { margin-top: 1.4rem; }
  tr, p, li, figure, .finding:not([open]), .question, .how, .plots, .command, .call, .legend, dl.facts div, .provenance div { break-inside: avoid; }
  h1, h2, h3, h4, .lead, thead, .finding > summary { break-after: avoid; } thead { display: table-header-group; }
  .columns { grid-template-columns: minmax(0, 1.25fr) minmax(0, 1fr); gap: 0 2rem; } .how .columns { grid-template-columns: minmax(0, 1.1fr) minmax(0, 1fr); }
  .answers { grid-template-columns: repeat(3, 1fr); } .detail { padding: .4rem 0 1rem; } .command, .call { padding-right: .9rem; } .call pre, .source pre { white-space: pre-wrap; }
  .scroller { overflow: visible; } .map th, .map td { font-size: .82rem; padding: .1rem; min-width: 0; }
  .plots .row { grid-template-columns: repeat(3, 1fr); }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;

export const style: string = `:root { color-scheme: light dark; ${light} }
@media (prefers-color-scheme: dark) { :root { ${dark} } }
${page}`;
