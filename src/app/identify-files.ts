import {resolve} from 'node:path'
import type {ArrivalSpec, MessageSpec, WorkloadSpec} from '../model/workload-spec.ts'
import {identifyFile} from '../store/identify-file.ts'
import {readTrace} from '../store/read-trace.ts'

/** The same layer, with what identifies the files that it names. Throws SB_INPUT_NOT_FOUND, SB_INPUT_INVALID, SB_INPUT_EMPTY. */
export async function identifyFiles(spec: WorkloadSpec, cwd: string): Promise<WorkloadSpec> {
  const message = spec.message === undefined ? undefined : await identifyPayload(spec.message, cwd)
  const arrival = spec.arrival === undefined ? undefined : await identifyTrace(spec.arrival, cwd)
  return {...spec, message, arrival}
}

async function identifyPayload(message: MessageSpec, cwd: string): Promise<MessageSpec> {
  const {payload} = message
  if (payload?.source !== 'file' || payload.identity !== undefined) return message
  return {...message, payload: {...payload, identity: await identifyFile(resolve(cwd, payload.path))}}
}

async function identifyTrace(arrival: ArrivalSpec, cwd: string): Promise<ArrivalSpec> {
  const {process} = arrival
  if (process?.process !== 'trace' || process.identity !== undefined) return arrival
  const {sha256, arrivals, durationNs} = await readTrace(resolve(cwd, process.path))
  return {...arrival, process: {...process, identity: {sha256, arrivals, durationNs}}}
}
