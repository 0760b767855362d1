import {execFileSync, spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {SeriesComparison} from '../../src/compare/compare.ts'
import {itemsOfResults} from '../../src/compare/from-results.ts'
import {renderComparisonText} from '../../src/render/comparison-text.ts'
import {renderGoBench} from '../../src/render/go-bench.ts'
import {seriesResults} from '../fixtures/series-results.ts'

// The real benchstat: `go install golang.org/x/perf/cmd/benchstat@latest`, on PATH or named.
const benchstat = process.env.STREAMBUS_BENCHSTAT ?? 'benchstat'
const isThere = spawnSync(benchstat, ['-h'], {stdio: 'ignore'}).error === undefined

describe.skipIf(!isThere)('the real benchstat reads what we print', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'streambus-benchstat-'))
  })
  afterAll(() => rmSync(folder, {recursive: true, force: true}))

  const old = seriesResults({
    throughput: [612_345.5, 610_001, 615_200.25, 609_800, 611_111, 613_950],
    latency: [451_000, 447_123, 460_001, 455_555, 449_998, 452_100],
  })
  const next = seriesResults({
    throughput: [550_345.5, 549_001, 551_200.25, 548_800, 552_111, 550_950],
    latency: [450_999, 447_124, 460_000, 455_556, 449_997, 452_101],
  })

  test.each([[[]], [['-col', '/size']], [['-row', '.name']], [['-filter', '.unit:p99-ns']]])(
    'to the same tables as compare makes of the results files %j',
    (flags: string[]) => {
      writeFileSync(join(folder, 'old.txt'), renderGoBench(old))
      writeFileSync(join(folder, 'new.txt'), renderGoBench(next))
      const theirs = execFileSync(benchstat, [...flags, 'old=old.txt', 'new=new.txt'], {cwd: folder, encoding: 'utf8'})
      const query = Object.fromEntries(flags.length === 0 ? [] : [[flags[0]!.slice(1), flags[1]!]])
      const ours = new SeriesComparison({alpha: 0.05, confidence: 0.95, ...query})
      ours.add('old', 'old', itemsOfResults(old).items)
      ours.add('new', 'new', itemsOfResults(next).items)
      expect(renderComparisonText({tables: ours.tables()})).toBe(theirs)
      expect(theirs).toContain('embedded')
    },
  )

  test('an invalid sample stays out of the table of the valid ones', () => {
    const mixed = seriesResults({latency: [1e6, 9e6, 1e6], invalidLatency: [1]})
    writeFileSync(join(folder, 'mixed.txt'), renderGoBench(mixed))
    const theirs = execFileSync(benchstat, ['-format', 'csv', 'mixed.txt'], {cwd: folder, encoding: 'utf8'})
    expect(theirs).toContain('verdict: invalid (generator-late)')
    expect(theirs).toContain('ProduceLatency/size=1024/rate=20000-2,0.001,')
  })
})
