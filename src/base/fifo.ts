const COMPACT_MIN = 1024

/** A queue whose `shift` does not move what is behind it, however long it grew. */
export class Fifo<T> {
  #items: T[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** The oldest item, still in the queue. */
  peek(): T | undefined {
    return this.#items[this.#head]
  }

  /** Takes the oldest item out. */
  shift(): T | undefined {
    const item = this.#items[this.#head]
    if (item === undefined) return undefined
    this.#head += 1
    if (this.#head === this.#items.length) {
      this.#items.length = 0
      this.#head = 0
    } else if (this.#head >= COMPACT_MIN && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  /** Takes everything out, oldest first. */
  drain(): T[] {
    const items = this.#items.slice(this.#head)
    this.#items.length = 0
    this.#head = 0
    return items
  }

  /** Item `index` places behind the oldest. */
  at(index: number): T | undefined {
    return this.#items[this.#head + index]
  }
}
