import {writeFile} from 'node:fs/promises'
import {parseArgs} from 'node:util'
import {settingDefinitions} from '../../src/settings/schema.ts'
import {measureParts} from './kept-parts.ts'
import {compactionRows} from './key-effects/compaction-rows.ts'
import {consumerRows} from './key-effects/consumer-rows.ts'
import type {KeyRow, KeyRowSeen} from './key-effects/key-row.ts'
import {measureRow} from './key-effects/measure-row.ts'
import {memtableRows} from './key-effects/memtable-rows.ts'
import {pageOf, problemsOf} from './key-effects/page.ts'
import {producerRows} from './key-effects/producer-rows.ts'
import {readRows} from './key-effects/read-rows.ts'
import {retentionRows} from './key-effects/retention-rows.ts'
import {serverRows} from './key-effects/server-rows.ts'
import {timeoutRows} from './key-effects/timeout-rows.ts'
import {UsualWorkload} from './key-effects/usual.ts'
import {walRows} from './key-effects/wal-rows.ts'

/*
 * What each key of the configuration does, low against high. Writes docs/key-effects.md; exits 1
 * where a key shows no effect, a row failed or is missing. Rows that an earlier call measured in
 * the same way are taken from its file.
 *
 *   npm run bench:keys                               5 repetitions of each value, about 30 minutes
 *   npm run bench:keys -- --only server.host,server.port    these keys, into the same page
 *   npm run bench:keys -- --again                    measure anew what is there
 *   npm run bench:keys -- 3 0 --only server.host     3 repetitions and no default workload, to try it; writes nothing
 */
const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {only: {type: 'string', default: ''}, again: {type: 'boolean', default: false}},
})
const REPETITIONS = Number(positionals[0] ?? 5)
const USUAL_PAIRS = Number(positionals[1] ?? 4)
const IS_FULL = REPETITIONS >= 5 && USUAL_PAIRS >= 4

const rows: readonly KeyRow[] = [
  ...walRows,
  ...memtableRows,
  ...compactionRows,
  ...retentionRows,
  ...readRows,
  ...serverRows,
  ...timeoutRows,
  ...producerRows,
  ...consumerRows,
]

async function main(): Promise<void> {
  const missing = settingDefinitions.filter(({key}) => !rows.some((row) => row.key === key))
  for (const {key} of missing) process.stderr.write(`${key} has no row\n`)
  const usual = new UsualWorkload(USUAL_PAIRS)
  try {
    const kept = await measureParts<KeyRowSeen>({
      bench: IS_FULL ? 'key-effects' : `key-effects-${REPETITIONS}-${USUAL_PAIRS}`,
      parts: rows.map((row) => ({name: row.key, measure: async () => [await measureRow(row, REPETITIONS, usual)]})),
      only: values.only.split(',').filter((name) => name !== ''),
      isAgain: values.again,
    })
    const page = pageOf(kept, REPETITIONS)
    process.stdout.write(page)
    if (IS_FULL) await writeFile(new URL('../../docs/key-effects.md', import.meta.url), page)
    if (problemsOf(kept).length > 0) process.exitCode = 1
  } finally {
    await usual.close()
  }
}

await main()
