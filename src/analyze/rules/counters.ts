import type {Counters, Sample} from '../../model/sample.ts'
import type {Subject} from '../subject.ts'

/**
 * A counter summed over the samples that ran to their end, the invalid ones too: a lost message is
 * lost whoever was late. A sample that was cut short had no drain, so it cannot tell lost from late.
 */
export function totalOf(subject: Subject, counter: keyof Counters): number {
  return toTheEnd(subject).reduce((sum, sample) => sum + (sample.counters[counter] ?? 0), 0)
}

/** In how many of these samples it is not zero. */
export function samplesWith(subject: Subject, counter: keyof Counters): number {
  return toTheEnd(subject).filter((sample) => (sample.counters[counter] ?? 0) > 0).length
}

function toTheEnd(subject: Subject): readonly Sample[] {
  return subject.samples.filter((sample) => sample.outcome === 'completed')
}
