import {execFile} from 'node:child_process'
import {promisify} from 'node:util'
import {formatRate} from '../../../src/base/units.ts'
import {type FigureRow, intervalOf, rowOf} from './figure.ts'
import type {Effort} from './targets.ts'

const SCRIPT = new URL('../storage-append.ts', import.meta.url).pathname
const FRAME_BYTES = 105_632 // 100 messages of 1 KiB

/** The storage by itself, in a process of its own; the memcpy beside it is its yardstick. */
export async function storageAppend({pairs, seconds}: Effort): Promise<FigureRow[]> {
  const figure = 'storage append in process, 1 KiB x 100, `never`'
  const rates: number[] = []
  const copies: number[] = []
  for (let run = 0; run < pairs; run += 1) {
    const {stdout} = await promisify(execFile)(process.execPath, [SCRIPT, 'never', `${FRAME_BYTES}`, `${seconds}`])
    rates.push(numberAfter(stdout, /append.*?([\d.]+) M msg\/s/) * 1e6)
    copies.push(numberAfter(stdout, /copy\s+([\d.]+) GB\/s/))
    process.stderr.write(`${figure}  run ${run + 1}  ${formatRate(rates.at(-1)!)}\n`)
  }
  const copy = `memcpy of the same frames ${intervalOf(copies).ratio.toFixed(2)} GB/s`
  return [rowOf(figure, intervalOf(rates), {at: 'least', value: 1.5e6}, (value) => formatRate(value), [copy])]
}

function numberAfter(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)
  if (found === null) throw new Error(`storage-append.ts printed no ${pattern.source}: ${text}`)
  return Number(found[1])
}
