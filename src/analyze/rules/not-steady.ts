import {formatThreeDigits} from '../../base/units.ts'
import type {SteadinessClass} from '../../model/sample.ts'
import type {Rule} from '../rule.ts'

type Unsteady = Exclude<SteadinessClass, 'flat'>

const words: Record<Unsteady, {readonly what: string; readonly suggestion: string}> = {
  'slowing-down': {
    what: 'got slower while they were measured',
    suggestion: 'Something fills up or piles up: measure longer to see where it ends, and look at disk, cache and lag.',
  },
  'warming-up': {
    what: 'were still getting faster when measuring began',
    suggestion: 'Wait for the steady state: --warmup auto.',
  },
  'no-steady-state': {
    what: 'were in no single state',
    suggestion: 'Look at the timeline: something comes and goes, in the target or beside it.',
  },
}

/** The state that half of the samples or more were in, the worst first; a single one is noise. */
export const notSteady: Rule = {
  id: 'not-steady',
  summary: 'The measured phase was not one state: its averages describe none.',
  check({usable}) {
    const seen = usable.flatMap(({steadiness}) => steadiness ?? [])
    const states = ['slowing-down', 'no-steady-state', 'warming-up'] as const
    const state = states.find(
      (name) => seen.filter((each) => each.class === name).length * 2 >= Math.max(1, usable.length),
    )
    if (state === undefined) return undefined
    const of = seen.filter((each) => each.class === state)
    const changes = of.flatMap(({series}) =>
      Object.entries(series)
        .filter(([, each]) => each.class === state)
        .map(([name, {changeShare}]) => ({name, changeShare})),
    )
    const largest = changes.toSorted((a, b) => Math.abs(b.changeShare) - Math.abs(a.changeShare))[0]
    const change = largest === undefined ? '' : `: ${largest.name} by ${signed(largest.changeShare)} from start to end`
    return {
      severity: 'warning',
      category: 'validity',
      description: `${of.length} of ${usable.length} samples ${words[state].what}${change}`,
      impact: 'The figure depends on when and how long one looks; another run will give another one.',
      suggestion: words[state].suggestion,
      testIt: 'streambus bench throughput --warmup auto --duration 30s',
      evidence: {samples: of.length, ...(largest !== undefined && {changeShare: largest.changeShare})},
    }
  },
}

function signed(share: number): string {
  return `${share >= 0 ? '+' : '-'}${formatThreeDigits(Math.abs(share) * 100)} %`
}
