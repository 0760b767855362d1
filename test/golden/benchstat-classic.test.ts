import {readFileSync} from 'node:fs'
import {describe, expect, test} from 'vitest'
import {ClassicSeries, type ClassicSort} from '../../src/compare/classic/classic-series.ts'
import type {ClassicDeltaTest} from '../../src/compare/classic/delta.ts'
import {ClassicReader} from '../../src/compare/classic/read-lines.ts'
import {renderClassicCsv} from '../../src/render/classic-csv.ts'
import {renderClassicText} from '../../src/render/classic-text.ts'

/** Recorded from the real benchstat of before 2023: arguments, input files, and what it wrote. */
interface Case {
  readonly args: readonly string[]
  readonly files: Readonly<Record<string, string>>
  readonly stdout: string
}

const cases = JSON.parse(readFileSync(new URL('benchstat/cases-classic.json', import.meta.url), 'utf8')) as Case[]
const takesValue = new Set(['-delta-test', '-alpha', '-split', '-sort'])

function run({args, files}: Case): string {
  const flags = new Map<string, string>()
  let at = 0
  for (; args[at]!.startsWith('-'); at += 1) {
    const name = args[at]!
    if (takesValue.has(name)) at += 1
    flags.set(name, takesValue.has(name) ? args[at]! : '')
  }
  const series = new ClassicSeries({
    deltaTest: (flags.get('-delta-test') ?? 'utest') as ClassicDeltaTest,
    alpha: Number(flags.get('-alpha') ?? 0.05),
    geomean: flags.has('-geomean'),
    split: (flags.get('-split') ?? 'pkg,goos,goarch').split(',').filter((key) => key !== ''),
    sort: (flags.get('-sort') ?? 'none') as ClassicSort,
  })
  for (const path of args.slice(at)) {
    const reader = new ClassicReader()
    series.begin(path)
    for (const text of files[path]!.split('\n')) {
      const line = reader.read(text)
      if (line !== undefined) series.add(line)
    }
  }
  const comparison = series.compare()
  return flags.has('-csv') ? renderClassicCsv(comparison, !flags.has('-norange')) : renderClassicText(comparison)
}

describe('benchstat before 2023, recorded', () => {
  for (const [index, each] of cases.entries()) {
    test(`${index} ${each.args.join(' ')}`, () => expect(run(each)).toBe(each.stdout))
  }

  test('all recorded cases are here', () => {
    expect(cases).toHaveLength(60)
  })
})
