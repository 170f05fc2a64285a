import { test } from 'vitest';
import { caseSummary } from '../src/case/case-summary.ts';
import { fillDrawnCase } from './drawn-case.ts';
import { judgeProperties } from './judge-properties.ts';
import { laws } from './laws/laws.ts';
import { references } from '../reference/index.ts';
test('x', async () => {
  for (const l of references.slice(0, 4)) {
    const r = await l.load();
    if (r.kind === 'missing') {
      console.log(l.name, r.reason);
      continue;
    }
    const counts: any = {};
    const ex: any = {};
    const t = performance.now();
    for (let index = 0; index < 1500; index++) {
      const c = fillDrawnCase({ seed: 3n, index }, { formats: ['float32'] });
      if (r.implementation.declines(c)) continue;
      const o = (await r.implementation.run(c)) as any;
      if (!o.tensor) continue;
      for (const law of laws) {
        const d = await judgeProperties(c, o.tensor, r.implementation, { lawsPerCase: 1, laws: [law] });
        if (d) {
          counts[law.name + ' ' + d.severity] = (counts[law.name + ' ' + d.severity] ?? 0) + 1;
          ex[law.name] ??= caseSummary(c) + ' ' + c.regimes + ' ' + d.detail;
        }
      }
    }
    console.log(l.name, performance.now() - t, counts, ex);
  }
});
