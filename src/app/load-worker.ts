import {parentPort, workerData} from 'node:worker_threads'
import {assert} from '../base/assert.ts'
import {loadDriver} from '../drivers/registry.ts'
import {serveLoad} from '../load/serve-load.ts'
import type {WorkerStart} from '../load/worker-messages.ts'

/** Entry of the worker thread that generates load: where the engine and the drivers meet. */
assert(parentPort !== null, 'this module is the entry of a worker thread')
await serveLoad(workerData as WorkerStart, parentPort, loadDriver)
