import type {Lane} from './flight.ts'
import {SendGate} from './send-gate.ts'

/** Closes by itself when the lanes were given as many messages as are wanted, the last batch being a whole one. */
export class FillGate extends SendGate {
  readonly #lanes: readonly Lane[]
  readonly #messages: number

  constructor(lanes: readonly Lane[], messages: number) {
    super()
    this.#lanes = lanes
    this.#messages = messages
  }

  override get isOpen(): boolean {
    let built = 0
    for (const lane of this.#lanes) built += lane.nextSequence
    return built < this.#messages && super.isOpen
  }
}
