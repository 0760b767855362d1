/** A ratio as a change: 1.082 -> `+8.2 %`, 0.5 -> `-50.0 %`. */
export function formatChange(ratio: number): string {
  return `${formatChangeBare(ratio)} %`
}

/** Both ends of an interval of ratios as changes: `[+5.1, +11.4] %`. */
export function formatChangeInterval(lo: number, hi: number): string {
  return `[${formatChangeBare(lo)}, ${formatChangeBare(hi)}] %`
}

function formatChangeBare(ratio: number): string {
  if (!Number.isFinite(ratio)) return '+inf'
  const percent = (ratio - 1) * 100
  const text = Math.abs(percent).toFixed(Math.abs(percent) >= 999.5 ? 0 : 1)
  return `${percent < 0 && Number(text) !== 0 ? '-' : '+'}${text}`
}
