import {fileURLToPath} from 'node:url'
import {Args, Flags} from '@oclif/core'
import {afterEach, describe, expect, test, vi} from 'vitest'
import {ExitCode} from '../base/errors.ts'
import {BaseCommand} from './base-command.ts'
import {countFlag, durationFlag, rateFlag, sizeFlag} from './flags.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

class Probe extends BaseCommand {
  static override id = 'bench:probe'
  static override args = {file: Args.string()}
  static override flags = {
    duration: durationFlag({default: 10_000_000_000}),
    'message-size': sizeFlag({multiple: true, delimiter: ',', default: [1024, 100], aliases: ['size']}),
    rate: rateFlag({exclusive: ['closed']}),
    closed: Flags.boolean(),
    count: countFlag({min: 1, default: 6}),
    format: Flags.string({options: ['text', 'gobench']}),
  }

  async run() {
    const {args, flags} = await this.parse(Probe)
    const {duration, rate, count, 'message-size': sizes} = flags
    this.log('the table')
    if (count === 1) this.finishWith(ExitCode.badVerdict)
    return {file: args.file, duration, rate, count, sizes}
  }
}

const run = (...argv: string[]) => Probe.run(argv, root)

afterEach(() => {
  process.exitCode = undefined
  vi.restoreAllMocks()
})

describe('flags that take a quantity', () => {
  test('defaults are base units', async () => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    expect(await run()).toEqual({duration: 10_000_000_000, sizes: [1024, 100], rate: undefined, count: 6})
  })

  test('values are read with their units, lists by commas, aliases like the name', async () => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    expect(await run('a.json', '--duration', '500ms', '--size', '64KiB,1MB', '--rate=50k/s', '--count', '2')).toEqual({
      file: 'a.json',
      duration: 500_000_000,
      sizes: [65_536, 1_000_000],
      rate: 50_000,
      count: 2,
    })
  })

  test('the help shows defaults as they would be typed', async () => {
    const shown = async (flag: {defaultHelp?: unknown; default?: unknown}) =>
      typeof flag.defaultHelp === 'function' ? await flag.defaultHelp({options: flag, flags: {}}) : undefined
    expect(await shown(Probe.flags.duration)).toBe('10s')
    expect(await shown(Probe.flags['message-size'])).toBe('1KiB,100B')
    expect(await shown(Probe.flags.count)).toBe('6')
    expect(await shown(Probe.flags.rate)).toBeUndefined()
    expect(await shown(sizeFlag({default: 0}))).toBe('0B')
  })
})

describe('errors of usage', () => {
  test.each([
    [
      ['--mesage-size', '1'],
      'SB_UNKNOWN_FLAG',
      'Unknown flag --mesage-size of "streambus bench probe".',
      '--message-size',
    ],
    [['--durations=1s'], 'SB_UNKNOWN_FLAG', 'Unknown flag --durations=1s of "streambus bench probe".', '--duration'],
    [
      ['--xyzzy'],
      'SB_UNKNOWN_FLAG',
      'Unknown flag --xyzzy of "streambus bench probe".',
      'streambus bench probe --help',
    ],
    [['--count', '0'], 'SB_USAGE', '--count: "0" is too small: at least 1 is needed', 'streambus bench probe --help'],
    [['--count'], 'SB_USAGE', 'Flag --count expects a value', 'streambus bench probe --help'],
    [['a', 'b'], 'SB_USAGE', 'Unexpected argument: b', 'streambus bench probe --help'],
    [
      ['--format', 'xml'],
      'SB_USAGE',
      'Expected --format=xml to be one of: text, gobench',
      'streambus bench probe --help',
    ],
  ])('%j', async (argv, code, message, hint) => {
    await expect(run(...argv)).rejects.toMatchObject({code, message, hint, exitCode: 2})
  })

  test('flags that exclude each other are both named', async () => {
    await expect(run('--rate', '5', '--closed')).rejects.toMatchObject({
      code: 'SB_USAGE',
      message: expect.stringMatching(/--rate[\s\S]*--closed|--closed[\s\S]*--rate/),
    })
  })
})

describe('output', () => {
  function captured(): string[] {
    const parts: string[] = []
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      parts.push(String(text))
      return true
    })
    return parts
  }

  test('without --json the rendering is printed, with it only the result', async () => {
    const text = captured()
    await run('--count', '2')
    expect(text.join('')).toBe('the table\n')
    text.length = 0
    await run('--count', '2', '--json')
    expect(JSON.parse(text.join(''))).toEqual({duration: 10_000_000_000, count: 2, sizes: [1024, 100]})
  })

  test('a bad verdict is an exit code, not an error', async () => {
    captured()
    await run('--count', '1')
    expect(process.exitCode).toBe(1)
  })
})
