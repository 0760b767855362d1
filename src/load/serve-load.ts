import type {MessagePort} from 'node:worker_threads'
import type {Driver} from '../drivers/driver.ts'
import {BacklogExecution} from './backlog.ts'
import {CrewSeat} from './crew.ts'
import {LoadExecution} from './execute-load.ts'
import type {LoadProgress} from './load-outcome.ts'
import {nodeTurns} from './turns.ts'
import type {FromWorker, ToWorker, WorkerStart} from './worker-messages.ts'

/** A worker's side of `runLoad`: executes its share of the request it was started with and posts what comes of it. */
export async function serveLoad(
  {request, clockOrigin, place}: WorkerStart,
  port: MessagePort,
  loadDriver: (name: string) => Promise<Driver>,
): Promise<void> {
  const post = (message: FromWorker) => port.postMessage(message)
  const seat = new CrewSeat(
    place,
    (word) => post({kind: 'word', word}),
    () => post({kind: 'halt'}),
  )
  let abort = () => {}
  let isAborted = false
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'words') return seat.hear(message.words)
    isAborted = true
    abort()
  })
  const driver = await loadDriver(request.driver)
  const turns = nodeTurns(clockOrigin)
  const tell = (progress: LoadProgress) => post({kind: 'progress', progress})
  const execution =
    request.workload.kind === 'backlog'
      ? new BacklogExecution(request, driver, turns, tell)
      : new LoadExecution(request, driver, turns, tell, seat)
  abort = () => execution.abort()
  if (isAborted) abort()
  post({kind: 'report', report: await execution.report()})
  port.close()
}
