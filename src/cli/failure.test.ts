import {CLIError, ExitError} from '@oclif/core/errors'
import {describe, expect, test} from 'vitest'
import {StreambusError} from '../base/errors.ts'
import {renderFailure, toFailure} from './failure.ts'
import {reportFailure} from './main.ts'

function spool() {
  const out: string[] = []
  const err: string[] = []
  return {out, err, stdout: (text: string) => out.push(text), stderr: (text: string) => err.push(text)}
}

describe('exit codes: nothing that was thrown gives 1', () => {
  test.each([
    ['an expected failure', new StreambusError('SB_TARGET_UNREACHABLE', 'x'), 3],
    ['an invalid measurement', new StreambusError('SB_GENERATOR_LIMITED', 'x'), 4],
    ['an interruption', new StreambusError('SB_INTERRUPTED', 'x'), 130],
    ['an error of usage', new CLIError('Unexpected argument', {exit: 2}), 2],
    ["oclif's unknown command", new CLIError('command x not found', {exit: 127}), 2],
    ['a broken installation', new CLIError('cannot load', {exit: 1}), 70],
    ['a bug', new TypeError('x is undefined'), 70],
    ['a thrown text', 'x', 70],
    ['nothing at all', undefined, 70],
    ['a full disk', Object.assign(new Error('ENOSPC: no space left on device'), {code: 'ENOSPC'}), 3],
    ['exit(0)', new ExitError(0), 0],
    ['exit(1), which only a verdict may use', new ExitError(1), 70],
  ])('%s', (_, error, exitCode) => {
    expect(toFailure(error, 'streambus').exitCode).toBe(exitCode)
  })
})

test('a failure says what happened, what to do, and its code', () => {
  const text = renderFailure({
    code: 'SB_TARGET_UNREACHABLE',
    message: 'No answer from 127.0.0.1:9.',
    hint: 'streambus broker\nor another --target',
  })
  expect(text).toBe(
    'Error: No answer from 127.0.0.1:9.\nTry:   streambus broker\n       or another --target\nCode:  SB_TARGET_UNREACHABLE (exit 3)\n',
  )
})

test('with --json the error is the only output, on stdout', () => {
  const streams = spool()
  const error = new StreambusError('SB_INPUT_EMPTY', 'a.json is empty', {hint: 'run it again'})
  expect(reportFailure(error, ['analyze', 'a.json', '--json'], streams)).toBe(2)
  expect(JSON.parse(streams.out.join(''))).toEqual({
    error: {code: 'SB_INPUT_EMPTY', message: 'a.json is empty', hint: 'run it again'},
  })
  expect(streams.err).toEqual([])
})

test('a --json after -- is not a flag', () => {
  const streams = spool()
  reportFailure(new StreambusError('SB_USAGE', 'x'), ['analyze', '--', '--json'], streams)
  expect(streams.out).toEqual([])
  expect(streams.err.join('')).toContain('Error: x')
})

test('--debug shows the cause of an error', () => {
  const streams = spool()
  const error = new StreambusError('SB_STORAGE_FAILED', 'write failed', {cause: new Error('EIO at sector 7')})
  reportFailure(error, ['broker', '--debug'], streams)
  expect(streams.err.join('')).toContain('EIO at sector 7')
})
