import type {MessagePort} from 'node:worker_threads'
import type {Driver} from '../drivers/driver.ts'
import {LoadExecution} from './execute-load.ts'
import {nodeTurns} from './turns.ts'
import type {FromWorker, ToWorker, WorkerStart} from './worker-messages.ts'

/** The worker's side of `runLoad`: executes the request it was started with and posts what comes of it. */
export async function serveLoad(
  start: WorkerStart,
  port: MessagePort,
  loadDriver: (name: string) => Promise<Driver>,
): Promise<void> {
  const post = (message: FromWorker) => port.postMessage(message)
  const driver = await loadDriver(start.request.driver)
  const execution = new LoadExecution(start.request, driver, nodeTurns(start.clockOrigin), (progress) =>
    post({kind: 'progress', progress}),
  )
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'abort') execution.abort()
  })
  const outcome = await execution.run()
  post({kind: 'outcome', outcome})
  port.close()
}
