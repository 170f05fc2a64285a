/** How fast something goes of late. */

const lateSeconds = 30;

export interface Pace {
  /** Notes that there are so many cases after so many seconds. @returns the cases a second of late. */
  at(seconds: number, cases: number): number;
}

export function newPace(): Pace {
  let points: readonly (readonly [seconds: number, cases: number])[] = [];
  return {
    at(seconds, cases) {
      points = [...points.filter(([at]) => at > seconds - lateSeconds), [seconds, cases]];
      const [since, before] = points[0]!;
      return seconds === since ? 0 : (cases - before) / (seconds - since);
    },
  };
}
