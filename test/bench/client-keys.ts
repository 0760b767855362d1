import {clientLayer} from '../../src/app/client-layer.ts'
import type {ClientSettings} from '../../src/model/client-settings.ts'
import type {WorkloadSpec} from '../../src/model/workload-spec.ts'
import {resolveSettings} from '../../src/settings/load.ts'
import type {Settings} from './live-broker.ts'

/** What keys of the client side say of a workload, by the same way as a command's. Throws SB_CONFIG_INVALID. */
export function workloadSpecOf(settings: Settings): WorkloadSpec {
  const flags = Object.entries(settings).map(([key, value]) => ({key, flag: key, value}))
  return clientLayer(resolveSettings({flags}))
}

/** What they say of a client. */
export function clientOf(settings: Settings): ClientSettings {
  return (workloadSpecOf(settings).client ?? {}) as ClientSettings // nothing in it is undefined
}
