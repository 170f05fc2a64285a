/** The operations as a person reads them. */

const titles: Readonly<Record<string, string>> = {
  softmax: 'softmax',
  logSoftmax: 'log-softmax',
  logSumExp: 'log-sum-exp',
  crossEntropy: 'cross-entropy',
};

export function operationTitle(operation: string): string {
  return titles[operation] ?? operation;
}
