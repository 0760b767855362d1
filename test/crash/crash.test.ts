import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {seededRandom} from '../../src/base/random.ts'
import {CrashRun, type FsyncPolicy} from './crash-run.ts'

// A kill keeps the page cache, so nothing that was acknowledged may be gone, whatever the policy. `npm run test:crash`
// kills a hundred times.

const kills = Number(process.env.STREAMBUS_CRASH_KILLS ?? 6)
const policies: readonly FsyncPolicy[] = ['always', 'interval', 'never']

let dataDir: string
let run: CrashRun | undefined

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'streambus-crash-'))
})
afterEach(async () => {
  await run?.end()
  await rm(dataDir, {recursive: true, force: true})
})

test.for(policies)(
  'a broker under load, killed again and again under `%s`, has lost nothing',
  {timeout: 60_000 + kills * 5000},
  async (policy, {annotate}) => {
    const turn = policies.indexOf(policy)
    run = new CrashRun(dataDir, policy, seededRandom(turn + 1))
    await run.killAndStart(Math.ceil((kills - turn) / policies.length))
    await annotate(JSON.stringify(run.outcome))
    expect(run.outcome).toMatchObject({lost: 0})
    expect(run.outcome.acked).toBeGreaterThan(0)
  },
)
