import {parentPort, workerData} from 'node:worker_threads'
import {assert} from '../../base/assert.ts'
import {StreambusError} from '../../base/errors.ts'
import type {Driver} from '../../drivers/driver.ts'
import {loadDriver} from '../../drivers/registry.ts'
import {serveLoad} from '../serve-load.ts'
import type {WorkerStart} from '../worker-messages.ts'

/** Entry of a worker that goes wrong after half a second, as the driver's name says, if it is number 1. */
assert(parentPort !== null, 'this module is the entry of a worker thread')
const start = workerData as WorkerStart

await serveLoad(start, parentPort, async (name) => {
  const driver = await loadDriver('streambus')
  if (start.place.index !== 1) return driver
  if (name === 'dies-in-1') setTimeout(() => process.exit(9), 500)
  return name === 'lost-in-1' ? withLoss(driver) : driver
})

function withLoss(driver: Driver): Driver {
  return {
    ...driver,
    async connect(options) {
      const session = await driver.connect(options)
      session.onLost = (listener) => {
        setTimeout(() => listener(new StreambusError('SB_TARGET_LOST', 'It is gone.')), 500)
      }
      return session
    },
  }
}
