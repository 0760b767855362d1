import type {StreambusError} from '../../base/errors.ts'
import {CRC_BYTES} from '../../protocol/constants.ts'
import {refusalOf} from './refusal.ts'
import type {WireRequest, WireResponse} from './wire-request.ts'

/** A request outside the hot path: a promise of the whole answer frame, copied. */
export class ControlRequest implements WireRequest {
  readonly id: number
  readonly #asked: string
  readonly #resolve: (frame: Buffer) => void
  readonly #reject: (error: StreambusError) => void

  constructor(id: number, asked: string, resolve: (frame: Buffer) => void, reject: (error: StreambusError) => void) {
    this.id = id
    this.#asked = asked
    this.#resolve = resolve
    this.#reject = reject
  }

  sent(): void {}

  answered(response: WireResponse): void {
    if (response.isOk) this.#resolve(Buffer.from(response.bytes.subarray(response.start, response.end + CRC_BYTES)))
    else this.#reject(refusalOf(response, this.#asked))
  }

  failed(error: StreambusError): void {
    this.#reject(error)
  }
}
