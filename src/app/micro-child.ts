import {type ChildProcess, spawn} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {entryUrl} from '../base/entries.ts'
import {fromErrorRecord, StreambusError} from '../base/errors.ts'
import type {FromMicro, ToMicro} from '../model/micro-messages.ts'

/** V8 counts exactly only when it does not make one allocation of several neighbours. */
const COUNTING_EXEC_ARGV = ['--no-turbo-allocation-folding']
/** What is kept of a process's last words. */
const STDERR_CHARS_MAX = 2000

/**
 * Asks a fresh process of `src/micro` one thing. Its stdin is a pipe that only we hold, so that it
 * ends when we do. Rejects with what the case failed with, or SB_INTERRUPTED when `signal` aborts.
 */
export async function askMicroProcess<K extends FromMicro['kind']>(
  request: ToMicro,
  answerKind: K,
  signal: AbortSignal,
): Promise<Extract<FromMicro, {kind: K}>> {
  const execArgv = request.kind === 'count-allocations' ? COUNTING_EXEC_ARGV : []
  const entry = fileURLToPath(entryUrl(import.meta.url, '../micro/micro-process'))
  const child = spawn(process.execPath, [...execArgv, entry], {stdio: ['pipe', 'ignore', 'pipe', 'ipc']})
  const kill = () => child.kill('SIGKILL')
  signal.addEventListener('abort', kill, {once: true})
  try {
    if (signal.aborted) throw interrupted()
    const answer = await answerOf(child, request)
    if (answer?.kind === 'failed') throw fromErrorRecord(answer.error)
    if (signal.aborted || answer === undefined) throw interrupted()
    if (answer.kind !== answerKind) throw new Error(`asked for ${answerKind}, was answered ${answer.kind}`)
    return answer as Extract<FromMicro, {kind: K}>
  } finally {
    signal.removeEventListener('abort', kill)
    kill()
  }
}

function interrupted(): StreambusError {
  return new StreambusError('SB_INTERRUPTED', 'Interrupted before the sample was done.')
}

/** Resolves once the process has ended: its files are nobody's then. Undefined when it was killed. */
function answerOf(child: ChildProcess, request: ToMicro): Promise<FromMicro | undefined> {
  return new Promise((resolve, reject) => {
    let answer: FromMicro | undefined
    let words = ''
    child.stderr?.on('data', (chunk) => {
      words = `${words}${chunk}`.slice(-STDERR_CHARS_MAX)
    })
    child.stdin?.on('error', () => {}) // EPIPE: it is gone, and `close` says so
    child.on('message', (message) => {
      answer = message as FromMicro
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (answer !== undefined || signal === 'SIGKILL') resolve(answer)
      else reject(new Error(`The micro-benchmark's process ended with ${signal ?? `code ${code}`}. ${words}`))
    })
    child.send(request, () => {}) // a failure to send is followed by `close`
  })
}
