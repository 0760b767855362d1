import type {LoadOutcome} from '../../src/load/load-outcome.ts'
import {runLoad} from '../../src/load/run-load.ts'
import type {Workload} from '../../src/model/workload.ts'

/**
 * CPU time of the generator's thread for a message, with the accounting and without, in ABBA pairs
 * against the memory driver: `node test/bench/ledger-cost.ts [pairs] [seconds]`. CPU time, because
 * it does not mind what else runs on the machine.
 */
const pairs = Number(process.argv[2] ?? 6)
const seconds = Number(process.argv[3] ?? 2)
const entry = new URL('../../src/app/load-worker.ts', import.meta.url)

function workloadOf(sizeBytes: number, consumers: number): Workload {
  return {
    kind: 'throughput',
    arrival: {model: 'closed', inFlightBatches: 8},
    message: {sizeBytes, batchMessages: 100},
    topology: {topics: 1, partitions: 1, producers: 1, consumers},
    phases: {warmUpNs: 0.5e9, measureNs: seconds * 1e9, drainNsMax: 1e9},
    samples: {count: 1, seed: 1},
  }
}

async function cpuNsOf(workload: Workload, ledger: 'full' | 'off'): Promise<number> {
  const request = {workload, driver: 'memory', host: '', port: 0, topic: 't', seed: 1, ledger} as const
  const outcome: LoadOutcome = await runLoad(request, entry, {
    signal: new AbortController().signal,
    onProgress: () => {},
  })
  return (outcome.generator.cpuShare * outcome.phases.measureNs) / outcome.ackedInWindow
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}

for (const [sizeBytes, consumers] of [
  [1024, 0],
  [100, 0],
  [1024, 1],
  [100, 1],
] as const) {
  const workload = workloadOf(sizeBytes, consumers)
  const full: number[] = []
  const off: number[] = []
  for (let pair = 0; pair < pairs; pair += 1) {
    const order = pair % 2 === 0 ? (['full', 'off'] as const) : (['off', 'full'] as const)
    for (const ledger of order) (ledger === 'full' ? full : off).push(await cpuNsOf(workload, ledger))
  }
  const differences = full.map((value, index) => value - off[index]!)
  const line = `${sizeBytes} B x 100, ${consumers} consumers: full ${median(full).toFixed(1)}, off ${median(off).toFixed(1)}, accounting ${median(differences).toFixed(1)} ns CPU a message`
  process.stdout.write(`${line}\n`)
}
