/** How much memory this process holds, typed arrays and native memory included. Knows no limit. */

/** The resident memory in MB; where there is no /proc to ask, the most that it has been. */
export function residentMb(): number {
  try {
    return process.memoryUsage.rss() / 2 ** 20;
  } catch {
    return process.resourceUsage().maxRSS / 2 ** 10;
  }
}
