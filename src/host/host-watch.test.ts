import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {setTimeout as sleep} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {HostWatch} from './host-watch.ts'
import {threadTimesOf} from './thread-times.ts'

/** Ends by itself: a test that runs out of time does not get to its `finally`. */
const SPIN = 'const end = Date.now() + 25_000; while (Date.now() < end);'

test.skipIf(process.platform !== 'linux')(
  'a process that spins is somebody else, unless it is the target',
  async () => {
    const child = spawn(process.execPath, ['-e', SPIN])
    try {
      while ((threadTimesOf(child.pid!)?.find(({tid}) => tid === child.pid)?.runNs ?? 0) < 5e7) await sleep(10)
      const [blind, knowing] = [new HostWatch(), new HostWatch(child.pid)]
      blind.start()
      knowing.start()
      await sleep(500)
      const [stranger, target] = [blind.stop()!, knowing.stop()!]
      expect(stranger.host.otherShare).toBeGreaterThan(0)
      expect(target.host.otherShare).toBeLessThan(stranger.host.otherShare!)
      expect(target.targetRunQueueNs).toBeGreaterThanOrEqual(0)
      expect(stranger.host.busyShare).toBeGreaterThan(0)
      expect(stranger.host.busyShare).toBeLessThanOrEqual(1)
      expect(stranger.host.clockStepNs).toBe(0)
      expect(stranger.host.bootStepNs).toBe(0)
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  },
)

test('a watch that was never started saw nothing', () => {
  expect(new HostWatch().stop()).toBeUndefined()
})

test.skipIf(process.platform !== 'linux')('the threads of a process that is gone, and of this one', () => {
  expect(threadTimesOf(2 ** 22 + 1)).toBeUndefined()
  expect(threadTimesOf('self')?.find(({tid}) => tid === process.pid)?.runNs).toBeGreaterThan(0)
})
