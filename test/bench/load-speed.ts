import {parseArgs} from 'node:util'
import type {LoadRequest} from '../../src/load/load-outcome.ts'
import {runLoad} from '../../src/load/run-load.ts'

/**
 * What the generator itself can do: `node test/bench/load-speed.ts [--driver memory] [--port N]
 * [--size 1024] [--batch 100] [--rate N] [--consumers 0] [--seconds 3] [--ledger full|off]`.
 * Prints the rate, the generator's CPU and the times.
 */
const {values} = parseArgs({
  options: {
    driver: {type: 'string', default: 'memory'},
    host: {type: 'string', default: '127.0.0.1'},
    port: {type: 'string', default: '0'},
    size: {type: 'string', default: '1024'},
    batch: {type: 'string', default: '100'},
    rate: {type: 'string'},
    'in-flight': {type: 'string', default: '8'},
    producers: {type: 'string', default: '1'},
    partitions: {type: 'string', default: '1'},
    consumers: {type: 'string', default: '0'},
    seconds: {type: 'string', default: '3'},
    ledger: {type: 'string', default: 'full'},
  },
})

const request: LoadRequest = {
  workload: {
    kind: values.rate === undefined ? 'throughput' : 'latency',
    arrival:
      values.rate === undefined
        ? {model: 'closed', inFlightBatches: Number(values['in-flight'])}
        : {model: 'open', process: 'constant', ratePerSec: Number(values.rate)},
    message: {sizeBytes: Number(values.size), batchMessages: Number(values.batch)},
    topology: {
      topics: 1,
      partitions: Number(values.partitions),
      producers: Number(values.producers),
      consumers: Number(values.consumers),
    },
    phases: {warmUpNs: 1e9, measureNs: Number(values.seconds) * 1e9, drainNsMax: 5e9},
    samples: {count: 1, seed: 1},
  },
  driver: values.driver,
  host: values.host,
  port: Number(values.port),
  topic: `bench-${process.pid}-${Math.floor(process.uptime() * 1e6)}`,
  seed: 1,
  ledger: values.ledger === 'off' ? 'off' : 'full',
}
const entry = new URL('../../src/app/load-worker.ts', import.meta.url)
const outcome = await runLoad(request, entry, {signal: new AbortController().signal, onProgress: () => {}})
const times = Object.entries(outcome.times).map(([name, {count, p50Ns, p99Ns, p999Ns, maxNs}]) => ({
  name,
  count,
  p50Us: p50Ns / 1e3,
  p99Us: p99Ns / 1e3,
  p999Us: p999Ns / 1e3,
  maxUs: maxNs / 1e3,
}))
const perSec = (outcome.ackedInWindow * 1e9) / outcome.phases.measureNs
process.stdout.write(`${outcome.outcome} ${outcome.error?.message ?? ''} ${Math.round(perSec)} msg/s\n`)
for (const time of times) process.stdout.write(`  ${JSON.stringify(time)}\n`)
process.stdout.write(
  `${JSON.stringify({counters: outcome.counters, generator: outcome.generator, pacing: outcome.pacing, expired: outcome.expired.length, warnings: outcome.warnings}, null, 1)}\n`,
)
