import {spawnSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {runCli} from './run-cli.ts'

const home = mkdtempSync(join(tmpdir(), 'streambus-completion-'))

beforeAll(async () => {
  const {exitCode} = await runCli(['autocomplete', 'bash'], {env: {HOME: home, XDG_CACHE_HOME: join(home, 'cache')}})
  expect(exitCode).toBe(0)
})
afterAll(() => rmSync(home, {recursive: true, force: true}))

test.each([
  ['streambus ben', 'bench'],
  ['streambus bench thr', 'throughput'],
  ['streambus bench throughput --mess', '--message-size'],
  ['streambus comp', 'compare'],
])('bash completes %j with %s', (line, completion) => {
  const script = join(home, 'cache', 'streambus', 'autocomplete', 'functions', 'bash', 'streambus.bash')
  expect(readFileSync(script, 'utf8')).toContain('_streambus_autocomplete')
  const words = line.split(' ')
  const bash = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"
    _streambus_autocomplete; printf '%s\\n' "\${COMPREPLY[@]}"`
  const {stdout} = spawnSync('bash', ['-c', bash, 'bash', script, ...words], {encoding: 'utf8'})
  expect(stdout.split('\n').map((word) => word.trim())).toContain(completion)
})
