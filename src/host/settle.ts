import {execFile} from 'node:child_process'
import {setTimeout as sleep} from 'node:timers/promises'
import {promisify} from 'node:util'
import type {Settling} from '../model/interleaving.ts'
import {readText} from './read-text.ts'

const POLL_MS = 50
const SYNC_MS_MAX = 30_000
/** Noise of whatever else runs: so much above the start counts as back. */
const SLACK_BYTES = 16 * 2 ** 20

/** Dirty + Writeback of /proc/meminfo in bytes; undefined on a text without them. */
export function parseWriteback(meminfo: string): number | undefined {
  const bytes = ['Dirty', 'Writeback'].map((name) => {
    const found = new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(meminfo)
    return found === null ? Number.NaN : Number(found[1]) * 1024
  })
  const sum = bytes.reduce((total, value) => total + value, 0)
  return Number.isNaN(sum) ? undefined : sum
}

/** Undefined where the system does not tell. */
export async function writebackBytes(): Promise<number | undefined> {
  return parseWriteback((await readText('/proc/meminfo')) ?? '')
}

/**
 * Syncs every file system and waits until what the system has still to write is back at `levelBytes`
 * (a reading from before), so that one block's data is not written during the next. Ends at `msMax`
 * or when `signal` aborts, and says so; never rejects.
 */
export async function settle(levelBytes: number, msMax: number, signal: AbortSignal): Promise<Settling> {
  const beganMs = performance.now()
  await syncAll(signal)
  let bytes = (await writebackBytes()) ?? 0
  while (bytes > levelBytes + SLACK_BYTES && performance.now() - beganMs < msMax && !signal.aborted) {
    await sleep(POLL_MS, undefined, {signal}).catch(() => {})
    bytes = (await writebackBytes()) ?? 0
  }
  return {
    waitedNs: Math.round((performance.now() - beganMs) * 1e6),
    writebackBytes: bytes,
    isSettled: bytes <= levelBytes + SLACK_BYTES,
  }
}

/** Node has no sync(2); the system's own command has. Where there is none, waiting alone has to do. */
async function syncAll(signal: AbortSignal): Promise<void> {
  try {
    await promisify(execFile)('sync', [], {timeout: SYNC_MS_MAX, signal})
  } catch {
    // aborted, out of time or no such command: the caller sees by the bytes what is left
  }
}
