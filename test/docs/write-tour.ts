import {spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {environmentOf} from '../../src/host/environment.ts'
import {rewriteTour, wordsOf} from './tour.ts'

/**
 * `npm run docs:tour`: runs the README's tour on this machine, unhurried, and writes its output into the
 * page. `-- --keep tune --keep profile` leaves what these commands printed the last time; nothing else
 * may be of another day than the line above the tour says.
 */
const root = join(import.meta.dirname, '..', '..')
const cwd = mkdtempSync(join(tmpdir(), 'streambus-tour-'))

const {values} = parseArgs({options: {keep: {type: 'string', multiple: true, default: []}}})

async function outputOf(command: string, before: string): Promise<string> {
  if (before !== '' && values.keep.includes(wordsOf(command)[0] ?? '')) return before
  process.stderr.write(`$ ${command}\n`)
  const run = spawnSync(process.execPath, [join(root, 'bin', 'run.js'), ...wordsOf(command)], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {...process.env, NO_COLOR: '1'},
  })
  if (run.status !== 0 && run.status !== 1) throw new Error(`${command} ended with ${run.status}`)
  return run.stdout.replaceAll(`${root}/`, '').replaceAll(`${cwd}/`, '') // paths of this machine say nothing to a reader
}

try {
  const {host, client} = await environmentOf({cwd: root, version: 'dev'})
  const date = new Date().toISOString().slice(0, 10)
  const machine = `${date}: ${host.cpuModel}, ${host.cpuCount} cores, Linux ${host.kernel}, Node ${client.node}.`
  await rewriteTour(root, machine, outputOf)
} finally {
  rmSync(cwd, {recursive: true, force: true})
}
