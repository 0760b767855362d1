import {connect} from 'node:net'
import {encodeFetch, encodeHealthCheck} from '../../../src/protocol/requests.ts'
import {freshTopic, produce} from '../drive.ts'
import {withBroker} from '../live-broker.ts'
import {as} from './formats.ts'
import type {KeyRow} from './key-row.ts'
import {greeted, untilEnded} from './raw-connection.ts'

const LOW = '300ms'
const HIGH = '1500ms'
const UNREAD_BYTES = 48 * 2 ** 20 // more than any socket's buffers take
const VALUE_BYTES = 2 ** 20
const PROBE_MS = 20
const ended = {name: 'until the connection ended', as: 'difference', withHigh: 'more', format: as.time} as const
const common = {low: LOW, high: HIGH, repetitions: 3, figures: [ended] as const}

export const timeoutRows: readonly KeyRow[] = [
  {
    ...common,
    key: 'server.read_timeout',
    workload: 'the first 6 bytes of a request, then silence',
    measure: (value) =>
      withBroker({'server.read_timeout': value}, async (broker) => {
        const socket = await greeted(broker)
        socket.write(encodeHealthCheck(2).subarray(0, 6))
        return {[ended.name]: await untilEnded(socket)}
      }),
  },
  {
    ...common,
    key: 'server.write_timeout',
    workload: 'fetches of 48 MiB by a client that reads none of it, and goes on asking',
    measure: (value) =>
      withBroker({'server.write_timeout': value}, async (broker) => {
        const session = await broker.connect()
        const topic = await freshTopic(session)
        const messagesMax = UNREAD_BYTES / VALUE_BYTES
        await produce(session, {topic, valueBytes: VALUE_BYTES, batch: 1, inFlight: 4, messagesMax})
        const {host, port} = broker.embedded
        const socket = connect({host, port, noDelay: true})
        socket.pause() // before it is connected: else Node reads ahead
        socket.on('error', () => {})
        for (let at = 0; at < messagesMax; at += 1) socket.write(encodeFetch(at + 1, topic, 0, at, VALUE_BYTES))
        // One that does not read hears of the end by writing only.
        const probe = setInterval(() => socket.write(encodeHealthCheck(1_000)), PROBE_MS)
        try {
          return {[ended.name]: await untilEnded(socket)}
        } finally {
          clearInterval(probe)
        }
      }),
  },
  {
    ...common,
    key: 'server.idle_timeout',
    usual: ['30s', '5m'], // a driver may be silent on its control connection for 10 s
    workload: 'silence after a request',
    measure: (value) =>
      withBroker({'server.idle_timeout': value}, async (broker) => ({
        [ended.name]: await untilEnded(await greeted(broker)),
      })),
  },
]
