import {expect, test} from 'vitest'
import {StreambusError} from '../../base/errors.ts'
import type {LogStorage} from './log-storage.ts'
import {append, createTopic, deleteTopic, read, readAll} from './testing/driving.ts'
import {openSmall} from './testing/open-small.ts'
import {SimulatedDisk, systemError} from './testing/simulated-disk.ts'

// A scripted life, and the start after a kill, again and again, with one of their calls failing each time.

const textOf = (offset: number) => `<${offset}>`.padEnd(900, '.')
const retentionBytes = 8 * 32_768

interface Known {
  acked: number // batches of `orders`
  isDeleted: boolean // the deletion of `gone` is acknowledged
}

/** Goes through rotations, flushes, merges, retention and a deletion; ends at the first failure. */
async function live(storage: LogStorage, known: Known): Promise<void> {
  const gone = await createTopic(storage, 'gone')
  const orders = (await createTopic(storage, 'orders', 1)).partitions[0]!
  await append(storage, gone.partitions[0]!, 'secret')
  for (let offset = 0; offset < 350; offset += 1) {
    await append(storage, orders, textOf(offset))
    known.acked = offset + 1
    if (offset === 100) {
      await deleteTopic(storage, gone)
      known.isDeleted = true
    }
    if (offset % 60 === 0) await read(storage, orders, orders.start, 10_000)
  }
}

/** Opens without faults and looks for everything that was acknowledged. */
async function expectKept(disk: SimulatedDisk, {acked, isDeleted}: Known): Promise<void> {
  const storage = await openSmall(disk, {retentionBytes})
  if (isDeleted) expect(storage.topics.has('gone')).toBe(false)
  const orders = storage.topics.get('orders')?.partitions[0]
  if (acked > 0) {
    expect(orders!.end).toBeGreaterThanOrEqual(acked)
    const held = await readAll(storage, orders!)
    expect(held.map((batch) => batch.text)).toEqual(held.map((_, index) => textOf(orders!.start + index)))
    expect(orders!.start).toBeLessThan(Math.max(1, acked - 100)) // retention takes no more than it should
  }
  await storage.close()
  expect(disk.openHandles).toBe(0)
}

/** Runs `act` on disks of `make`, each time with another of its calls failing, until there is no such call; their number. */
async function failEach(
  code: 'EIO' | 'ENOSPC',
  step: number,
  make: () => SimulatedDisk,
  act: (disk: SimulatedDisk) => Promise<Known>,
): Promise<number> {
  for (let nth = code === 'EIO' ? 1 : 2; ; nth += step) {
    const disk = make()
    let calls = 0
    let failed = ''
    disk.fault = (call) => {
      calls += 1
      if (calls !== nth) return undefined
      failed = `${call.kind} ${call.path}`
      return systemError(code, call.path)
    }
    try {
      const known = await act(disk)
      disk.fault = () => undefined
      if (failed === '') return calls
      await expectKept(disk, known)
    } catch (error) {
      throw new Error(`call ${nth}, ${failed}`, {cause: error})
    }
  }
}

async function liveAndClose(disk: SimulatedDisk): Promise<Known> {
  const known = {acked: 0, isDeleted: false}
  const storage = await openSmall(disk, {retentionBytes}).catch(expectTold)
  if (storage === undefined) return known
  await live(storage, known).catch(expectTold)
  await storage.close()
  expect(disk.openHandles).toBe(0)
  return known
}

function expectTold(error: unknown): undefined {
  expect(error).toBeInstanceOf(StreambusError)
  expect((error as StreambusError).code).toMatch(/^SB_(STORAGE_FAILED|DISK_FULL)$/)
}

test.each(['EIO', 'ENOSPC'] as const)(
  'any one call of a life failing with %s loses nothing and leaks no file',
  {timeout: 120_000},
  async (code) => {
    const calls = await failEach(code, 7, () => new SimulatedDisk(), liveAndClose)
    expect(calls).toBeGreaterThan(500)
  },
)

test.each(['EIO', 'ENOSPC'] as const)(
  'any one call of a start failing with %s is told, and the next start is whole',
  {timeout: 120_000},
  async (code) => {
    const known = {acked: 0, isDeleted: false}
    const lived = new SimulatedDisk()
    const storage = await openSmall(lived, {retentionBytes})
    await live(storage, known)
    const killed = lived.afterKill()
    await storage.close()
    const calls = await failEach(
      code,
      1,
      () => killed.afterKill(),
      async (disk) => {
        const opened = await openSmall(disk, {retentionBytes}).catch(expectTold)
        await opened?.close()
        expect(disk.openHandles).toBe(0)
        return known
      },
    )
    expect(calls).toBeGreaterThan(20)
  },
)
