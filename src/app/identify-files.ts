import {resolve} from 'node:path'
import type {MessageSpec, WorkloadSpec} from '../model/workload-spec.ts'
import {identifyFile} from '../store/identify-file.ts'

/** The same layer, with what identifies the files that it names. Throws SB_INPUT_NOT_FOUND, SB_INPUT_INVALID, SB_INPUT_EMPTY. */
export async function identifyFiles(spec: WorkloadSpec, cwd: string): Promise<WorkloadSpec> {
  const message = spec.message === undefined ? undefined : await identifyPayload(spec.message, cwd)
  return {...spec, message}
}

async function identifyPayload(message: MessageSpec, cwd: string): Promise<MessageSpec> {
  const {payload} = message
  if (payload?.source !== 'file' || payload.identity !== undefined) return message
  return {...message, payload: {...payload, identity: await identifyFile(resolve(cwd, payload.path))}}
}
