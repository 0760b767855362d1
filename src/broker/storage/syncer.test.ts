import {expect, test} from 'vitest'
import {Segment} from './segment.ts'
import {Syncer} from './syncer.ts'
import {SimulatedDisk} from './testing/simulated-disk.ts'

test('a sync of segments that have all expired meanwhile touches no file and tells that it is done', async () => {
  const disk = new SimulatedDisk()
  const synced: number[] = []
  const failed: string[] = []
  const syncer = new Syncer(disk, 'never', 5, 0, {
    onSynced: (lsn) => synced.push(lsn),
    onTimed: () => {},
    onFailed: (doing) => failed.push(doing),
  })
  const segment = new Segment({handle: 3, path: '/data/x.seg', filledBytes: 0}, {number: 1, generation: 1, bytesMax: 9})
  syncer.wrote(segment, 7, true)
  segment.isFreed = true
  await syncer.syncNow()
  expect([synced, failed, syncer.syncedLsn, syncer.syncs]).toEqual([[7], [], 7, 0])
  expect(disk.calls).toEqual([])
  expect(syncer.isRunning).toBe(false)
})
