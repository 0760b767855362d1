import {expect, test} from 'vitest'
import {Place, QueueNode, TwoQueues} from './block-cache-queues.ts'

class Named extends QueueNode {
  readonly name: string
  constructor(name: string) {
    super()
    this.name = name
  }
}

/** A cache of names: says `hit` or the names that had to go. */
function cacheOf(blocksMax: number) {
  const nodes = new Map<string, Named>()
  let evicted = ''
  const nameOf = (node: QueueNode) => (node instanceof Named ? node.name : '')
  const queues = new TwoQueues(blocksMax, {
    onEvicted: (node) => {
      evicted = `-${nameOf(node)}`
    },
    onForgotten: (node) => nodes.delete(nameOf(node)),
  })
  const held = (node: QueueNode | undefined) => node?.place === Place.recent || node?.place === Place.hot
  return {
    ask(name: string): string {
      const known = nodes.get(name)
      if (known !== undefined && held(known)) {
        queues.touch(known)
        return 'hit'
      }
      evicted = ''
      const node = known ?? new Named(name)
      nodes.set(name, node)
      return queues.admit(node) ? evicted : 'no room'
    },
    askAll(names: string): string[] {
      return [...names].map((name) => this.ask(name))
    },
    places(place: Place): string {
      return [...nodes.values()]
        .filter((node) => node.place === place)
        .map((node) => node.name)
        .sort()
        .join('')
    },
    node: (name: string) => nodes.get(name)!,
    held: () => queues.held,
    known: () => nodes.size,
  }
}

// Four blocks: the FIFO keeps 1 before the LRU queue gives way, 2 names are remembered. Worked by hand after the paper's figure 2.
test('a block is hot once it is asked for again after the FIFO let it go', () => {
  const cache = cacheOf(4)
  expect(cache.askAll('abcd')).toEqual(['', '', '', ''])
  expect(cache.askAll('aab')).toEqual(['hit', 'hit', 'hit']) // in the FIFO: no block moves
  expect(cache.ask('e')).toBe('-a') // FIFO e d c b, remembered a
  expect(cache.ask('a')).toBe('-b') // hot a, FIFO e d c, remembered b
  expect([cache.places(Place.hot), cache.places(Place.recent), cache.places(Place.remembered)]).toEqual([
    'a',
    'cde',
    'b',
  ])
  expect(cache.askAll('fg')).toEqual(['-c', '-d']) // remembered d c; b is forgotten
  expect(cache.ask('b')).toBe('-e') // forgotten, so it starts in the FIFO again: b g f
  expect([cache.places(Place.hot), cache.places(Place.recent), cache.places(Place.remembered)]).toEqual([
    'a',
    'bfg',
    'de',
  ])
})

test('the LRU queue gives way when the FIFO is at its share, its least recently used first', () => {
  const cache = cacheOf(4)
  cache.askAll('abcdefgh') // FIFO e f g h, remembered c d
  expect(cache.askAll('dcg')).toEqual(['-e', '-f', 'hit']) // hot c d; the FIFO has g h, remembered e f
  expect(cache.askAll('f')).toEqual(['-g']) // hot f c d, FIFO h: at its share
  expect(cache.ask('d')).toBe('hit') // hot d f c
  expect(cache.ask('x')).toBe('-c')
  expect([cache.places(Place.hot), cache.places(Place.recent)]).toEqual(['df', 'hx'])
})

test('a scan of any length does not drive out what is hot', () => {
  const cache = cacheOf(40)
  const hot = Array.from({length: 25}, (_, index) => `hot${index}`)
  for (const name of hot) cache.ask(name)
  for (let index = 0; index < 20; index += 1) cache.ask(`filler${index}`) // 45 asked for: hot0 to hot4 leave the FIFO
  for (const name of hot) cache.ask(name)
  for (let round = 0; round < 3; round += 1) {
    for (let index = 0; index < 12; index += 1) cache.ask(`more${round}-${index}`)
    for (const name of hot) cache.ask(name)
  }
  const hotBefore = hot.filter((name) => cache.node(name)?.place === Place.hot)
  expect(hotBefore.length).toBeGreaterThanOrEqual(20)
  for (let index = 0; index < 10_000; index += 1) {
    cache.ask(`scan${index}`)
    cache.ask(`scan${index}`) // a scan touches a block more than once
  }
  expect(hotBefore.every((name) => cache.ask(name) === 'hit')).toBe(true)
  expect(cache.held()).toBe(40)
  expect(cache.known()).toBeLessThanOrEqual(60) // 40 held, 20 remembered
})

test('a block whose bytes are on their way is not evicted; nothing is, when all are', () => {
  const cache = cacheOf(2)
  cache.askAll('ab')
  cache.node('a').isPinned = true
  expect(cache.ask('c')).toBe('-b')
  cache.node('c').isPinned = true
  expect(cache.ask('d')).toBe('no room')
  cache.node('a').isPinned = false
  expect(cache.ask('d')).toBe('-a')
})
