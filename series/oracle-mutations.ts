/** Planted defects in the oracles' own code, as a literal table: each must be caught by their tests. */

export interface OracleMutation {
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly from: string;
  readonly to: string;
}

function of(file: string, ...pairs: readonly (readonly [string, string])[]): readonly OracleMutation[] {
  return pairs.map(([from, to]) => ({ file, from, to }));
}

export const oracleMutations: readonly OracleMutation[] = [
  ...of(
    'src/oracles/tolerance.ts',
    ['terms[at + 1] = y * u * 2 * exp;', 'terms[at + 1] = y * u * exp;'],
    ['terms[at + 1] = y * u * 2 * exp;', 'terms[at + 1] = y * u * 4 * exp;'],
    ['times(y * u * shift, gap[i]! + meanGap[lane]!)', 'times(y * u * shift, gap[i]!)'],
    [
      'u: formatFacts(format).unitRoundoff,',
      "u: (format === 'float32' ? 2 : 1) * formatFacts(format).unitRoundoff,",
    ],
    [
      'u: formatFacts(format).unitRoundoff,',
      "u: (format === 'float64' ? 0.5 : 1) * formatFacts(format).unitRoundoff,",
    ],
    ['shift: isNaive ? 2.25 : 1,', 'shift: isNaive ? 4.5 : 1,'],
    ['const sumBlock = 16;', 'const sumBlock = 32;'],
    ['(n) => Math.max(0, n - 1) : carefulSum', '(n) => Math.max(0, 2 * n - 2) : carefulSum'],
    ['exp: Math.max(ulps, 2 * expUlps),', 'exp: Math.max(ulps, expUlps),'],
    ['terms[0] = u * shift * meanGap[lane]!;', 'terms[0] = 0;'],
    ['grown(errors[k]! + (c + 3) * u, allowance)', 'grown(errors[k]! + u, allowance)'],
    [
      'terms[at + 2] = (p[i]! + lost) * c * u * absolute;',
      'terms[at + 2] = (p[i]! + lost) * 2 * c * u * absolute;',
    ],
    ["const byMean = reduction === 'mean' ? 2 +", "const byMean = reduction === 'mean' ? 0 +"],
    ['times(share * total, grown(', 'times(2 * share * total, grown('],
    ['times(product, size) * 6 * u', 'times(product, size) * 3 * u'],
    ['terms[at + 2] = lost * difference;', 'terms[at + 2] = floor * difference;'],
    ['if (isFilled) underflowed += products.lost[k]!;', ''],
    ['underflowed += products.lostWith(held);', ''],
    ['underflowed += p[i]! * length * cost;', 'underflowed += length * cost;'],
    ['if (amount <= costOfClass + rounding)', 'if (amount > costOfClass + rounding)'],
    ['lost < sum ? lost / (sum - lost)', 'lost < sum ? lost / sum'],
    ['loss.labelSmoothing > 0 ? 3 : 0', 'loss.labelSmoothing > 0 ? 6 : 0'],
    ['sum: () => 3,', 'sum: () => 0,'],
    ['theta < 1 ? -Math.log1p(-theta) : Infinity', 'theta'],
    ['theta += p[i]! * Math.expm1(error);', 'theta += p[i]! * error;'],
  ),
  ...of(
    'src/oracles/half-allowance.ts',
    ['careful: 1.25', 'careful: 2'],
    ['Math.min(power * Math.exp(growth), eta / 2)', '0'],
    ['1 / (8 * u)', '1 / (2 * u)'],
    ["tolerance === 'careful' ? 'fused' : 'composed'", "tolerance === 'careful' ? 'fused' : 'storage'"],
  ),
  ...of(
    'src/oracles/underflow.ts',
    [
      'return 2 * formatFacts(format).smallestNormal;',
      "return (format === 'float32' ? 4 : 2) * formatFacts(format).smallestNormal;",
    ],
    ['Math.max(p, Math.min(8 * p, 2 * eta))', 'p'],
    ['gap < gapOfNothing ? eta : 0', '0'],
    ['small > below ? 0 : products(', 'small < 0 ? 0 : products('],
    ['p > floor ? floor : share(p, gap)', 'p > floor ? 0 : share(p, gap)'],
    ['Math.max(amount, Math.min(gainMax * amount', 'Math.max(amount, Math.min(amount'],
    ['Math.min(8 * p, eta)', 'p'],
  ),
  ...of(
    'src/oracles/loss-products.ts',
    ['return this.#sums[from]!;', 'return this.#sums[0]!;'],
    ['if (net > 0) lost[k]! +=', 'if (net < 0) lost[k]! +='],
    [
      'const [smallOfClass, costOfClass] = [small * low(w), cost * high(w)];',
      'const [smallOfClass, costOfClass] = [small * w, cost];',
    ],
  ),
  ...of(
    'src/oracles/lane-analysis.ts',
    ['const logSum = Math.log1p(rest);', 'const logSum = Math.log(sum);'],
    ['lost += rest - (total - added) + (power - added);', ''],
    ['if (share > 0) meanGap += share * gap[i]!;', 'if (share > 0) meanGap += gap[i]!;'],
    [
      'sawNaN ? hasNaN : most === Infinity ? hasInfinity : unmasked',
      'most === Infinity ? hasInfinity : sawNaN ? hasNaN : unmasked',
    ],
    ['most === -Infinity && length > 0 ? allMasked', 'most === -Infinity ? allMasked'],
  ),
  ...of(
    'src/oracles/exact-float64.ts',
    ['if (isRegular && y >= 0 && y === argmax[lane])', 'if (isRegular && y > 0 && y === argmax[lane])'],
    ['return weighted[i] === 0 ? 0 : -weighted[i]! * logP[i]!;', 'return -weighted[i]! * logP[i]!;'],
    ['gradient[i] = p[i]! * (dy[i]! - mean);', 'gradient[i] = p[i]! * dy[i]! - mean;'],
    ['else if (scale === 0 || w === 0 || labelSmoothing === 1)', 'else if (scale === 0 || w === 0)'],
    ['denominator[i] === 0 ? NaN : sumOf(', 'denominator[i] === 0 ? 0 : sumOf('],
    ['lost += Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;', ''],
  ),
  ...of(
    'src/oracles/exact-double-double.ts',
    ['if (hi === 0) sum.set(NaN);', 'if (hi < 0) sum.set(NaN);'],
    ['else if (hi === Infinity) work.to.unknown.push(of.output);', ''],
    ['wide.divide(hi, lo).into(to);', 'wide.into(to);'],
    ['if (!isClearlyBeyond || !isOfOneSign)', 'if (!isClearlyBeyond)'],
    ['if (!isClearlyBeyond || !isOfOneSign)', 'if (!isOfOneSign)'],
    ['.times(quarter.hi, quarter.lo).times(4)', '.times(quarter.hi, quarter.lo)'],
    ['spread.set(labelSmoothing).divide(classes)', 'spread.set(labelSmoothing / classes)'],
  ),
  ...of(
    'src/oracles/shares-double-double.ts',
    ['if (k !== argmax) sum.add(', 'sum.add('],
    ['value.setSum(logits[i]!, -max);', 'value.set(logits[i]! - max);'],
    ['if (last < 0 || gaps.hi[last] !== hi ||', 'if (last < 0 ||'],
  ),
  ...of(
    'src/oracles/loss-facts.ts',
    ['product === 0 && w !== 0 && t !== 0 ?', 'product === 1 && w !== 0 && t !== 0 ?'],
    ['if (isIndex && labelSmoothing === 0) addHot(', 'if (isIndex) addHot('],
    ['if (logits[i] === -Infinity) return false;', ''],
  ),
  ...of('src/oracles/exact-work.ts', [
    'const unknown = overDenominators(bounded);',
    'const unknown: number[] = [];',
  ]),
  ...of('src/float/acceptance.ts', [
    'got <= roundTo(format, exact + (exactLow + tolerance))',
    'got <= exact + (exactLow + tolerance)',
  ]),
  ...of(
    'src/oracles/judge-values.ts',
    ['return Number.isNaN(got) && mayCancel ? ', 'return mayCancel ? '],
    [
      "tolerance: naive - unsure, format })) return 'inaccurate'",
      "tolerance: 2 * naive, format })) return 'inaccurate'",
    ],
    ["if (Number.isNaN(got)) return 'wrong';", "if (Number.isNaN(got)) return 'inconclusive';"],
    ["exactPrecision === 'float64' ? 1 - float32UncertaintyShareMax : 0", '1 + float32UncertaintyShareMax'],
  ),
  ...of(
    'src/oracles/overflow.ts',
    ['largestFinite / 2;', 'largestFinite * 2;'],
    ['absolute += Math.abs(dy[i]!);', 'absolute += dy[i]!;'],
    ['denominator < 2 * positions * floor', 'false'],
    ['if (absolute <= limits.sums && !(most - least > limits.products)) continue;', ''],
    ['!(most - least > limits.products)', 'true'],
    ['if (labelSmoothing > 0) ofSpread += inverse * w * size;', ''],
    ['inverse * high(w) * high(t) * high(size)', 'inverse * high(w) * t * high(size)'],
    ['scale * high(w) * high(size) > limits.products', 'scale * w * size > limits.products'],
    ['if (column.logits[i] !== -Infinity && facts.weighted[i] !== 0) largest = Infinity;', ''],
  ),
  ...of(
    'src/oracles/silenced.ts',
    ['!hasTiny && Math.abs(weighted[i]!) > roundings * absolute[i]!', '!hasTiny'],
    ['ofAll * low(dy) * low(w) < floor', 'ofAll * low(w) < floor'],
    ['Math.abs(logP[i]!), 1 / denominator]) < exponentMax', 'Math.abs(logP[i]!), 1 / denominator]) < 0'],
  ),
  ...of(
    'src/oracles/gradient/complex-step.ts',
    ['i === j ? shareOfJ * (1 + shareOfJ)', 'i === j ? 1e9'],
    ['return (b * c - a * d) / (c * c + d * d);', 'return (b * c + a * d) / (c * c + d * d);'],
  ),
  ...of('src/oracles/gradient/central-difference.ts', [
    'differences[level] = (above - below) / (2 * step);',
    'differences[level] = (above - below) / step;',
  ]),
  ...of(
    'src/oracles/gradient/richardson.ts',
    ['(6.6 * valueError) / h', '(3.3 * valueError) / h'],
    ['(0.0296 * h ** 6) / 5040', '(0.0592 * h ** 6) / 5040'],
  ),
  ...of('src/oracles/gradient/judge-gradient.ts', [
    'if (Math.abs(found - value) <= careful) return true;',
    'if (Math.abs(found - value) <= 1e3 * careful) return true;',
  ]),
  ...of(
    'src/oracles/differential.ts',
    ['gap <= tolerance / 2 +', 'gap <= tolerance +'],
    ['if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) && Number.isNaN(y);', ''],
  ),
  ...of('src/oracles/violations.ts', [
    'return Number.isNaN(error) ? Infinity : error / allowedTo(violation);',
    'return error / allowedTo(violation);',
  ]),
  ...of(
    'src/oracles/conduct.ts',
    ['if (!Object.is(a[i], b[i])) return i;', 'if (a[i] !== b[i]) return i;'],
    ["if (repeat.kind !== 'values')", "if (repeat.kind === 'threw')"],
    ["case 'timed-out':\n", "case 'timed-out':\n      return null;\n"],
  ),
  ...of(
    'properties/combination.ts',
    ['to.careful += size * (answer.careful[at]! + slack);', 'to.careful += size * answer.careful[at]!;'],
    ['const isWrong = !(excess <= naive);', 'const isWrong = !(excess <= 1e4 * naive);'],
  ),
  ...of('properties/laws/loss.ts', [
    'const mixed = oneAnswer(without!, at, 1 - epsilon);',
    'const mixed = oneAnswer(without!, at, 1);',
  ]),
  ...of('properties/laws/lane-shape.ts', [
    'addNumber(most, Math.log(lanes.length));',
    'addNumber(most, Math.log2(lanes.length) + 9);',
  ]),
  ...of(
    'src/float/double-double.ts',
    ['return Math.abs(sum) < Infinity ? b - (sum - a) : 0;', 'return 0;'],
    ['return Math.abs(a) >= Math.abs(b) ? b - (sum - a) : a - (sum - b);', 'return b - (sum - a);'],
    [
      'lostOfProduct(this.hi, hi, product) + (this.hi * lo + this.lo * hi)',
      'lostOfProduct(this.hi, hi, product)',
    ],
    ['const rest = pHi - (sum - 1) + powers.lo[i]!;', 'const rest = pHi - (sum - 1);'],
    ['const taylorTerms = 10;', 'const taylorTerms = 6;'],
    ['factor.scale(total - this.#exponent);', ''],
    ['this.#sum.scale(this.#exponent - total);', ''],
    ['2.3190468138462996e-17', '2.3190468138463e-16'],
    ['const series1pLimit = 0.125;', 'const series1pLimit = 0;'],
  ),
  ...of(
    'src/float/ulp.ts',
    ['return value < 0 ? -magnitude : magnitude;', 'return value <= 0 ? -magnitude - 1n : magnitude;'],
    [
      'if (magnitude < smallestNormal) return smallestSubnormal;',
      'if (magnitude < smallestNormal) return smallestNormal;',
    ],
    [
      'powerOfTwo(exponentOf(magnitude) - significandBits + 1)',
      'powerOfTwo(exponentOf(magnitude) - significandBits)',
    ],
    ['view.setFloat64(0, value * 2 ** 54);', 'view.setFloat64(0, value * 2 ** 50);'],
  ),
];
