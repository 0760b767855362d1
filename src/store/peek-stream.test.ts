import {expect, test} from 'vitest'
import {peekStream} from './peek-stream.ts'

/** Two chunks, and whether the source was let go. */
function source() {
  const state = {isClosed: false}
  const stream = (async function* () {
    try {
      yield Buffer.from('\uFEFFhead\n')
      yield Buffer.from('rest')
    } finally {
      state.isClosed = true
    }
  })()
  return {state, stream}
}

test('the beginning is known, and all of it comes, without a byte order mark', async () => {
  const peeked = await peekStream(source().stream)
  expect(peeked.head).toBe('head\n')
  const chunks: string[] = []
  for await (const chunk of peeked.stream) chunks.push(chunk.toString())
  expect(chunks.join('')).toBe('head\nrest')
})

// A file that is left open ends the process when its handle is collected.
test('who stops at the first chunk has the source closed', async () => {
  const {state, stream} = source()
  const peeked = await peekStream(stream)
  for await (const _ of peeked.stream) break
  expect(state.isClosed).toBe(true)
})
