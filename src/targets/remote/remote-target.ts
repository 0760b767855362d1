import {StreambusError} from '../../base/errors.ts'
import type {TargetDescription} from '../../model/target.ts'

const SCHEME = 'streambus:'
const PORT_DEFAULT = 9092

/** A StreamBus broker somewhere else, by its address. */
export interface RemoteTarget {
  readonly host: string
  readonly port: number
  description(): TargetDescription
}

/**
 * Reads `streambus://HOST:PORT` (port 9092 when left out; an IPv6 address in brackets). Throws
 * SB_USAGE. A text with credentials is refused and never repeated: messages end up in files.
 */
export function parseRemoteTarget(text: string): RemoteTarget {
  if (text.includes('@')) {
    throw new StreambusError('SB_USAGE', 'The target holds credentials (something before an @).', {
      hint: 'The StreamBus protocol has no login: give streambus://HOST:PORT.',
    })
  }
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== SCHEME || url.hostname === '') throw notATarget(text)
  if ((url.pathname !== '' && url.pathname !== '/') || url.search !== '' || url.hash !== '') throw notATarget(text)
  const port = url.port === '' ? PORT_DEFAULT : Number(url.port)
  if (port < 1) throw notATarget(text)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return {host, port, description: () => ({kind: 'streambus', address, configuration: []})}
}

function notATarget(text: string): StreambusError {
  return new StreambusError('SB_USAGE', `"${text}" is not a target.`, {
    hint: 'Give embedded, memory, or streambus://HOST:PORT such as streambus://127.0.0.1:9092.',
  })
}
