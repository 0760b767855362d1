import type {StreambusError} from '../../base/errors.ts'

/** An answer in the buffer it was read into; only valid during the call. */
export interface WireResponse {
  readonly bytes: Buffer
  readonly view: DataView // over `bytes`
  start: number // of the frame
  end: number
  isOk: boolean
  errorCode: number
  readNs: number
}

/** A request on its way: what the connection tells it. Exactly one of the last two is called, once. */
export interface WireRequest {
  readonly id: number
  /** Its last byte left the process's write queue. */
  sent(nowNs: number): void
  /** Bytes [start, end) of a large answer, or of one that is not whole, are there. Nothing was checked yet. */
  begun?(bytes: Buffer, start: number, end: number): void
  answered(response: WireResponse): void
  failed(error: StreambusError): void
}
