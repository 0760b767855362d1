import type {Validity} from '../model/sample.ts'
import {clockReasons, clockWarnings} from './judge/clock.ts'
import type {Judgement, SampleEvidence} from './judge/evidence.ts'
import {hostReasons, hostWarnings} from './judge/host.ts'
import {closedLimiter, openLimiter} from './judge/limiter.ts'
import {emptyReasons, outcomeReasons} from './judge/outcome.ts'
import {pacingReasons} from './judge/pacing.ts'
import {storageReasons} from './judge/storage.ts'
import {type JudgeThresholds, judgeThresholds} from './judge/thresholds.ts'

export type {Judgement, SampleEvidence, StorageFacts} from './judge/evidence.ts'

/**
 * Whether a sample's figures may be quoted, and what bounded its rate; a file in `judge/` asks each
 * question. docs/validity.md is the page for users.
 *
 * An open loop is invalid when its schedule was not kept, by the generator's fault or the host's, or
 * when the host visibly made its response times. Never because of the target, which may also have left
 * so much unanswered that memory held 1 % of the offered messages back: that is the result. In a
 * closed loop the limiter is a label. Reasons come in the order in which they are to be removed.
 */
export function judgeSample(evidence: SampleEvidence, thresholds: JudgeThresholds = judgeThresholds): Judgement {
  const pacing = pacingReasons(evidence, thresholds)
  const isHostKnown = pacing.some(({code}) => code === 'host-limited')
  const reasons = [
    ...outcomeReasons(evidence.outcome),
    ...clockReasons(evidence.host),
    ...(isHostKnown ? [] : hostReasons(evidence, thresholds)),
    ...pacing,
    ...storageReasons(evidence.storage),
    ...emptyReasons(evidence),
  ]
  const validity: Validity = reasons.length === 0 ? {verdict: 'valid'} : {verdict: 'invalid', reasons}
  const isOpen = evidence.workload.arrival.model === 'open'
  const limiter = isOpen ? openLimiter(evidence, reasons, thresholds) : closedLimiter(evidence, thresholds)
  return {validity, limiter, warnings: [...clockWarnings(evidence.host), ...hostWarnings(evidence, thresholds)]}
}
