import type {Timeline} from '../../../src/model/sample.ts'

const WIDTH = 760
const HEIGHT = 320
const LEFT = 64
const RIGHT = 16
const TOP = 34
const BOTTOM = 44

interface Series {
  readonly label: string
  readonly color: string
  readonly timeline: Timeline
}

/** The longest time in each slot of the timeline, by when the message should have been sent: a step for each series. */
export function drawStall(title: string, series: readonly Series[], fromSec: number, toSec: number): string {
  const topMs = 1.1 * Math.max(1, ...series.flatMap(({timeline}) => timeline.responseMaxNs.map((ns) => ns / 1e6)))
  const x = (sec: number) => LEFT + ((sec - fromSec) / (toSec - fromSec)) * (WIDTH - LEFT - RIGHT)
  const y = (ms: number) => HEIGHT - BOTTOM - (ms / topMs) * (HEIGHT - TOP - BOTTOM)
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...ticks(topMs).map(
      (ms) =>
        `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(ms).toFixed(1)}" y2="${y(ms).toFixed(1)}" stroke="#ddd"/><text x="${LEFT - 6}" y="${(y(ms) + 4).toFixed(1)}" text-anchor="end" fill="#444">${ms} ms</text>`,
    ),
    ...Array.from({length: Math.floor(toSec) - Math.ceil(fromSec) + 1}, (_, at) => Math.ceil(fromSec) + at).map(
      (sec) =>
        `<text x="${x(sec).toFixed(1)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle" fill="#444">${sec} s</text>`,
    ),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle" fill="#444">when the message was to be sent</text>`,
    ...series.map(
      ({color, timeline}) =>
        `<path d="${stepsOf(timeline, fromSec, toSec, x, y)}" fill="none" stroke="${color}" stroke-width="2"/>`,
    ),
    ...series.map(
      ({label, color}, at) =>
        `<rect x="${LEFT + at * 330}" y="10" width="14" height="4" fill="${color}"/><text x="${LEFT + 20 + at * 330}" y="16" fill="#222">${label}</text>`,
    ),
    '</svg>',
  ]
  return `${parts.join('\n')}\n`
}

function stepsOf(
  {slotNs, responseMaxNs}: Timeline,
  fromSec: number,
  toSec: number,
  x: (sec: number) => number,
  y: (ms: number) => number,
): string {
  const slotSec = slotNs / 1e9
  const points: string[] = []
  responseMaxNs.forEach((ns, slot) => {
    const sec = slot * slotSec
    if (sec < fromSec - slotSec / 2 || sec >= toSec - slotSec / 2) return
    const height = y(ns / 1e6).toFixed(1)
    points.push(`${x(sec).toFixed(1)},${height}`, `${x(sec + slotSec).toFixed(1)},${height}`)
  })
  return `M${points.join(' L')}`
}

/** Four or five round figures below the top. */
function ticks(topMs: number): number[] {
  const rough = topMs / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough)!
  return Array.from({length: Math.floor(topMs / step) + 1}, (_, at) => at * step)
}
