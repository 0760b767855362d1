import type {ServerStats} from '../server/server-stats.ts'
import type {Topic} from '../storage/storage.ts'
import {counter, gauge, labelled, type MetricFamily} from './exposition.ts'
import type {FetchPositions, PartitionLag} from './fetch-positions.ts'

/** Partitions that get a series of their own: those that are furthest behind. */
const LAG_SERIES_MAX = 100

/** What clients did, under the names of the Go broker where it has one. */
export function serverFamilies(stats: Readonly<ServerStats>, nowMs: number): MetricFamily[] {
  const waitsMs = stats.writersWaitSinceMs === 0 ? 0 : nowMs - stats.writersWaitSinceMs
  return [
    gauge('streambus_broker_connections', 'Connections of clients that are open.', stats.connections),
    labelled('counter', 'streambus_connections_total', 'Connections of clients by what became of them.', 'outcome', [
      ['accepted', stats.connectionsAccepted],
      ['refused', stats.connectionsRefused],
      ['timed_out', stats.connectionsTimedOut],
      ['not_the_protocol', stats.streamsRefused],
    ]),
    counter('streambus_network_bytes_in_total', 'Bytes read from clients.', stats.bytesIn),
    counter('streambus_network_bytes_out_total', 'Bytes handed over to clients.', stats.bytesOut),
    counter('streambus_network_requests_total', 'Requests that were answered, errors included.', stats.requests),
    counter('streambus_network_errors_total', 'Requests that were answered with an error.', stats.errors),
    counter('streambus_messages_produced_total', 'Messages acknowledged to producers.', stats.messagesProduced),
    counter('streambus_messages_consumed_total', 'Messages handed to consumers.', stats.messagesFetched),
    counter(
      'streambus_bytes_produced_total',
      'Bytes of acknowledged records, as clients sent them.',
      stats.recordBytesIn,
    ),
    counter('streambus_bytes_consumed_total', 'Bytes of answers to fetches.', stats.recordBytesOut),
    counter(
      'streambus_network_writes_total',
      'Writes to sockets: each carries the answers of a turn to one client.',
      stats.writes,
    ),
    labelled(
      'counter',
      'streambus_connection_waits_total',
      'Times that a connection had to wait, by what for: room in the log, memory for requests, the client to read its answers, its next share of turns.',
      'cause',
      [
        ['log', stats.logWaits],
        ['memory', stats.memoryWaits],
        ['reader', stats.readerWaits],
        ['turn', stats.turnWaits],
      ],
    ),
    gauge(
      'streambus_requests_held_bytes',
      'Memory of requests that are not whole or have to wait.',
      stats.requestBytesHeld,
    ),
    gauge('streambus_answers_unsent_bytes', 'Bytes of answers that clients have not read.', stats.answerBytesUnsent),
    gauge('streambus_answers_lent_bytes', 'Memory of answers that are being made or sent.', stats.answerBytesLent),
    gauge(
      'streambus_writers_waiting_seconds',
      'How long some producer has waited for room in the log; 0: none does.',
      waitsMs / 1000,
    ),
  ]
}

export function topicFamilies(topics: ReadonlyMap<string, Topic>, fetched: FetchPositions): MetricFamily[] {
  let partitions = 0
  for (const topic of topics.values()) partitions += topic.partitions.length
  return [
    gauge('streambus_topics', 'Topics.', topics.size),
    gauge('streambus_partitions', 'Partitions of all topics.', partitions),
    ...lagFamilies(fetched.lags(topics)),
  ]
}

function lagFamilies(lags: readonly PartitionLag[]): MetricFamily[] {
  const furthest = lags.toSorted((a, b) => b.messages - a.messages).slice(0, LAG_SERIES_MAX)
  const total = lags.reduce((sum, {messages}) => sum + messages, 0)
  return [
    gauge(
      'streambus_consumer_group_lag',
      'Messages behind the last fetch, over all partitions that were ever fetched.',
      total,
    ),
    {
      name: 'streambus_consumer_lag_messages',
      type: 'gauge',
      help: `Messages behind the last fetch of a partition, whoever asked; the ${LAG_SERIES_MAX} partitions furthest behind.`,
      samples: furthest.map(({topic, partition, messages}) => ({
        labels: {topic, partition: String(partition)},
        value: messages,
      })),
    },
  ]
}
