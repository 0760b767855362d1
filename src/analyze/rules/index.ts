import type {Rule} from '../rule.ts'
import {allocatedBytes} from './allocated-bytes.ts'
import {allocations} from './allocations.ts'
import {byteRate} from './byte-rate.ts'
import {disorderedMessages} from './disordered-messages.ts'
import {failedSends} from './failed-sends.ts'
import {generatorLate} from './generator-late.ts'
import {highP99} from './high-p99.ts'
import {hostDisturbed} from './host-disturbed.ts'
import {invalidSamples} from './invalid-samples.ts'
import {lostMessages} from './lost-messages.ts'
import {messageRate} from './message-rate.ts'
import {notSteady} from './not-steady.ts'
import {outages} from './outages.ts'
import {periodicStall} from './periodic-stall.ts'
import {rateMissed} from './rate-missed.ts'
import {tailP99} from './tail-p99.ts'
import {tailP999} from './tail-p999.ts'
import {volatileData} from './volatile-data.ts'

/** In the order in which their findings are told: what is lost, what cannot be trusted, what is slow. */
export const rules: readonly Rule[] = [
  lostMessages,
  disorderedMessages,
  invalidSamples,
  outages,
  failedSends,
  generatorLate,
  hostDisturbed,
  notSteady,
  volatileData,
  rateMissed,
  byteRate,
  messageRate,
  tailP99,
  tailP999,
  highP99,
  periodicStall,
  allocations,
  allocatedBytes,
]
