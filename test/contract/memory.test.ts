import {createMemoryTarget} from '../../src/drivers/memory/driver.ts'
import {testDriver} from './driver-contract.ts'

testDriver('memory', async () => ({...createMemoryTarget(), host: 'memory', port: 0, close: async () => {}}))
