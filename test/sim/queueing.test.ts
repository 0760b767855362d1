import {expect, test} from 'vitest'
import {type Random, streamRandom} from '../../src/base/random.ts'
import {simulateLoad} from '../../src/load/testing/simulate-load.ts'

// The simulation itself against queueing theory, so that what the ledger is compared with is known to
// be right. Service rate mu = 1,000/s. Source of the formulas: Kleinrock, Queueing Systems I (1975):
// M/M/1 mean wait rho / (mu (1 - rho)), P(W > t) = rho exp(-mu (1 - rho) t); M/D/1 half that wait.

const SERVICE_NS = 1e6
const REPLICATIONS = 30

const constantService = () => () => SERVICE_NS
const exponentialService = (random: Random) => () => Math.round(-Math.log(1 - random()) * SERVICE_NS)

/** Mean and standard error over replications with seeds of their own of a figure of all waiting times. */
async function replicate(
  rho: number,
  serviceOf: (random: Random) => () => number,
  figuresOf: (waits: readonly number[]) => readonly number[],
) {
  const rows: (readonly number[])[] = []
  for (let seed = 1; seed <= REPLICATIONS; seed += 1) {
    const {outcome, measured} = await simulateLoad({
      arrival: {model: 'open', process: 'poisson', ratePerSec: (rho * 1e9) / SERVICE_NS},
      server: {serviceNs: serviceOf(streamRandom(seed, 4))},
      warmUpNs: 1e9,
      measureNs: 5e9,
      turnNs: 10_000,
      seed,
    })
    expect(outcome.counters.acked).toBe(measured.length)
    rows.push(figuresOf(waitsOf(measured)))
  }
  return rows[0]!.map((_, figure) => {
    const values = rows.map((row) => row[figure]!)
    const mean = values.reduce((sum, value) => sum + value, 0) / REPLICATIONS
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (REPLICATIONS - 1)
    return {mean, error: Math.sqrt(variance / REPLICATIONS)}
  })
}

/** From the first instants alone: one server, in order, so each begins when it is sent or when the one before it is done. */
function waitsOf(measured: readonly {readonly sentNs: number; readonly ackedNs: number}[]): number[] {
  const inOrder = measured.toSorted((a, b) => a.ackedNs - b.ackedNs)
  return inOrder.slice(1).map(({sentNs}, index) => Math.max(0, inOrder[index]!.ackedNs - sentNs))
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const beyond = (values: readonly number[], ns: number) => values.filter((value) => value > ns).length / values.length

test.each([0.5, 0.8])(
  'M/M/1 at rho %d: mean wait and its tail, within 3 standard errors',
  async (rho) => {
    const tailsNs = [0, 1e6, 3e6, 6e6]
    const figures = await replicate(rho, exponentialService, (waits) => [
      mean(waits),
      ...tailsNs.map((ns) => beyond(waits, ns)),
    ])
    const expected = [
      (rho * SERVICE_NS) / (1 - rho),
      ...tailsNs.map((ns) => rho * Math.exp((-(1 - rho) * ns) / SERVICE_NS)),
    ]
    figures.forEach((figure, index) => {
      expect(Math.abs(figure.mean - expected[index]!), `figure ${index}`).toBeLessThan(3 * figure.error)
    })
  },
  120_000,
)

test.each([0.5, 0.8])(
  'M/D/1 at rho %d: mean wait, within 3 standard errors',
  async (rho) => {
    const [figure] = await replicate(rho, constantService, (waits) => [mean(waits)])
    expect(Math.abs(figure!.mean - (rho * SERVICE_NS) / (2 * (1 - rho)))).toBeLessThan(3 * figure!.error)
  },
  120_000,
)
