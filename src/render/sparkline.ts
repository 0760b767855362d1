const BARS = '▁▂▃▄▅▆▇█'

/** One bar a value, from zero (lowest bar) to the largest value (full bar); all equal gives full bars. */
export function sparkline(values: readonly number[]): string {
  const top = Math.max(...values)
  if (!(top > 0)) return BARS.charAt(0).repeat(values.length)
  return values.map((value) => BARS.charAt(Math.round((value / top) * (BARS.length - 1)))).join('')
}
