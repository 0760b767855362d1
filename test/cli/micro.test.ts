import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import type {Results} from '../../src/model/results.ts'
import {root, runCli} from './run-cli.ts'

const quick = ['bench', 'micro', '--case', 'Crc32/size=1024', '--count', '2', '--duration', '20ms']

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'streambus-cli-micro-'))
})
afterEach(() => rmSync(cwd, {recursive: true, force: true}))

test('--list names every case, and runs none', async () => {
  const {exitCode, stdout} = await runCli(['bench', 'storage', '--list'], {cwd})
  expect(exitCode).toBe(0)
  expect(stdout).toContain('Storage_AppendThroughput/LargeMsg_MediumBatch/size=10240/batch=100')
  expect(stdout).toContain('WAL_Append/fsync=always/size=1024/inflight=1')
  expect(readdirSync(cwd)).toEqual([])
})

test('a run is a baseline, is compared with it, is benchmark text, and is analyzed', async () => {
  const saved = await runCli([...quick, '--save-baseline', 'main', '--json'], {cwd})
  expect(saved.exitCode).toBe(0)
  const results = JSON.parse(saved.stdout) as Results
  expect(results.micro?.[0]?.samples).toHaveLength(2)
  const compared = await runCli([...quick, '--compare', 'main', '--format', 'gobench'], {cwd})
  expect(compared.exitCode).toBe(0)
  expect(compared.stdout).toMatch(/^BenchmarkCrc32\/size=1024-\d+ \d+ [\d.]+ ns\/op 0 B\/op 0 allocs\/op/m)
  expect(compared.stdout).toContain('Crc32/size=1024')
  const analysis = await runCli(['analyze', '--last'], {cwd})
  expect(analysis.exitCode).toBe(0)
  expect(analysis.stderr).not.toContain('no sample')
})

test('every example of its page runs as it is printed', async () => {
  const page = readFileSync(join(root, 'docs', 'micro-benchmarks.md'), 'utf8')
  const examples = [...page.matchAll(/^streambus (.+)$/gm)].map(([, line]) => (line ?? '').split(' '))
  expect(examples).toHaveLength(4)
  for (const args of examples) {
    const {exitCode, stderr} = await runCli(args, {cwd, timeoutMs: 110_000})
    expect(exitCode, `${args.join(' ')}\n${stderr}`).toBe(0)
  }
}, 240_000)
