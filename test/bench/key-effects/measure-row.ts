import {settingDefinition} from '../../../src/settings/schema.ts'
import {displayedValue} from '../../../src/settings/values.ts'
import {effectOf} from './effect.ts'
import type {KeyRow, KeyRowSeen} from './key-row.ts'
import type {UsualWorkload} from './usual.ts'

type Figures = Readonly<Record<string, number>>

/** Low and high in turn, ABBA, so that drift of the machine meets both alike. */
export async function measureRow(row: KeyRow, repetitions: number, usual: UsualWorkload): Promise<KeyRowSeen> {
  const seen: {readonly low: Figures[]; readonly high: Figures[]} = {low: [], high: []}
  const count = Math.min(repetitions, row.repetitions ?? repetitions)
  for (let repetition = 0; repetition < count; repetition += 1) {
    for (const which of repetition % 2 === 0 ? (['low', 'high'] as const) : (['high', 'low'] as const)) {
      const figures = await row.measure(row[which])
      seen[which].push(figures)
      const text = row.figures.map(({name, format}) => `${name} ${format(figures[name] ?? Number.NaN)}`).join(', ')
      process.stderr.write(`${row.key} ${row[which]}: ${text}\n`)
    }
  }
  const values = (of: readonly Figures[], name: string) => of.map((figures) => figures[name] ?? Number.NaN)
  return {
    key: row.key,
    values: row.values ?? `${shown(row, row.low)} -> ${shown(row, row.high)}`,
    workload: count < repetitions ? `${row.workload} (${count} times)` : row.workload,
    effects: row.figures.map((figure) =>
      effectOf(figure, values(seen.low, figure.name), values(seen.high, figure.name)),
    ),
    usual: await usual.effectOf(row),
  }
}

function shown({key}: KeyRow, value: KeyRow['low']): string {
  const definition = settingDefinition(key)
  return definition === undefined || typeof value === 'string' ? String(value) : displayedValue(definition, value)
}
