/** `20261123T154012` in UTC: sorts by time and is a file name everywhere. */
export function stampOf(instant: Date): string {
  return instant.toISOString().replaceAll(/[-:]|\.\d+Z/g, '')
}
