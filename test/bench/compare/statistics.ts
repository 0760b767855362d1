import {execFileSync} from 'node:child_process'
import {seededRandom} from '../../../src/base/random.ts'
import {ratioInterval} from '../../../src/stats/hodges-lehmann.ts'

/** One call in a process of its own, where nothing is compiled or cached yet. */
export function exactTestNs(n: number, isTied: boolean): number {
  const module = new URL('../../../src/stats/mann-whitney.ts', import.meta.url).href
  const script = `
    import {mannWhitney} from ${JSON.stringify(module)}
    const valueOf = (index, step) => ${isTied ? 'Math.floor(index * step)' : 'index * step'}
    const sample = (step) => Array.from({length: ${n}}, (_, index) => valueOf(index, step))
    const [x, y] = [sample(0.71), sample(0.83)]
    x[0] = ${isTied ? 0 : -1}
    const from = process.hrtime.bigint()
    const {method} = mannWhitney(x, y)
    const ns = process.hrtime.bigint() - from
    if (method !== 'exact') throw new Error('the test was not exact')
    console.log(String(ns))`
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], {encoding: 'utf8'}))
}

/** The median of seven calls. */
export function ratioIntervalNs(n: number): number {
  const random = seededRandom(n)
  const sample = (usual: number) => Array.from({length: n}, () => usual * (1 + 0.1 * random()))
  const [base, next] = [sample(100), sample(102)]
  const times = Array.from({length: 7}, () => {
    const from = process.hrtime.bigint()
    ratioInterval(base, next)
    return Number(process.hrtime.bigint() - from)
  })
  return times.sort((a, b) => a - b)[3]!
}
