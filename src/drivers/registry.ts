import {StreambusError} from '../base/errors.ts'
import type {Driver} from './driver.ts'

/** A driver's folder, and with it its client library, is loaded when it is asked for. */
const loaders: Readonly<Record<string, () => Promise<Driver>>> = {
  memory: async () => (await import('./memory/driver.ts')).memoryDriver,
  streambus: async () => (await import('./streambus/driver.ts')).streambusDriver,
}

/** Names that `loadDriver` knows. */
export const driverNames: readonly string[] = Object.keys(loaders)

/** Throws SB_USAGE for a name that is not in `driverNames`. */
export async function loadDriver(name: string): Promise<Driver> {
  const load = loaders[name]
  if (load !== undefined) return load()
  throw new StreambusError('SB_USAGE', `There is no driver ${name}.`, {hint: `Drivers: ${driverNames.join(', ')}`})
}
