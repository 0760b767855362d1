import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, onTestFinished, test} from 'vitest'
import {fullResults} from '../../test/fixtures/full-results.ts'
import {createStore} from './create-store.ts'

test('processes that save, remove and read one baseline at once wait for each other and see a whole file or none', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'streambus-baselines-'))
  onTestFinished(() => rm(cwd, {recursive: true, force: true}))
  const modules = ['./create-store.ts', '../../test/fixtures/full-results.ts']
  const [store, fixture] = modules.map((path) => JSON.stringify(new URL(path, import.meta.url).href))
  const program = `
    import {createStore} from ${store}
    import {fullResults} from ${fixture}
    const store = createStore({cwd: ${JSON.stringify(cwd)}})
    const gone = ['SB_BASELINE_NOT_FOUND', 'SB_INPUT_NOT_FOUND']
    for (let round = 0; round < 24; round++) {
      await store.saveBaseline('main', {...fullResults, seed: round})
      try {
        if (round % 8 === 7) await store.removeBaseline('main')
        await store.readResults(await store.baselinePath('main'))
      } catch (error) {
        if (!gone.includes(error.code)) throw error
      }
    }`
  const children = Array.from({length: 3}, () =>
    spawn(process.execPath, ['--input-type=module', '-e', program], {stdio: ['ignore', 'inherit', 'inherit']}),
  )
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]))
  expect(codes).toEqual([0, 0, 0])
  const last = createStore({cwd})
  const path = await last.saveBaseline('main', fullResults)
  expect((await last.readResults(path)).baseline?.name).toBe('main')
  expect(await readdir(join(cwd, 'results', 'baselines'))).toEqual(['main.json'])
})
