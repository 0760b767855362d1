import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {fullResults} from '../../test/fixtures/full-results.ts'
import type {Results} from '../model/results.ts'
import {createStore} from './create-store.ts'
import {formatResults} from './results-json.ts'

let cwd: string

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'streambus-store-'))
})

afterEach(async () => {
  await rm(cwd, {recursive: true, force: true})
})

const ID = '20261123T154012-latency'

test('what was saved is read back, and no lock or temporary file stays', async () => {
  const store = createStore({cwd})
  const file = await store.openResults(ID)
  await file.save({...fullResults, outcome: 'running'})
  await file.save(fullResults)
  await file.close()
  await file.close()
  expect(file.path).toBe(join(cwd, 'results', `${ID}.json`))
  expect(await store.readResults(file.path)).toEqual(fullResults)
  expect(await readdir(join(cwd, 'results'))).toEqual([`${ID}.json`])
})

test('the text names its schema first and keeps arrays of numbers on one line', async () => {
  const lines = formatResults(fullResults).split('\n')
  expect(lines[1]).toBe(' "schema": "streambus.results/1",')
  expect(lines.filter((line) => line.includes('"responseMaxNs": [200000,9000000]'))).toHaveLength(2)
  expect(JSON.parse(lines.join('\n'))).toEqual(fullResults)
})

test('results that break the schema are a bug, and the file keeps its content', async () => {
  const store = createStore({cwd})
  const file = await store.openResults(ID)
  await file.save(fullResults)
  const broken: Results = {...fullResults, seed: Number.NaN}
  await expect(file.save(broken)).rejects.toThrow(/seed: must be integer/)
  await file.save({...fullResults, seed: 8}) // a failed save does not block the next
  await file.close()
  expect((await store.readResults(file.path)).seed).toBe(8)
})

test('a second writer of one file is refused by the number of the process that holds it', async () => {
  const store = createStore({cwd})
  const first = await store.openResults(ID, 'mine.json')
  await expect(store.openResults(ID, 'mine.json')).rejects.toMatchObject({
    code: 'SB_OUTPUT_LOCKED',
    message: expect.stringContaining(`process ${process.pid}`),
  })
  await first.close()
  await (await store.openResults(ID, 'mine.json')).close()
})

test('two runs that start in the same second get a file each', async () => {
  const store = createStore({cwd})
  const first = await store.openResults(ID)
  const second = await store.openResults(ID)
  await first.save(fullResults)
  await first.close()
  await second.close()
  const third = await store.openResults(ID)
  await third.close()
  expect([second.path, third.path]).toEqual(Array(2).fill(join(cwd, 'results', `${ID}-2.json`)))
})

test('the lock of a dead process is taken over, also when its number was given away', async () => {
  const store = createStore({cwd})
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  const host = (await import('node:os')).hostname()
  const dead = {pid: child.pid, startTicks: '1', host, token: 'x'}
  const reused = {pid: process.pid, startTicks: '1', host, token: 'x'} // this process did not start at tick 1
  for (const text of [JSON.stringify(dead), JSON.stringify(reused), '', '{"pid":']) {
    await writeFile(join(cwd, 'mine.json.lock'), text)
    await (await store.openResults(ID, 'mine.json')).close()
  }
  expect(await readdir(cwd)).toEqual([])
})

test('a lock from another machine counts as held', async () => {
  const lock = {pid: 1, startTicks: '1', host: 'elsewhere.example', token: 'x'}
  await writeFile(join(cwd, 'mine.json.lock'), JSON.stringify(lock))
  await expect(createStore({cwd}).openResults(ID, 'mine.json')).rejects.toMatchObject({
    code: 'SB_OUTPUT_LOCKED',
    message: expect.stringContaining('process 1 on elsewhere.example'),
  })
})

test('of many processes that race for one file with a dead lock, one at a time holds it', async () => {
  const dead = {pid: 2 ** 22 + 1, startTicks: '1', host: (await import('node:os')).hostname(), token: 'x'}
  await writeFile(join(cwd, 'mine.json.lock'), JSON.stringify(dead))
  const store = JSON.stringify(new URL('./create-store.ts', import.meta.url).href)
  const program = `
    import {createStore} from ${store}
    import {appendFileSync} from 'node:fs'
    const store = createStore({cwd: ${JSON.stringify(cwd)}})
    for (let round = 0; round < 40; round++) {
      try {
        const file = await store.openResults('x', 'mine.json')
        appendFileSync(${JSON.stringify(join(cwd, 'journal'))}, '+' + process.pid + '\\n')
        await new Promise((done) => setTimeout(done, 1))
        appendFileSync(${JSON.stringify(join(cwd, 'journal'))}, '-' + process.pid + '\\n')
        await file.close()
      } catch (error) {
        if (error.code !== 'SB_OUTPUT_LOCKED') throw error
      }
      await new Promise((done) => setTimeout(done, Math.random() * 3))
    }`
  const children = Array.from({length: 3}, () =>
    spawn(process.execPath, ['--input-type=module', '-e', program], {stdio: ['ignore', 'inherit', 'inherit']}),
  )
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]))
  expect(codes).toEqual([0, 0, 0])
  const journal = (await readFile(join(cwd, 'journal'), 'utf8')).trim().split('\n')
  journal.forEach((entry, index) => {
    // Entries come in pairs of one process: nobody entered between its `+` and its `-`.
    if (index % 2 === 1) expect(entry).toBe(journal[index - 1]!.replace('+', '-'))
  })
})

test('a writer killed before its rename leaves the old content; the next writer clears up', async () => {
  const store = createStore({cwd})
  const file = await store.openResults(ID, 'mine.json')
  await file.save(fullResults)
  await file.close()
  await writeFile(join(cwd, '.mine.json.4711-abcd.tmp'), formatResults(fullResults).slice(0, 1000))
  expect(await store.readResults('mine.json')).toEqual(fullResults)
  await (await store.openResults(ID, 'mine.json')).close()
  expect(await readdir(cwd)).toEqual(['mine.json'])
})

test('an interrupted process that is killed at any time never leaves a broken file', async () => {
  const modules = ['./create-store.ts', '../../test/fixtures/full-results.ts']
  const [store, fixture] = modules.map((path) => JSON.stringify(new URL(path, import.meta.url).href))
  const program = `
    import {createStore} from ${store}
    import {fullResults} from ${fixture}
    const file = await createStore({cwd: ${JSON.stringify(cwd)}}).openResults('x', 'mine.json')
    for (let seed = 0; ; seed++) {
      await file.save({...fullResults, seed})
      if (seed === 0) process.stdout.write('saved')
    }`
  for (const delayMs of [0, 3, 8, 15]) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    await new Promise((done) => setTimeout(done, delayMs))
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect((await createStore({cwd}).readResults('mine.json')).id).toBe(fullResults.id)
  }
})

test('a folder, a device, a path through a file and foreign content are refused, and stay as they were', async () => {
  const store = createStore({cwd})
  await mkdir(join(cwd, 'folder'))
  await writeFile(join(cwd, 'notes.txt'), 'my notes')
  const refused = {code: 'SB_OUTPUT_UNWRITABLE'}
  await expect(store.openResults(ID, 'folder')).rejects.toMatchObject({
    ...refused,
    hint: expect.stringContaining(join(cwd, 'folder', `${ID}.json`)),
  })
  await expect(store.openResults(ID, '/dev/null')).rejects.toMatchObject(refused)
  await expect(store.openResults(ID, 'notes.txt/x.json')).rejects.toMatchObject(refused)
  await expect(store.openResults(ID, 'notes.txt')).rejects.toMatchObject({
    ...refused,
    message: expect.stringContaining('is not a results file'),
  })
  await expect(store.openResults(ID, '/proc/none/x.json')).rejects.toMatchObject(refused)
  expect(await readFile(join(cwd, 'notes.txt'), 'utf8')).toBe('my notes')
})

test.skipIf(process.getuid?.() === 0)('a folder without permission is refused', async () => {
  await mkdir(join(cwd, 'closed'))
  await chmod(join(cwd, 'closed'), 0o500)
  await expect(createStore({cwd}).openResults(ID, 'closed/x.json')).rejects.toMatchObject({
    code: 'SB_OUTPUT_UNWRITABLE',
    message: expect.stringContaining('permission denied'),
  })
})

test('a link is followed, not replaced', async () => {
  const store = createStore({cwd})
  await writeFile(join(cwd, 'real.json'), '')
  await symlink('real.json', join(cwd, 'link.json'))
  const file = await store.openResults(ID, 'link.json')
  await file.save(fullResults)
  await file.close()
  expect(await store.readResults('real.json')).toEqual(fullResults)
})

test('the last results are the newest run by its id; files without one go by their time of change', async () => {
  const store = createStore({cwd})
  await expect(store.lastResultsPath()).rejects.toMatchObject({code: 'SB_INPUT_NOT_FOUND'})
  await store.saveBaseline('main', fullResults)
  await expect(store.lastResultsPath()).rejects.toMatchObject({code: 'SB_INPUT_NOT_FOUND'})
  const at = async (name: string, day: string) => {
    await writeFile(join(cwd, 'results', name), formatResults(fullResults))
    await utimes(join(cwd, 'results', name), new Date(day), new Date(day))
  }
  await at('20261123T154012-latency.json', '2026-11-30')
  await at('20261124T010000-throughput.json', '2026-11-20')
  expect(await store.lastResultsPath()).toBe(join(cwd, 'results', '20261124T010000-throughput.json'))
  await at('mine.json', '2026-11-25')
  expect(await store.lastResultsPath()).toBe(join(cwd, 'results', 'mine.json'))
  await writeFile(join(cwd, 'results', 'foreign.json'), '{"a": 1}')
  await writeFile(join(cwd, 'results', '.mine.json.1-ff.tmp'), formatResults(fullResults))
  expect(await store.lastResultsPath()).toBe(join(cwd, 'results', 'mine.json'))
})

test('baselines are results files of a safe name', async () => {
  const store = createStore({cwd})
  await expect(store.baselinePath('main')).rejects.toMatchObject({code: 'SB_BASELINE_NOT_FOUND'})
  const path = await store.saveBaseline('main', fullResults)
  expect(await store.baselinePath('main')).toBe(path)
  expect(await store.readResults(path)).toEqual({...fullResults, baseline: expect.objectContaining({name: 'main'})})
  await store.saveBaseline('main', {...fullResults, seed: 9})
  expect((await store.readResults(path)).seed).toBe(9)
  await expect(store.baselinePath('mian')).rejects.toMatchObject({hint: 'Saved baselines: main.'})
  for (const name of ['', '.', '..', '../x', 'a/b', 'a b', 'x'.repeat(101), '.hidden']) {
    await expect(store.saveBaseline(name, fullResults)).rejects.toMatchObject({code: 'SB_USAGE'})
    await expect(store.baselinePath(name)).rejects.toMatchObject({code: 'SB_USAGE'})
  }
})
