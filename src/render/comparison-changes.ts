import {toFixedEven} from '../base/go-number.ts'
import type {ComparisonCell, ComparisonTable, KeyField, SoundDelta} from '../model/comparison.ts'
import {rangeText, testText} from './comparison-cells.ts'
import {commonScale, formatScaled} from './comparison-scale.ts'
import {smallestText} from './smallest-text.ts'

/** One comparison as a page shows it, every cell finished. */
export interface ChangeRow {
  readonly benchmark: string
  readonly column: string
  readonly unit: string
  readonly base: string // `102.5 µsec ± 2%`
  readonly next: string
  readonly change: string // `+8.0 % [+4.9, +11.2]`, or `~` without an interval
  readonly meaning: ChangeMeaning
  readonly test: string // `p=0.002 n=6`
  readonly effect: string // `0.97`: probability that a value now lies above one of the baseline; `-` for exact units
  readonly wouldShow: string // `-3.1 %`: the smallest difference that so many samples show four times in five; `-` where unknown
}

export type ChangeMeaning = 'better' | 'worse' | 'the same' | 'cannot tell' | 'too few samples'

/** Every cell against its baseline, in the order of the tables. The meaning is that of the sound test. */
export function changeRows(tables: readonly ComparisonTable[]): ChangeRow[] {
  return tables.flatMap((table) =>
    table.rows.flatMap(({key, cells}) =>
      cells.flatMap((cell, at) => {
        const base = cells[0]
        const sound = cell?.delta?.sound
        if (base === undefined || cell?.delta === undefined || sound === undefined) return []
        const scale = commonScale([base.center, cell.center], table.unit)
        const shown = (each: ComparisonCell) => `${formatScaled(each.center, scale)} ± ${rangeText(each)}`
        return [
          {
            benchmark: fieldsText(key),
            column: fieldsText(table.columns[at]!),
            unit: table.unit,
            base: shown(base),
            next: shown(cell),
            change: changeText(sound, cell.delta.ratio),
            meaning: meaningOf(sound),
            test: testText(cell, cell.delta),
            effect: sound.effect === null ? '-' : toFixedEven(sound.effect, 2),
            wouldShow: wouldShowText(sound, cell.delta.ratio),
          },
        ]
      }),
    ),
  )
}

const MEANINGS: Readonly<Record<SoundDelta['verdict'], ChangeMeaning>> = {
  better: 'better',
  worse: 'worse',
  'no-difference': 'cannot tell',
  'too-few-samples': 'too few samples',
}

/** Only of exact units, which must not vary, can samples show that nothing changed. */
function meaningOf({verdict, effect}: SoundDelta): ChangeMeaning {
  return verdict === 'no-difference' && effect === null ? 'the same' : MEANINGS[verdict]
}

function wouldShowText({ratio, smallestDifference}: SoundDelta, ofMedians: number | null): string {
  return smallestDifference === null ? '-' : smallestText(smallestDifference, ratio?.estimate ?? ofMedians ?? 1)
}

/** The change with its interval. The parity test's `~` is not repeated: the interval says it. */
function changeText(sound: SoundDelta, ratio: number | null): string {
  if (sound.ratio !== null) {
    const {estimate, lo, hi} = sound.ratio
    return `${percent(estimate)} % [${percent(lo)}, ${percent(hi)}]`
  }
  const isReal = sound.verdict === 'better' || sound.verdict === 'worse'
  return isReal && ratio !== null ? `${percent(ratio)} %` : '~'
}

function percent(ratio: number): string {
  const text = toFixedEven((ratio - 1) * 100, 1)
  return text.startsWith('-') ? text : `+${text}`
}

/** What the two columns mean that a reader of benchstat does not know. */
export const CHANGE_LEGEND =
  'Effect: probability that a value now lies above one of the baseline, 0.5 is none. Would show: the smallest difference that so many samples, varying as they do, show four times in five.'

/** The values of a key, those that are there. */
export function fieldsText(fields: readonly KeyField[]): string {
  const values = fields.map(({value}) => value)
  return values.filter((value) => value !== '').join(' ')
}

/** `3 better, 1 worse, 2 where these samples cannot tell, 1 with too few samples`. */
export function changeSummary(rows: readonly ChangeRow[]): string {
  const count = (meaning: ChangeMeaning) => rows.filter((row) => row.meaning === meaning).length
  const parts = [
    `${count('better')} better`,
    `${count('worse')} worse`,
    `${count('cannot tell')} where these samples cannot tell`,
  ]
  const same = count('the same')
  const few = count('too few samples')
  return [
    ...parts,
    ...(same > 0 ? [`${same} the same`] : []),
    ...(few > 0 ? [`${few} with too few samples to tell`] : []),
  ].join(', ')
}
