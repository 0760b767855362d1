/** Where a block stands: in one of the two queues that hold memory, among the remembered, or nowhere. */
export const Place = {nowhere: 0, recent: 1, hot: 2, remembered: 3} as const
export type Place = (typeof Place)[keyof typeof Place]

/** What the queues keep of a block; the cache's entries extend it. */
export class QueueNode {
  place: Place = Place.nowhere
  isPinned = false // its bytes are on their way: not to be evicted
  newer: QueueNode | undefined
  older: QueueNode | undefined
}

/** A doubly linked list, newest first. */
class Queue {
  readonly #place: Place
  length = 0
  newest: QueueNode | undefined
  oldest: QueueNode | undefined

  constructor(place: Place) {
    this.#place = place
  }

  push(node: QueueNode): void {
    node.place = this.#place
    node.older = this.newest
    node.newer = undefined
    if (this.newest !== undefined) this.newest.newer = node
    this.newest = node
    this.oldest ??= node
    this.length += 1
  }

  remove(node: QueueNode): void {
    if (node.newer === undefined) this.newest = node.older
    else node.newer.older = node.older
    if (node.older === undefined) this.oldest = node.newer
    else node.older.newer = node.newer
    node.newer = undefined
    node.older = undefined
    node.place = Place.nowhere
    this.length -= 1
  }

  oldestUnpinned(): QueueNode | undefined {
    let node = this.oldest
    while (node?.isPinned) node = node.newer
    return node
  }
}

export interface QueueHandlers {
  /** The block gives up its memory. */
  readonly onEvicted: (node: QueueNode) => void
  /** The block is not even remembered any more. */
  readonly onForgotten: (node: QueueNode) => void
}

/**
 * The replacement policy 2Q, full version: Johnson and Shasha, "2Q: A Low Overhead High Performance Buffer Management
 * Replacement Algorithm", VLDB 1994. A block enters a FIFO of a quarter of the memory ("recent", the paper's A1in); when it
 * leaves that, its name is kept ("remembered", A1out, names for half the memory); only a block that is asked for again while it is
 * remembered enters the LRU queue that has the rest ("hot", Am).
 *
 * A log is read by scans that touch a block several times in a row and then never again. 2Q ignores such correlated touches,
 * because hits in the FIFO change nothing. S3-FIFO (Yang et al., SOSP 2023) would promote on two touches in its small queue, and
 * SIEVE (Zhang et al., NSDI 2024) is by its authors' word not resistant to scans.
 */
export class TwoQueues {
  readonly #blocksMax: number
  readonly #recentMax: number
  readonly #rememberedMax: number
  readonly #recent = new Queue(Place.recent)
  readonly #hot = new Queue(Place.hot)
  readonly #remembered = new Queue(Place.remembered)
  readonly #handlers: QueueHandlers

  constructor(blocksMax: number, handlers: QueueHandlers) {
    this.#blocksMax = blocksMax
    this.#recentMax = Math.max(1, Math.floor(blocksMax / 4))
    this.#rememberedMax = Math.max(1, Math.floor(blocksMax / 2))
    this.#handlers = handlers
  }

  /** Blocks that hold memory. */
  get held(): number {
    return this.#recent.length + this.#hot.length
  }

  /** A block that is held was asked for. */
  touch(node: QueueNode): void {
    if (node.place !== Place.hot || this.#hot.newest === node) return
    this.#hot.remove(node)
    this.#hot.push(node)
  }

  /** Takes in a block that is not held, in the place of another when it must; false when every other one is pinned. */
  admit(node: QueueNode): boolean {
    const isRemembered = node.place === Place.remembered
    if (isRemembered) this.#remembered.remove(node)
    if (this.held >= this.#blocksMax && !this.#evict()) {
      this.#handlers.onForgotten(node)
      return false
    }
    if (isRemembered) this.#hot.push(node)
    else this.#recent.push(node)
    return true
  }

  /** Takes a block out, wherever it is. */
  remove(node: QueueNode): void {
    if (node.place === Place.recent) this.#recent.remove(node)
    else if (node.place === Place.hot) this.#hot.remove(node)
    else if (node.place === Place.remembered) this.#remembered.remove(node)
  }

  /** Evicts and forgets everything that is not pinned. */
  clear(): void {
    while (this.#evict());
    while (this.#remembered.oldest !== undefined) this.#forgetOldest()
  }

  #evict(): boolean {
    const fromRecent = this.#recent.oldestUnpinned()
    const fromHot = this.#hot.oldestUnpinned()
    if (fromRecent !== undefined && (fromHot === undefined || this.#recent.length > this.#recentMax)) {
      this.#recent.remove(fromRecent)
      this.#handlers.onEvicted(fromRecent)
      this.#remember(fromRecent)
    } else if (fromHot !== undefined) {
      this.#hot.remove(fromHot)
      this.#handlers.onEvicted(fromHot)
      this.#handlers.onForgotten(fromHot)
    } else return false
    return true
  }

  #remember(node: QueueNode): void {
    this.#remembered.push(node)
    if (this.#remembered.length > this.#rememberedMax) this.#forgetOldest()
  }

  #forgetOldest(): void {
    const oldest = this.#remembered.oldest!
    this.#remembered.remove(oldest)
    this.#handlers.onForgotten(oldest)
  }
}
