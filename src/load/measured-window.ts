/** The measured window on the generator's clock: [fromNs, toNs) of the intended send. */
export interface Window {
  readonly fromNs: number
  readonly toNs: number
}

/**
 * The window of a run: nowhere (both ends at infinity) while the warm-up lasts, until `open` fixes
 * it a little ahead of its start. Everybody reads the same one.
 *
 * The ends live in an array because V8 builds fields that were written once into compiled code as
 * constants, and would throw that code away at the opening.
 */
export class MeasuredWindow implements Window {
  readonly #ends: Float64Array

  constructor(fromNs = Number.POSITIVE_INFINITY, toNs = Number.POSITIVE_INFINITY) {
    this.#ends = new Float64Array([fromNs, toNs])
  }

  get fromNs(): number {
    return this.#ends[0]!
  }

  get toNs(): number {
    return this.#ends[1]!
  }

  get isOpen(): boolean {
    return this.fromNs < Number.POSITIVE_INFINITY
  }

  open({fromNs, toNs}: Window): void {
    this.#ends[0] = fromNs
    this.#ends[1] = toNs
  }
}
