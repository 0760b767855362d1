import {type Extractor, extractorOf, type LabelledRecord} from './fields.ts'
import {cutName, parseName} from './names.ts'
import type {ProjectionField} from './projection.ts'
import {type Comparator, comparatorOf} from './sort-order.ts'

/**
 * A projected key: a value a field; `.config` is a field of many values, in the order in which its
 * keys were first seen, without trailing empty ones (so that keys seen later change no earlier id).
 */
export interface Key {
  readonly id: string
  readonly fields: readonly (string | readonly string[])[]
}

/**
 * The configuration keys that `.config` stands for: all that no projection names. One list serves
 * all projections of a call.
 */
export class ConfigKeys {
  readonly names: string[] = []
  private readonly excluded: ReadonlySet<string>
  private readonly known = new Map<string, number>()
  private readonly cache = new WeakMap<ReadonlyMap<string, string>, readonly string[]>()

  constructor(excluded: ReadonlySet<string>) {
    this.excluded = excluded
  }

  valuesOf({configuration}: LabelledRecord): readonly string[] {
    const cached = this.cache.get(configuration)
    if (cached !== undefined) return cached
    const values: string[] = []
    for (const [key, value] of configuration) {
      if (this.excluded.has(key)) continue
      if (!this.known.has(key)) this.known.set(key, this.names.push(key) - 1)
      values[this.known.get(key)!] = value
    }
    const dense = Array.from(values, (value) => value ?? '')
    while (dense.at(-1) === '') dense.pop()
    this.cache.set(configuration, dense)
    return dense
  }
}

/** Applies one projection to records, and sorts and explains the keys that it made. */
export class Projector {
  private readonly fields: readonly ProjectionField[]
  private readonly config: ConfigKeys
  private readonly extractors: readonly Extractor[]
  private readonly ranks: readonly Map<string, number>[]
  private readonly keys = new Map<string, Key>()

  constructor(fields: readonly ProjectionField[], config: ConfigKeys, named: ReadonlySet<string>) {
    this.fields = fields
    this.config = config
    this.extractors = fields.map(({key}) => projectedExtractor(key, named))
    this.ranks = fields.map(() => new Map())
  }

  /** False when a listed order does not name the record's value. `.fullname` is compared uncut. */
  accepts(record: LabelledRecord): boolean {
    return this.fields.every(({key, order}) => order.kind !== 'list' || order.values.includes(extractorOf(key)(record)))
  }

  project(record: LabelledRecord): Key {
    const fields = this.fields.map(({key}, index) => {
      if (key === '.config') return this.config.valuesOf(record)
      const value = this.extractors[index]!(record)
      const rank = this.ranks[index]!
      if (!rank.has(value)) rank.set(value, rank.size)
      return value
    })
    const id = JSON.stringify(fields)
    const known = this.keys.get(id)
    if (known !== undefined) return known
    const key = {id, fields}
    this.keys.set(id, key)
    return key
  }

  /** Field by field in the order of the projection. */
  compare(a: Key, b: Key): number {
    for (const [index, {key, order}] of this.fields.entries()) {
      const compare = comparatorOf(order, key === '.config' ? undefined : this.ranks[index])
      const difference = compareField(a.fields[index]!, b.fields[index]!, compare)
      if (difference !== 0) return difference
    }
    return 0
  }

  /** The key with names, `.config` spread over its members; absent values are empty. */
  describe(key: Key): readonly {readonly name: string; readonly value: string}[] {
    return this.fields.flatMap(({key: name}, index) => {
      const value = key.fields[index]!
      if (typeof value === 'string') return [{name, value}]
      return this.config.names.map((member, position) => ({name: member, value: value[position] ?? ''}))
    })
  }
}

function projectedExtractor(key: string, named: ReadonlySet<string>): Extractor {
  return key === '.fullname' ? (record) => cutName(parseName(record.name), named) : extractorOf(key)
}

function compareField(a: string | readonly string[], b: string | readonly string[], compare: Comparator): number {
  if (typeof a === 'string' || typeof b === 'string') return compare(String(a), String(b))
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
    const difference = compare(a[i] ?? '', b[i] ?? '')
    if (difference !== 0) return difference
  }
  return 0
}
