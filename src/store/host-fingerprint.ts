import {createHash} from 'node:crypto'
import type {Environment} from '../model/environment.ts'
import {hostFacts} from '../model/host-facts.ts'

/** Twelve hex digits that are equal for runs of the same kind of machine; an update of the kernel does not change it. */
export function hostFingerprint(environment: Environment): string {
  const values = hostFacts(environment).map(({value}) => value)
  return createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 12)
}
