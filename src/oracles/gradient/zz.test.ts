import { test } from 'vitest';
import { generateCase } from '../../generate/generate-case.ts';
import { subjectImplementation } from '../../subjects/subject-implementation.ts';
import { answerOf } from '../exact.ts';
import { judgeGradient, judgeOwnGradient } from './judge-gradient.ts';
import { judgeProperties } from '../../../properties/judge-properties.ts';
import { laws } from '../../../properties/laws/laws.ts';
import { operations } from '../../contract/subject.ts';
import { caseSummary } from '../../case/case-summary.ts';
const kernels = await import('../../kernels/' + 'index.ts');
test('x', async () => {
  const real = subjectImplementation(kernels as never, { name: 'k' });
  let calls = 0;
  const extremal = {
    ...real,
    run(c: never) {
      const a = answerOf(c, real.arithmetic);
      calls++;
      const cc = c as { format: string };
      const data = (cc.format === 'float32' ? Float32Array : Float64Array).from(a.exact, (y, i) => {
        const r = Math.imul(i + 1 + calls * 7919, 0x9e3779b1) >>> 13;
        const t = (r % 2 ? 1 : -1) * (a.careful[i]! - a.uncertainty[i]!);
        return y + (Number.isFinite(t) ? t : 0);
      });
      return { kind: 'values', tensor: { shape: a.shape, data }, breaches: [] };
    },
  };
  const impl = (process.env['X'] ? extremal : real) as typeof real;
  const counts: Record<string, number> = {};
  const inc = (k: string, n = 1) => (counts[k] = (counts[k] ?? 0) + n);
  let shown = 0;
  let tg = 0,
    to = 0,
    tp = 0,
    ng = 0,
    no = 0,
    np = 0;
  for (let index = 0; index < Number(process.env['N'] ?? 3000); index++) {
    const c = generateCase(
      { seed: 5n, index },
      { operations, formats: ['float32', 'float64'], maxElements: 600 },
    );
    const out = impl.run(c) as never as { kind: string; tensor: never };
    if (out.kind !== 'values') {
      inc('novalues ' + out.kind);
      continue;
    }
    const answer = answerOf(c, impl.arithmetic);
    if (c.direction !== 'forward') {
      let t = performance.now();
      const g = judgeGradient(c, out.tensor, answer);
      tg += performance.now() - t;
      ng++;
      inc('g.judged', g.judgedElements);
      inc('g.byDiff', g.judgedByDifference);
      inc('g.skippedLanes', g.skippedLanes);
      inc('elements', c.logits.data.length);
      if (g.skipped) inc('g.skip ' + g.skipped);
      if (g.divergence) {
        inc('g.DIV');
        if (shown++ < 10)
          console.log(
            index,
            caseSummary(c),
            c.regimes.join(),
            g.divergence.law,
            g.divergence.severity,
            g.divergence.detail,
          );
      }
      t = performance.now();
      const o = await judgeOwnGradient(c, impl, out.tensor, answer);
      if (c.format === 'float32') {
        to += performance.now() - t;
        no++;
      }
      inc('o.' + (o.skipped ?? 'judged') + ' ' + c.format);
      if (o.divergence) {
        inc('o.DIV');
        if (shown++ < 10)
          console.log(
            index,
            caseSummary(c),
            c.regimes.join(),
            o.divergence.law,
            o.divergence.severity,
            o.divergence.detail,
          );
      }
    }
    const t = performance.now();
    const d = await judgeProperties(c, out.tensor, impl, { lawsPerCase: 99, answer });
    tp += performance.now() - t;
    np++;
    if (d) {
      inc('p.DIV ' + d.law);
      if (shown++ < 30) console.log(index, caseSummary(c), c.regimes.join(), d.law, d.severity, d.detail);
    }
  }
  console.log(
    counts,
    'us/case gradient',
    (tg / ng) * 1e3,
    'own',
    (to / no) * 1e3,
    'prop',
    (tp / np) * 1e3,
    laws.length,
  );
});
