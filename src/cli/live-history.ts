import type {ProgressEvent} from '../model/run-event.ts'
import {LIVE_SECONDS, type LiveView} from '../render/live-view.ts'

/** Remembers the last seconds of the sample that is watched. */
export class LiveHistory {
  #sample = ''
  #second = -1
  #p99BySecondNs: (number | undefined)[] = []

  /** `said` is the line of progress that came last, where the event says no more of itself than its benchmark. */
  add(now: ProgressEvent, said: string | undefined): LiveView {
    const sample = `${now.benchmark} ${now.sample}`
    if (sample !== this.#sample) {
      this.#sample = sample
      this.#second = 0 // the first second has percentiles once it is over
      this.#p99BySecondNs = []
    }
    const second = Math.floor(now.elapsedNs / 1e9)
    if (second > this.#second && now.phase !== 'drain') {
      this.#second = second
      this.#p99BySecondNs = [...this.#p99BySecondNs, now.lastSecond?.p99Ns].slice(-LIVE_SECONDS)
    }
    return {now, headline: now.label ?? said ?? now.benchmark, p99BySecondNs: this.#p99BySecondNs}
  }
}
