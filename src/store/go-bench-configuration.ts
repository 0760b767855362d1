/** The `key: value` lines in force. Records share one map until the next change. */
export class ConfigurationState {
  #entries: [key: string, value: string][] = []
  #current: ReadonlyMap<string, string> | undefined
  readonly #known = new Map<string, ReadonlyMap<string, string>>()

  /** Equal configurations, in the same order of keys, are the same object. */
  current(): ReadonlyMap<string, string> {
    this.#current ??= this.#shared()
    return this.#current
  }

  /** An empty value takes the key away. */
  set(key: string, value: string): void {
    const index = this.#entries.findIndex((entry) => entry[0] === key)
    if (value === '' && index < 0) return
    this.#current = undefined
    if (value === '') this.#remove(index)
    else if (index >= 0) this.#entries[index] = [key, value]
    else this.#entries.push([key, value])
  }

  /** The last key moves into the hole, which decides the order that keys are printed in. */
  #remove(index: number): void {
    const last = this.#entries.pop()!
    if (index < this.#entries.length) this.#entries[index] = last
  }

  #shared(): ReadonlyMap<string, string> {
    const id = JSON.stringify(this.#entries)
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const made = new Map(this.#entries)
    this.#known.set(id, made)
    return made
  }
}
