import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {runOf, writeComparableFiles} from '../docs/comparable-files.ts'
import {rewriteBlocks, wordsOf} from '../docs/tour.ts'
import {root, runCli} from './run-cli.ts'

let cwd: string
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'streambus-compare-pages-'))
  await writeComparableFiles(cwd)
})
afterAll(() => rm(cwd, {recursive: true, force: true}))

// `vitest -u` writes the page anew.
test('docs/compare.md shows what its commands print', async () => {
  const path = join(root, 'docs', 'compare.md')
  const page = await rewriteBlocks(await readFile(path, 'utf8'), async (command) => {
    const {exitCode, stdout, stderr} = await runCli(wordsOf(command), {cwd})
    expect([0, 2], stderr).toContain(exitCode)
    return stdout + stderr
  })
  await expect(page).toMatchFileSnapshot(path)
})

describe('docs/gate.md', () => {
  const pool = ['--set', 'storage.retention.bytes=64MiB', '--set', 'storage.wal.segment_size=16MiB']
  const hurried = [...pool, '--duration', '200ms', '--warmup', '50ms', '--count', '3']

  test('its commands run in their order', {timeout: 300_000}, async () => {
    const page = await readFile(join(root, 'docs', 'gate.md'), 'utf8')
    const blocks = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.trim().split('\n'))
    const commands = blocks.map((line) => wordsOf(line.replace(/\s+#.*$/, '')))
    expect(commands.map(([name]) => name)).toEqual(expect.arrayContaining(['bench', 'baseline', 'compare']))
    const gate = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
    await writeFile(join(cwd, 'gate.yaml'), gate)
    for (let run = 1; run <= 5; run += 1) await writeFile(join(cwd, `run-${run}.json`), runOf(1 + run / 1000, run))
    for (const words of [...commands, ['compare', 'main', 'candidate.json', '--gate', 'gate.yaml']]) {
      const {exitCode, stdout, stderr} = await runCli(words[0] === 'bench' ? [...words, ...hurried] : words, {cwd})
      // 1 is a verdict, and 4 says that this machine was too busy to measure.
      expect([0, 1, ...(words[0] === 'bench' ? [4] : [])], `${words.join(' ')}\n${stderr}`).toContain(exitCode)
      expect(stdout.trim()).not.toBe('')
      // What was measured in such a hurry decides nothing: what is compared is the same each time.
      if (words.includes('candidate.json')) await writeFile(join(cwd, 'candidate.json'), runOf(0.92, 9))
      if (words.includes('--save-baseline')) await runCli(['baseline', 'save', 'main', 'old.json'], {cwd})
    }
  })
})
