import {execFileSync, spawnSync} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {root, runCli} from './run-cli.ts'

const packageJson: {version: string; engines: {node: string}} = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
)

describe('version and help', () => {
  test.each(['--version', '-v'])('%s names program, version and Node', async (flag) => {
    const {exitCode, stdout, stderr} = await runCli([flag])
    expect(stdout).toMatch(new RegExp(`^streambus/${packageJson.version} \\S+ node-${process.version}\\n$`))
    expect([exitCode, stderr]).toEqual([0, ''])
  })

  test.each([['--help'], ['-h'], ['help'], []])('help on %j fits 80 columns, examples first', async (...args) => {
    const {exitCode, stdout} = await runCli(args.filter((arg) => arg !== undefined))
    expect(exitCode).toBe(0)
    expect(stdout.indexOf('EXAMPLES')).toBeGreaterThan(0)
    expect(stdout.indexOf('EXAMPLES')).toBeLessThan(stdout.indexOf('USAGE'))
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  test('every command has examples, which stand before its flags, within 80 columns', async () => {
    const manifest: {commands: Record<string, {summary?: string; examples?: unknown[]}>} = JSON.parse(
      readFileSync(join(root, 'oclif.manifest.json'), 'utf8'),
    )
    for (const [id, {summary, examples}] of Object.entries(manifest.commands)) {
      expect(summary, `${id} has a summary`).toBeTruthy()
      expect(examples?.length ?? 0, `${id} has examples`).toBeGreaterThan(0)
      const {exitCode, stdout} = await runCli([...id.split(':'), '--help'])
      expect(exitCode, id).toBe(0)
      expect(stdout.indexOf('EXAMPLES'), id).toBeGreaterThan(0)
      if (stdout.includes('FLAGS')) expect(stdout.indexOf('EXAMPLES'), id).toBeLessThan(stdout.indexOf('FLAGS'))
      const wide = stdout.split('\n').filter((line) => line.length > 80 && !line.includes('$ streambus'))
      expect(wide, id).toEqual([])
    }
  }, 120_000)
})

describe('mistyped words', () => {
  test('what other tools call it is understood, and arguments are not quoted', async () => {
    const {stderr} = await runCli(['baseline', 'rm', 'old', 'main'])
    expect(stderr).toContain('Error: There is no command "baseline rm".\nTry:   streambus baseline remove\n')
    expect((await runCli(['comapre', 'a.json', 'b.json'])).stderr).toContain('There is no command "comapre".')
  })

  test('a command gets the nearest one, and nobody is asked', async () => {
    const {exitCode, stdout, stderr} = await runCli(['bench', 'througput', '--duration', '5s'])
    expect(exitCode).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toBe(
      [
        'Error: There is no command "bench througput".',
        'Try:   streambus bench throughput',
        'Code:  SB_UNKNOWN_COMMAND (exit 2)',
        '',
      ].join('\n'),
    )
  })

  test.each([
    [['compre', 'a.json', 'b.json'], 'streambus compare'],
    [['throughput'], 'streambus bench throughput'],
    [['bench', 'latencyy', '--help'], 'streambus bench latency'],
    [['help', 'analyse'], 'streambus analyze'],
  ])('%j: %s', async (args, suggestion) => {
    const {exitCode, stderr} = await runCli(args, {env: {CI: 'true'}})
    expect(exitCode).toBe(2)
    expect(stderr).toContain(`Try:   ${suggestion}\n`)
  })

  test.each([[['benhc']], [['bench', 'throughput', '--duratoin', '1s']], [['compare']]])(
    '%j with a stdin that stays open: answered at once, nobody is waited for',
    async (args) => {
      const {exitCode, signal, stderr} = await runCli(args, {stdin: 'open', timeoutMs: 20_000})
      expect([exitCode, signal]).toEqual([2, null])
      expect(stderr).toMatch(/^Error: [^?]*\n/)
    },
  )

  test('a word like nothing leads to the help', async () => {
    const {exitCode, stderr} = await runCli(['xyzzy'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('Try:   streambus --help')
  })

  test('a flag gets the nearest of its command', async () => {
    const {exitCode, stdout, stderr} = await runCli(['bench', 'throughput', '--mesage-size', '100'])
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toBe(
      [
        'Error: Unknown flag --mesage-size of "streambus bench throughput".',
        'Try:   --message-size',
        'Code:  SB_UNKNOWN_FLAG (exit 2)',
        '',
      ].join('\n'),
    )
  })

  test('a value that is no duration names the units, with its flag', async () => {
    const {exitCode, stderr} = await runCli(['bench', 'latency', '--duration', '10'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('Error: --duration: "10" is not a duration: write a number with ns, us, ms, s, m or h')
  })

  test('with --json the error is JSON on stdout, and nothing else is printed', async () => {
    const {exitCode, stdout, stderr} = await runCli(['analyze', '--jsn', '--json'])
    expect(exitCode).toBe(2)
    expect(JSON.parse(stdout)).toEqual({
      error: {code: 'SB_UNKNOWN_FLAG', message: 'Unknown flag --jsn of "streambus analyze".', hint: '--json'},
    })
    expect(stderr).toBe('')
  })
})

describe('ends', () => {
  /** A module that breaks the program from outside, loaded before it. */
  const inject = (code: string) => [`data:text/javascript,${encodeURIComponent(code)}`]

  test.each([
    ['an exception nobody caught', "setTimeout(() => { throw new Error('kaput') }, 0)"],
    ['a rejection nobody handled', "setTimeout(() => Promise.reject(new Error('kaput')), 0)"],
    ['a throw inside a command', "process.cwd = () => { throw new Error('kaput') }"],
  ])('%s is a bug: 70, no stack', async (_, code) => {
    const {exitCode, stdout, stderr} = await runCli(['analyze', '--last'], {imports: inject(code)})
    expect([exitCode, stdout]).toEqual([70, ''])
    expect(stderr).toBe(
      [
        'Error: kaput',
        'This is a bug of streambus, not a mistake of yours.',
        'Try:   the same command with --debug, and report what it prints',
        'Code:  SB_BUG (exit 70)',
        '',
      ].join('\n'),
    )
  })

  test('--debug prints the stack', async () => {
    const code = "process.cwd = () => { throw new Error('kaput') }"
    const {exitCode, stderr} = await runCli(['analyze', '--last', '--debug'], {imports: inject(code)})
    expect(exitCode).toBe(70)
    expect(stderr).toMatch(/\n {4}at /)
  })

  test('a reader that leaves early is no error', () => {
    const command = `"${process.execPath}" "${join(root, 'bin', 'run.js')}" --help | true; echo "\${PIPESTATUS[0]}"`
    const {stdout, stderr} = spawnSync('bash', ['-c', command], {encoding: 'utf8'})
    expect([stdout, stderr]).toEqual(['0\n', ''])
  })
})

test.skipIf(!existsSync('/dev/full'))('output that cannot be written is said, not lost', () => {
  const command = `"${process.execPath}" "${join(root, 'bin', 'run.js')}" --help >/dev/full`
  const {status, stderr} = spawnSync('bash', ['-c', command], {encoding: 'utf8'})
  expect(status).toBe(2)
  expect(stderr).toContain('Error: Standard output cannot be written: ENOSPC')
  expect(stderr).toContain('Code:  SB_OUTPUT_UNWRITABLE (exit 2)')
})

describe('the launcher', () => {
  const nodeVersionProblem: (found: string, range: string) => string | undefined = createRequire(import.meta.url)(
    '../../bin/node-version.js',
  )

  test.each(['22.22.0', '22.23.1', '23.0.0', '26.10.0'])('Node %s is new enough for >=22.22', (found) => {
    expect(nodeVersionProblem(found, '>=22.22')).toBeUndefined()
  })

  test.each(['8.17.0', '20.20.2', '22.21.9', '22.3.0'])('Node %s is told what is needed and how', (found) => {
    const problem = nodeVersionProblem(found, '>=22.22')
    expect(problem).toBe(
      `Error: streambus needs Node 22.22 or newer and this is ${found}: ` +
        '`npm ci && npx streambus` in its folder brings a Node of its own (exit 2)',
    )
  })

  test('the real range of package.json can be read', () => {
    expect(nodeVersionProblem(process.versions.node, packageJson.engines.node)).toBeUndefined()
  })

  test('on an older Node of this machine it is one line and exit code 2', async (context) => {
    const older = olderNode()
    if (older === undefined) return context.skip('no Node older than the engines range is installed')
    const {exitCode, stdout, stderr} = await runCli(['--version'], {node: older})
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(stderr).toContain('streambus needs Node')
  })
})

/** A `node` on PATH that is too old for the program, if the machine has one. */
function olderNode(): string | undefined {
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => !folder.includes('node_modules'))
  return folders
    .map((folder) => join(folder, 'node'))
    .find((path) => {
      const {status, stdout} = spawnSync(path, ['--version'], {encoding: 'utf8'})
      return status === 0 && Number(/^v(\d+)/.exec(stdout)?.[1]) < 22
    })
}

describe('npm pack', () => {
  const [packed]: {files: {path: string}[]}[] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )
  const paths = packed!.files.map(({path}) => path)

  test('holds what runs', () => {
    expect(paths).toEqual(
      expect.arrayContaining([
        'package.json',
        'oclif.manifest.json',
        'bin/run.js',
        'bin/start.js',
        'bin/node-version.js',
        'dist/src/cli/main.js',
        'dist/commands/help.js',
        'docs/results.schema.json',
        'profiles/latency.yaml',
        'README.md',
      ]),
    )
  })

  test('and nothing else', () => {
    const unwanted =
      /\.ts$|\.map$|\.test\.|\/testing\/|fixtures|^(src|commands|test|node_modules|\.ci)\/|build\.js$|\.config\./
    expect(paths.filter((path) => unwanted.test(path))).toEqual([])
    const places =
      /^(bin\/|dist\/|profiles\/|docs\/workloads\.md|docs\/(results|workload)\.schema\.json$|results\/README\.md$|[^/]+$)/
    expect(paths.filter((path) => !places.test(path))).toEqual([])
  })
})
