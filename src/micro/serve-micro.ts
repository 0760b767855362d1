import {toErrorRecord} from '../base/errors.ts'
import type {MicroFacts} from '../model/micro.ts'
import type {FromMicro, ToMicro} from '../model/micro-messages.ts'
import {microCases} from './cases/index.ts'
import {countCase, timeCase} from './measure-case.ts'
import type {MicroCase} from './micro-case.ts'
import {consumedSum} from './time-work.ts'

/** Answers the one request this process was started for, then ends. */
export function serveMicro(child: NodeJS.Process): void {
  const send = (message: FromMicro, sent: () => void) => child.send?.(message, sent)
  child.stdin.on('end', () => child.exit()).resume() // whoever started it is gone
  child.on('message', (request: ToMicro) => {
    answer(request)
      .catch((error: unknown): FromMicro => ({kind: 'failed', error: toErrorRecord(error)}))
      .then((message) => send(message, () => child.disconnect?.()))
  })
  child.on('disconnect', () => child.exit(Number.isNaN(consumedSum()) ? 1 : 0))
}

async function answer(request: ToMicro): Promise<FromMicro> {
  if (request.kind === 'list') return {kind: 'cases', cases: microCases.map(factsOf)}
  const microCase = microCases.find(({name}) => name === request.name)
  if (microCase === undefined) throw new Error(`there is no case ${request.name}`)
  if (request.kind === 'time') return {kind: 'timed', ...(await timeCase(microCase, request.place, request.timeNs))}
  return {kind: 'counted', allocationsPerOp: await countCase(microCase, request.place)}
}

function factsOf({prepare: _, ...facts}: MicroCase): MicroFacts {
  return facts
}
