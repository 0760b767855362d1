import {type Random, seededRandom} from '../../../src/base/random.ts'
import type {Invocation} from './invocations.ts'
import type {Drawn} from './null-set.ts'

/** Every invocation against every other one, each with `othersCount` of the rest, drawn by seed. */
export function allDraws(invocations: readonly Invocation[], othersCount: number): Drawn[] {
  const random = seededRandom(1)
  return invocations.flatMap((base) =>
    invocations.flatMap((next) => {
      if (next === base) return []
      const rest = invocations.filter((each) => each !== base && each !== next)
      return [{base, next, others: some(rest, othersCount, random)}]
    }),
  )
}

function some<Item>(items: readonly Item[], count: number, random: Random): Item[] {
  const left = [...items]
  return Array.from(
    {length: Math.min(count, items.length)},
    () => left.splice(Math.floor(random() * left.length), 1)[0]!,
  )
}

const RESAMPLES = 2_000

/**
 * 95th percentile of the share of true answers when the invocations are drawn anew, because comparisons that
 * share an invocation are not independent. `answers[i]` belongs to `draws[i]`.
 * Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
 */
export function bootstrapUpper(draws: readonly Drawn[], answers: readonly boolean[]): number {
  const random = seededRandom(2)
  const names = [...new Set(draws.map(({base}) => base.name))]
  const shares = Array.from({length: RESAMPLES}, () => {
    const weights = new Map<string, number>()
    for (let at = 0; at < names.length; at += 1) {
      const name = names[Math.floor(random() * names.length)]!
      weights.set(name, (weights.get(name) ?? 0) + 1)
    }
    let all = 0
    let yes = 0
    for (const [at, {base, next}] of draws.entries()) {
      const weight = (weights.get(base.name) ?? 0) * (weights.get(next.name) ?? 0)
      all += weight
      if (answers[at]) yes += weight
    }
    return yes / all
  })
  return shares.sort((a, b) => a - b)[Math.floor(RESAMPLES * 0.95)]!
}
