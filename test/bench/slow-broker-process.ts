import {startBroker} from '../../src/broker/broker.ts'
import {nodeFiles} from '../../src/broker/storage/node-files.ts'
import type {BrokerSettings} from '../../src/settings/broker-settings.ts'
import {pacedDisk} from './paced-disk.ts'

/*
 * A broker in a process of its own whose disk can be slowed down: so that memtables fill, which a fast
 * disk would empty. Started and told by the memory part of `npm run bench:broker`; of no use by hand.
 */
export type ToSlowBroker =
  | {readonly kind: 'start'; readonly settings: BrokerSettings; readonly poolBytes: number}
  | {readonly kind: 'pace'; readonly bytesPerSec: number}
  | {readonly kind: 'release'}

export interface SlowBrokerReady {
  readonly port: number
  readonly httpPort: number
}

const disk = pacedDisk(nodeFiles)

process.on('disconnect', () => process.exit(0))
process.on('message', (message: ToSlowBroker) => {
  if (message.kind === 'pace') disk.pace(message.bytesPerSec)
  else if (message.kind === 'release') disk.release()
  else void start(message)
})

async function start({settings, poolBytes}: Extract<ToSlowBroker, {kind: 'start'}>): Promise<void> {
  const {port, httpPort} = await startBroker(settings, {files: disk.files, pool: {bytes: poolBytes}})
  process.send?.({port, httpPort} satisfies SlowBrokerReady)
}
