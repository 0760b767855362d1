import {tmpdir} from 'node:os'
import {expect, test} from 'vitest'
import {runCli} from './run-cli.ts'

test.each([
  ['bench throughput --linger 5ms', '--linger means nothing in a closed loop'],
  ['bench throughput --target memory --keep-data', '--keep-data is about the embedded broker'],
  ['bench max-rate --target memory --data-dir d', '--data-dir is about the embedded broker'],
  ['bench throughput --time-max 1m', '--time-max needs --until-decided beside it.'],
  ['load stress --count 3', '--count means nothing in a climb'],
  ['tune --profile latency --force', '--force needs --write beside it.'],
])('%s is refused before anything runs', async (line, message) => {
  const {exitCode, stdout, stderr} = await runCli(line.split(' '), {cwd: tmpdir()})
  expect(stderr).toContain(message)
  expect([exitCode, stdout]).toEqual([2, ''])
})
