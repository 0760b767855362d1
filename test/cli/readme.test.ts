import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from 'vitest'
import {tourBlocks, wordsOf} from '../docs/tour.ts'
import {root, runCli} from './run-cli.ts'

/** The README's commands, in its order and one folder, with less to measure: what they print is real on the page. */
const pool = ['--set', 'storage.retention.bytes=64MiB', '--set', 'storage.wal.segment_size=16MiB']
const hurried: Readonly<Record<string, readonly string[]>> = {
  bench: [...pool, '--duration', '200ms', '--warmup', '50ms', '--count', '2'],
  'bench max-rate': [...pool, '--time-max', '10s'],
  load: [...pool, '--duration', '500ms', '--warmup', '50ms', '--target-rate', '2k/s'],
  profile: [...pool, '--duration', '500ms', '--warmup', '50ms'],
  tune: ['--pairs', '1', '--duration', '200ms', '--warmup', '50ms'],
}

/** 1 is a verdict about a figure, 4 says that this machine was too busy to measure: both are honest answers of a test run. */
const allowed: Readonly<Record<string, readonly number[]>> = {
  bench: [0, 4],
  load: [0, 4],
  tune: [0, 4],
  analyze: [0, 1],
}

/** The command with less to measure: a flag that it has itself is replaced, for none may come twice. */
function hurriedWords(words: readonly string[]): string[] {
  const extra = hurried[words.slice(0, 2).join(' ')] ?? hurried[words[0] ?? ''] ?? []
  const kept = words.filter((word, index) => {
    const isReplaced = (flag: string | undefined) => flag?.startsWith('--') && flag !== '--set' && extra.includes(flag)
    return !isReplaced(word) && !isReplaced(words[index - 1])
  })
  return [...kept, ...extra]
}

describe('the README', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'streambus-readme-'))
  afterAll(() => rmSync(cwd, {recursive: true, force: true}))
  const commands = tourBlocks(readFileSync(join(root, 'README.md'), 'utf8')).flatMap((block) => block.commands)

  test('shows every command of the loop', () => {
    const first = new Set(commands.map((command) => wordsOf(command)[0]))
    expect([...first].sort()).toEqual(['analyze', 'bench', 'compare', 'load', 'profile', 'tune'])
  })

  test('shows what each command printed, and where', () => {
    const text = readFileSync(join(root, 'README.md'), 'utf8')
    for (const block of tourBlocks(text)) {
      const lines = text.slice(block.start, block.end).trim().split('\n')
      expect(lines.length, block.commands.join()).toBeGreaterThan(block.commands.length)
    }
    expect(text).toMatch(/tour:machine -->\n\*20\d\d-\d\d-\d\d: .*cores.*Node/)
  })

  for (const command of commands) {
    test(`$ ${command}`, {timeout: 180_000}, async () => {
      const words = wordsOf(command)
      const [name = ''] = words
      const {exitCode, stdout, stderr} = await runCli(hurriedWords(words), {cwd, timeoutMs: 170_000})
      expect(allowed[name] ?? [0], stderr).toContain(exitCode)
      expect(stdout.trim()).not.toBe('')
    })
  }
})
