import type {PacingSeen} from '../model/sample.ts'
import type {DurationHistogram} from '../stats/histogram.ts'
import {mergePacked, type PackedHistogram} from './packed-histogram.ts'

/** Arrivals a turn and turn times are kept up to here. */
export const TURN_TOP = 60e9

/** How one worker kept its part of the schedule; see `PacingSeen`. */
export interface PacingReport {
  readonly offered: number
  readonly built: number
  readonly arrivalsPerTurn: PackedHistogram // by message
  readonly turnNs: PackedHistogram
  readonly waitsForMemory: number
  readonly heldArrivals: number
}

/** How all workers kept the schedule; `lateness` is merged already. */
export function mergePacing(reports: readonly PacingReport[], lateness: DurationHistogram): PacingSeen {
  const sum = (pick: (report: PacingReport) => number) => reports.reduce((total, report) => total + pick(report), 0)
  const merged = (pick: (report: PacingReport) => PackedHistogram) => mergePacked(TURN_TOP, reports.map(pick))
  const arrivalsPerTurn = merged((report) => report.arrivalsPerTurn)
  const turnNs = merged((report) => report.turnNs)
  const seen = {
    offered: sum((report) => report.offered),
    built: sum((report) => report.built),
    latenessP50Ns: lateness.percentile(50),
    latenessP99Ns: lateness.percentile(99),
    latenessMaxNs: lateness.maxNs,
    arrivalsPerTurnP50: arrivalsPerTurn.percentile(50),
    arrivalsPerTurnP99: arrivalsPerTurn.percentile(99),
    arrivalsPerTurnMax: arrivalsPerTurn.maxNs,
    turnP99Ns: turnNs.percentile(99),
    turnMaxNs: turnNs.maxNs,
    waitsForMemory: sum((report) => report.waitsForMemory),
    heldArrivals: sum((report) => report.heldArrivals),
  }
  arrivalsPerTurn.destroy()
  turnNs.destroy()
  return seen
}
