import {writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {whereAndWhen} from './abba.ts'
import {allDraws} from './gate/draws.ts'
import {invokeAll, readInvocations} from './gate/invocations.ts'
import {pageOf} from './gate/page.ts'
import {simulatedPower} from './gate/simulated.ts'

/*
 * How often a gate fails a program that did not change, and how often it finds a loss; writes docs/gate-error-rates.md.
 *
 *   npm run bench:gate                                   44 invocations over 125 minutes, then the page
 *   npm run bench:gate -- --invocations 6 --minutes 5    to try it; writes no page
 *   npm run bench:gate -- --folder DIR --no-invoke       the page, from invocations that are there
 *
 * Invocations are kept in the folder (one under the temp directory unless named), so that it can go on.
 */
const {values} = parseArgs({
  options: {
    invocations: {type: 'string', default: '44'},
    minutes: {type: 'string', default: '125'},
    folder: {type: 'string', default: join(tmpdir(), 'streambus-bench-gate')},
    'no-invoke': {type: 'boolean', default: false},
  },
})

/** Invocations of an unchanged program that a project would keep with its baseline. */
const STORED = 10
const INVOCATIONS_MIN = 40

if (!values['no-invoke']) await invokeAll(values.folder, Number(values.invocations), Number(values.minutes) * 60_000)
const invocations = await readInvocations(values.folder)
if (invocations.length < 4)
  throw new RangeError(`${invocations.length} invocations in ${values.folder}: at least 4 are needed`)
const losses = [0, 5, 10].flatMap((loss) =>
  [2, 5].flatMap((spread) => [5, 6, 10, 20].map((n) => simulatedPower(loss, spread, n))),
)
const {page, holds} = pageOf({where: await whereAndWhen(), invocations, draws: allDraws(invocations, STORED), losses})
process.stdout.write(page)
if (!holds) process.exitCode = 1
if (invocations.length >= INVOCATIONS_MIN)
  await writeFile(new URL('../../docs/gate-error-rates.md', import.meta.url), page)
