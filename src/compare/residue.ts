import type {LabelledRecord} from './fields.ts'
import {cutName, parseName} from './names.ts'
import type {ConfigKeys} from './projector.ts'

/** What no projection covers: results pooled in one cell should not differ in it. */
export interface Residue {
  /** An id of the record's uncovered values. */
  of(record: LabelledRecord): string
  /** Names of the uncovered fields in which the given ids differ: configuration keys, then `.fullname`. */
  varying(ids: Iterable<string>): readonly string[]
}

/** `keys` are all that the projections name; `.config` or `.fullname` among them covers its part. */
export function residueOf(keys: ReadonlySet<string>, config: ConfigKeys): Residue {
  const hasConfig = !keys.has('.config')
  const hasName = !keys.has('.fullname')
  return {
    of(record) {
      if (!hasConfig && !hasName) return ''
      const name = hasName ? cutName(parseName(record.name), keys) : ''
      return JSON.stringify([name, ...(hasConfig ? config.valuesOf(record) : [])])
    },
    varying(ids) {
      const distinct = [...new Set(ids)]
      if (distinct.length <= 1) return []
      const rows = distinct.map((id) => JSON.parse(id) as readonly string[])
      const differs = (index: number) => rows.some((row) => (row[index] ?? '') !== (rows[0]![index] ?? ''))
      const members = hasConfig ? config.names.filter((_, position) => differs(position + 1)) : []
      return differs(0) ? [...members, '.fullname'] : members
    },
  }
}
