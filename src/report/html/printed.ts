/** How many causes are printed open. Their details are at hand before a printer asks. */
export const printedMax = 3;
