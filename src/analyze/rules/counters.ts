import type {Counters} from '../../model/sample.ts'
import type {Subject} from '../subject.ts'

/** A counter summed over all samples, the invalid ones too: a lost message is lost whoever was late. */
export function totalOf(subject: Subject, counter: keyof Counters): number {
  return subject.samples.reduce((sum, sample) => sum + sample.counters[counter], 0)
}

/** In how many samples it is not zero. */
export function samplesWith(subject: Subject, counter: keyof Counters): number {
  return subject.samples.filter((sample) => sample.counters[counter] > 0).length
}
