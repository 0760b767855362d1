import {parentPort, workerData} from 'node:worker_threads'
import {assert} from '../../base/assert.ts'
import type {Consumer, Driver} from '../../drivers/driver.ts'
import {createMemoryTarget} from '../../drivers/memory/driver.ts'
import {serveLoad} from '../serve-load.ts'
import type {WorkerStart} from '../worker-messages.ts'

/** Entry of a worker whose memory target misbehaves as the driver's name says. */
assert(parentPort !== null, 'this module is the entry of a worker thread')
await serveLoad(workerData as WorkerStart, parentPort, async (name) => {
  const target = createMemoryTarget(name === 'late-consumer' ? {retainBytes: 10_000} : {})
  if (name === 'lose-after-500ms') setTimeout(() => target.lose(), 500)
  if (name === 'lose-in-stall') {
    setTimeout(() => target.stall(), 400)
    setTimeout(() => target.lose(), 700)
  }
  if (name === 'stall-300ms') {
    setTimeout(() => target.stall(), 400)
    setTimeout(() => target.resume(), 700)
  }
  if (name === 'late-consumer') return withLateConsumer(target.driver)
  return name === 'forgets-ten' ? withShortLog(target.driver) : target.driver
})

/** Says that its log ends ten messages before where it does. */
function withShortLog(driver: Driver): Driver {
  return {
    ...driver,
    async connect(options) {
      const session = await driver.connect(options)
      const offsetsOf = session.offsetsOf.bind(session)
      session.offsetsOf = async (topic, partition) => {
        const {start, end} = await offsetsOf(topic, partition)
        return {start, end: end - 10}
      }
      return session
    },
  }
}

/** Messages are there for more than 100 ms before anybody reads; retention does not wait. */
function withLateConsumer(driver: Driver): Driver {
  return {
    ...driver,
    async connect(options) {
      const session = await driver.connect(options)
      const openConsumer = session.openConsumer.bind(session)
      session.openConsumer = async (consumerOptions) => {
        let late: Consumer | undefined
        setTimeout(async () => {
          late = await openConsumer(consumerOptions)
        }, 250)
        return {
          positionOf: (partition) => late?.positionOf(partition) ?? 0,
          readFrom: (offset) => late?.readFrom(offset),
          close: async () => late?.close(),
        }
      }
      return session
    },
  }
}
