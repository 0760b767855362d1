import type {BenchmarkRecord} from '../model/benchmark-record.ts'
import {parseName, subName} from './names.ts'

/** What keys are read from: a record's name and configuration, and the label of its input (key `.file`). */
export interface LabelledRecord extends Pick<BenchmarkRecord, 'name' | 'configuration'> {
  readonly label: string
}

/** Reads one key of a record; a missing key is the empty string. */
export type Extractor = (record: LabelledRecord) => string

/** `.name`, `.fullname`, `.file`, `/sub`, or a configuration key. */
export function extractorOf(key: string): Extractor {
  if (key === '.name') return (record) => parseName(record.name).base
  if (key === '.fullname') return (record) => record.name
  if (key === '.file') return (record) => record.label
  if (key.startsWith('/')) return (record) => subName(parseName(record.name), key)
  return (record) => record.configuration.get(key) ?? ''
}

/** Order of strings by their UTF-8 bytes, which is by code point: `<` would compare UTF-16 units. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i += 1) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x !== y) return surrogatesLast(x) - surrogatesLast(y)
  }
  return a.length - b.length
}

function surrogatesLast(unit: number): number {
  if (unit < 0xd800) return unit
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
}
