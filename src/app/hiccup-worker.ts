import {parentPort, workerData} from 'node:worker_threads'
import {assert} from '../base/assert.ts'
import {type HiccupStart, serveHiccups} from '../host/hiccup-thread.ts'

/** Entry of a thread of the hiccup meter. */
assert(parentPort !== null, 'this module is the entry of a worker thread')
serveHiccups(workerData as HiccupStart, parentPort)
