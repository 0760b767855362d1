import {Session} from 'node:inspector/promises'
import {StreambusError} from '../base/errors.ts'

/** Where Node and V8 spend a turn: collections, file system calls, timers and callbacks of the loop, http. */
const CATEGORIES = [
  'v8',
  'node.perf',
  'node.fs.async',
  'node.fs.sync',
  'node.net.native',
  'node.http',
  'node.environment',
]
/** About 200 bytes each: what one trace may hold in memory. */
const EVENTS_MAX = 500_000

/** A recording of trace events that is under way. */
export interface RunningTrace {
  /** Ends it and resolves with Chrome's trace JSON, which Perfetto and chrome://tracing open. Call it once. */
  stop(): Promise<string>
}

let traceTaken = false

/**
 * Starts recording the trace events of this very process through `node:inspector`; no port is opened. Events beyond
 * half a million are dropped, and the document's `metadata` says how many.
 *
 * Rejects with SB_CAPTURE_FAILED when one is running or Node refuses: only a main thread may.
 */
export async function startLocalTrace(): Promise<RunningTrace> {
  if (traceTaken) throw refused('a trace of this process is already running')
  traceTaken = true
  const session = new Session()
  const events: unknown[] = []
  let dropped = 0
  const end = () => {
    session.disconnect()
    traceTaken = false
  }
  session.connect()
  session.on('NodeTracing.dataCollected', ({params}) => {
    for (const event of params.value) {
      if (events.length < EVENTS_MAX) events.push(event)
      else dropped += 1
    }
  })
  const startedAt = new Date().toISOString()
  await orEnd(end, () => session.post('NodeTracing.start', {traceConfig: {includedCategories: CATEGORIES}}))
  return {
    async stop() {
      const complete = new Promise<void>((resolve) => session.once('NodeTracing.tracingComplete', () => resolve()))
      await orEnd(end, async () => {
        await session.post('NodeTracing.stop')
        await complete
      })
      end()
      const metadata = {node: process.version, startedAt, categories: CATEGORIES, droppedEvents: dropped}
      return JSON.stringify({traceEvents: events, metadata})
    },
  }
}

async function orEnd(end: () => void, run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (cause) {
    end()
    throw refused(cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function refused(reason: string, cause?: unknown): StreambusError {
  return new StreambusError('SB_CAPTURE_FAILED', `Node refused the trace: ${reason}`, {
    hint: 'end the other trace first; one can run at a time in a process',
    cause,
  })
}
