import {writeFile} from 'node:fs/promises'
import {parseArgs} from 'node:util'
import {storageAppend} from './broker/append.ts'
import {consumeCold, consumeWarm} from './broker/consume.ts'
import type {FigureRow} from './broker/figure.ts'
import {memory} from './broker/memory.ts'
import {pageOf} from './broker/page.ts'
import {alwaysSynced, besideEcho, fourConnections, latencyProfile, unbatched} from './broker/produce.ts'
import {sustained} from './broker/sustained.ts'
import type {Effort} from './broker/targets.ts'
import {measureParts} from './kept-parts.ts'

/*
 * How fast the embedded broker is, beside an echo server in ABBA pairs. Writes
 * docs/broker-performance.md; exits 1 where a figure is missed or a part failed. Parts that an
 * earlier call measured in the same way are taken from its file.
 *
 *   npm run bench:broker                          12 pairs of 2 s, a load of 5 minutes; about 25 minutes
 *   npm run bench:broker -- --only echo,memory    these parts, into the same page
 *   npm run bench:broker -- --again               measure anew what is there
 *   npm run bench:broker -- 2 1 --sustained 10    2 pairs of 1 s, to try it; writes nothing
 *   npm run bench:broker -- --only sustained --sustained 1800 --again     memory over half an hour
 */
const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    only: {type: 'string', default: ''},
    again: {type: 'boolean', default: false},
    sustained: {type: 'string', default: '300'},
  },
})
const effort: Effort = {
  pairs: Number(positionals[0] ?? 12),
  seconds: Number(positionals[1] ?? 2),
  sustainedSec: Number(values.sustained),
}
const isFull = effort.pairs >= 12 && effort.seconds >= 2 && effort.sustainedSec >= 300

const parts: Readonly<Record<string, (effort: Effort) => Promise<FigureRow[]>>> = {
  echo: besideEcho,
  connections: fourConnections,
  'consume-warm': consumeWarm,
  'consume-cold': consumeCold,
  unbatched,
  always: alwaysSynced,
  latency: latencyProfile,
  append: storageAppend,
  sustained,
  memory,
}

async function main(): Promise<void> {
  const kept = await measureParts<FigureRow>({
    bench: isFull ? 'broker' : `broker-${effort.pairs}-${effort.seconds}-${effort.sustainedSec}`,
    parts: Object.entries(parts).map(([name, measure]) => ({name, measure: () => measure(effort)})),
    only: values.only.split(',').filter((name) => name !== ''),
    isAgain: values.again,
  })
  const page = pageOf(kept, Object.keys(parts), effort)
  process.stdout.write(page)
  if (isFull) await writeFile(new URL('../../docs/broker-performance.md', import.meta.url), page)
  const results = Object.values(kept)
  const isMissed = results.some(({rows}) => rows.some(({verdict}) => verdict === 'missed'))
  if (isMissed || results.some(({error}) => error !== undefined)) process.exitCode = 1
}

await main()
