import {type ChildProcess, fork} from 'node:child_process'
import {once} from 'node:events'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Session} from '../../../src/drivers/driver.ts'
import {streambusDriver} from '../../../src/drivers/streambus/driver.ts'
import {processUsageOf} from '../../../src/host/process-usage.ts'
import {type BrokerMetrics, metricsAt, nowNs, type Settings, settingsFor, withFolder} from '../live-broker.ts'
import type {SlowBrokerReady, ToSlowBroker} from '../slow-broker-process.ts'

const ENTRY = new URL('../slow-broker-process.ts', import.meta.url)

/** A broker process whose disk can be slowed down. */
export class SlowBroker {
  readonly #child: ChildProcess
  readonly #ready: SlowBrokerReady

  constructor(child: ChildProcess, ready: SlowBrokerReady) {
    this.#child = child
    this.#ready = ready
  }

  connect(): Promise<Session> {
    const {port} = this.#ready
    return streambusDriver.connect({host: '127.0.0.1', port, nowNs, connectTimeoutMs: 5000, requestTimeoutMs: 120_000})
  }

  metrics(): Promise<BrokerMetrics> {
    return metricsAt(this.#ready.httpPort)
  }

  /** The most that the process ever had in memory. */
  async rssBytesMax(): Promise<number> {
    return (await processUsageOf(this.#child.pid ?? 0))?.rssBytesMax ?? Number.NaN
  }

  tell(message: ToSlowBroker): void {
    this.#child.send(message)
  }
}

/** Starts one on a fresh directory, and ends it with its data. */
export function withSlowBroker<T>(
  settings: Settings,
  poolBytes: number,
  use: (broker: SlowBroker) => Promise<T>,
): Promise<T> {
  return withFolder(async (folder) => {
    const child = fork(ENTRY, {stdio: ['ignore', 'inherit', 'inherit', 'ipc']})
    const ended = once(child, 'exit')
    try {
      const ready = Promise.race([
        once(child, 'message'),
        ended.then(() => {
          throw new Error('the broker with a slow disk ended before it served')
        }),
      ])
      const start = {kind: 'start', settings: settingsFor(settings, join(folder, 'data')), poolBytes} as const
      child.send(start satisfies ToSlowBroker)
      const [message] = await ready
      return await use(new SlowBroker(child, message as SlowBrokerReady))
    } finally {
      child.kill('SIGKILL')
      await Promise.race([ended, sleep(5000)])
    }
  })
}
