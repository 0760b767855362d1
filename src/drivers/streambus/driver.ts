import {FRAME_BYTES_MAX} from '../../protocol/constants.ts'
import type {Driver} from '../driver.ts'
import {StreambusSession} from './session.ts'

/** Records are kept well below the largest frame, so that every answer with one of them fits. */
const MESSAGE_BYTES_MAX = 8 * 2 ** 20

/** Speaks the StreamBus wire protocol over TCP: our embedded broker and the Go one alike. */
export const streambusDriver: Driver = {
  name: 'streambus',
  abilities: {
    acks: ['none', 'written', 'synced'], // of a Go broker: written only
    client: [
      'acks',
      'compression',
      'retriesMax',
      'retryBackoffNs',
      'fetchBytesMin',
      'fetchBytesMax',
      'fetchWaitNsMax',
      'pollMessagesMax',
    ],
    partitionsMax: 65_536,
    messageBytesMax: MESSAGE_BYTES_MAX,
    batchBytesMax: FRAME_BYTES_MAX,
  },
  async connect(options) {
    const session = new StreambusSession(options)
    await session.start()
    return session
  },
}
