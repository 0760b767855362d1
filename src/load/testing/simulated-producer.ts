import type {BatchDone, OutgoingBatch, Producer} from '../../drivers/driver.ts'
import {PackedBatch} from '../../drivers/memory/packed-batch.ts'
import {intendedNsAt} from '../message-stamp.ts'
import type {VirtualTurns} from './virtual-turns.ts'

export interface Stall {
  readonly fromNs: number
  readonly toNs: number
}

/** What really happened to one message. */
export interface Truth {
  readonly intendedNs: number
  readonly sentNs: number
  readonly ackedNs: number
}

/** How long the server takes: always, or for the n-th batch it serves. */
export type ServiceTime = number | ((batch: number) => number)

/** A target with one server that takes `serviceNs` a batch, one after the other, and now and then stands still. */
export class SimulatedProducer implements Producer {
  readonly truths: Truth[] = []
  readonly writable = true
  readonly queuedBytes = 0
  readonly #turns: VirtualTurns
  readonly #serviceNs: (batch: number) => number
  readonly #stalls: readonly Stall[]
  #freeNs = 0
  #served = 0

  constructor(turns: VirtualTurns, serviceNs: ServiceTime, stalls: readonly Stall[]) {
    this.#turns = turns
    this.#serviceNs = typeof serviceNs === 'number' ? () => serviceNs : serviceNs
    this.#stalls = stalls
  }

  allocate(capacity: number, valueBytesMax: number, keyBytes = 0): OutgoingBatch {
    return new PackedBatch(capacity, valueBytesMax, keyBytes)
  }

  sendBatch(batch: OutgoingBatch, done: BatchDone): void {
    batch.sentNs = this.#turns.nowNs()
    const ackedNs = this.#serve(batch.sentNs)
    this.#turns.at(ackedNs, () => {
      batch.ackedNs = ackedNs
      for (let index = 0; index < batch.count; index += 1) {
        const intendedNs = intendedNsAt(batch.view, batch.valueStart[index]!)
        this.truths.push({intendedNs, sentNs: batch.sentNs, ackedNs})
      }
      done(batch, undefined)
    })
  }

  #serve(arrivedNs: number): number {
    let beganNs = Math.max(arrivedNs, this.#freeNs)
    for (const stall of this.#stalls) if (beganNs >= stall.fromNs && beganNs < stall.toNs) beganNs = stall.toNs
    this.#freeNs = beganNs + this.#serviceNs(this.#served)
    this.#served += 1
    return this.#freeNs
  }

  async close(): Promise<void> {}
}
