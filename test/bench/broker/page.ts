import {type Kept, placesOf} from '../kept-parts.ts'
import type {FigureRow} from './figure.ts'
import type {Effort} from './targets.ts'

/** docs/broker-performance.md: sentences are fixed, every figure is of the parts. */
export function pageOf(kept: Kept<FigureRow>, names: readonly string[], {pairs, seconds}: Effort): string {
  const parts = names.flatMap((name) => (kept[name] === undefined ? [] : [{name, ...kept[name]}]))
  const failed = parts.filter(({error}) => error !== undefined)
  const missing = names.filter((name) => kept[name] === undefined)
  return `# How fast the embedded broker is

<!-- Written by \`npm run bench:broker\`; do not edit. -->

Measured ${placesOf(parts).join('; ')}.
${pairs} ABBA pairs of ${seconds} s a figure, the broker and the echo server in turn, one sample a broker process; the echo
server takes the same frames from the same driver, checks the same CRC and stores nothing. A figure is the geometric
mean over pairs or samples; *unfavourable end* is the end of its 95 % t interval on logarithms that speaks against the
broker, and decides: *reached* with it, *missed* with the other end too, *not shown* between.

| Figure | Measured | Unfavourable end | To reach | Verdict |
|---|---|---|---|---|
${parts.flatMap(({rows}) => rows.map(lineOf)).join('\n')}

What was seen besides:

${parts.flatMap(({rows}) => rows.filter(({notes}) => notes.length > 0).map(({figure, notes}) => `- ${figure}: ${notes.join('; ')}.`)).join('\n')}
${failed.map(({name, error}) => `\nPart \`${name}\` failed: ${error}\n`).join('')}${missing.length === 0 ? '' : `\nNot measured: ${missing.join(', ')}.\n`}`
}

function lineOf({figure, measured, unfavourable, reach, verdict}: FigureRow): string {
  const word = verdict === 'reached' ? verdict : `**${verdict}**`
  return `| ${figure} | ${measured} | ${unfavourable} | ${reach} | ${word} |`
}
