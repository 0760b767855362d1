import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {startBroker} from '../../src/broker/broker.ts'
import {streambusDriver} from '../../src/drivers/streambus/driver.ts'
import type {ClientSettings} from '../../src/model/client-settings.ts'
import {defaultBrokerSettings} from '../../src/settings/resolved.ts'
import {type ContractTarget, testDriver} from './driver-contract.ts'
import {FaultProxy} from './fault-proxy.ts'

/** The embedded broker in this process, behind a relay that can stall and cut. */
async function startTarget(client?: ClientSettings): Promise<ContractTarget> {
  const dataDir = await mkdtemp(join(tmpdir(), 'streambus-contract-'))
  const broker = await startBroker(
    defaultBrokerSettings({
      server: {host: '127.0.0.1', port: 0, httpPort: -1},
      storage: {dataDir, wal: {segmentBytes: 16 * 2 ** 20, fsyncPolicy: 'never'}},
    }),
  )
  const proxy = new FaultProxy(broker.port)
  await proxy.listen()
  return {
    driver: {...streambusDriver, connect: (options) => streambusDriver.connect({...options, client})},
    host: '127.0.0.1',
    port: proxy.port,
    stall: () => proxy.stall(),
    resume: () => proxy.resume(),
    lose: () => proxy.cut(),
    restore: () => proxy.listen(),
    async close() {
      await proxy.cut()
      await broker.close()
      await rm(dataDir, {recursive: true, force: true})
    },
  }
}

testDriver('streambus', startTarget)
testDriver('streambus, packed and patient', () =>
  startTarget({
    compression: 'lz4',
    acks: 'synced',
    retriesMax: 3,
    fetchBytesMin: 1,
    fetchWaitNsMax: 100e6,
    pollMessagesMax: 7,
  }),
)
testDriver('streambus, packed small', () => startTarget({compression: 'gzip', fetchBytesMax: 500}))
