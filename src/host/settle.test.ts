import {expect, test} from 'vitest'
import {parseWriteback, settle} from './settle.ts'

test('Dirty and Writeback are added, in bytes, and WritebackTmp is something else', () => {
  const text = 'MemTotal: 24 kB\nDirty:              1200 kB\nWriteback:            16 kB\nWritebackTmp:         4 kB\n'
  expect(parseWriteback(text)).toBe(1216 * 1024)
})

test('a system without the figures gives none', () => {
  expect(parseWriteback('')).toBeUndefined()
})

test('a level that is never reached ends at the bound and is reported as not settled', async () => {
  const settling = await settle(Number.NEGATIVE_INFINITY, 120, new AbortController().signal)
  expect(settling.isSettled).toBe(false)
  expect(settling.waitedNs).toBeGreaterThanOrEqual(120e6)
})

test('an interrupt ends the wait at once', async () => {
  const controller = new AbortController()
  const settling = settle(Number.NEGATIVE_INFINITY, 60_000, controller.signal)
  controller.abort()
  expect((await settling).isSettled).toBe(false)
})
