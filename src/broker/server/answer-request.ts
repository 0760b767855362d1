import type {StreambusError} from '../../base/errors.ts'
import {FRAME_BYTES_MAX, RequestType, WireError} from '../../protocol/constants.ts'
import {type Decoded, isMalformed} from '../../protocol/decoded.ts'
import {ownFeatures} from '../../protocol/extension.ts'
import {
  asksFeatures,
  decodeCreateTopic,
  decodeDeleteTopic,
  decodeFetch,
  decodeGetOffset,
  type FetchRequest,
} from '../../protocol/requests.ts'
import {
  encodeHealthResponse,
  encodeListTopicsResponse,
  encodeOffsetsResponse,
  encodeTopicResponse,
  type RequestId,
  requestIdOf,
} from '../../protocol/responses.ts'
import {FetchAnswer, type FinishedFetch, type Park} from './fetch-answer.ts'
import type {WaitingFetch} from './fetch-wait.ts'
import type {ServerContext} from './server-context.ts'
import type {Refusal} from './topic-desk.ts'

/** Takes the one answer of a request, during the call or later. */
export interface Reply {
  send(frame: Buffer): void
  sendFetched(answer: FinishedFetch): void
  /** Whether the fetch may wait: it is hurried as soon as something else wants the connection. */
  mayWait(fetch: WaitingFetch): boolean
  refuse(id: RequestId, refusal: Refusal): void
}

/** Above this much of fetch answers that clients have not read, a fetch gets a small one. */
const LENT_BYTES_MAX = 268_435_456
const SMALL_ANSWER_BYTES = 65_536

/** Answers any request but produce; false (and no answer) when the type is unknown. */
export function answerRequest(context: ServerContext, type: number, frame: Buffer, reply: Reply): boolean {
  const id = requestIdOf(frame)
  switch (type) {
    case RequestType.fetch:
      whenSound(decodeFetch(frame), id, reply, (request) => fetch(context, id, request, reply))
      return true
    case RequestType.getOffset:
      whenSound(decodeGetOffset(frame), id, reply, ({topic, partition}) =>
        offsets(context, id, topic, partition, reply),
      )
      return true
    case RequestType.createTopic:
      whenSound(decodeCreateTopic(frame), id, reply, ({topic, partitions}) => {
        context.desk.create(topic, partitions, (refusal) => settle(id, topic, refusal, reply))
      })
      return true
    case RequestType.deleteTopic:
      whenSound(decodeDeleteTopic(frame), id, reply, ({topic}) => {
        context.desk.delete(topic, (refusal) => settle(id, topic, refusal, reply))
      })
      return true
    case RequestType.listTopics:
      reply.send(listTopics(context, id))
      return true
    case RequestType.healthCheck:
      reply.send(health(context, id, frame))
      return true
    default:
      return false
  }
}

function whenSound<T extends object>(
  request: Decoded<T>,
  id: RequestId,
  reply: Reply,
  act: (request: T) => void,
): void {
  if (isMalformed(request)) reply.refuse(id, {code: WireError.invalidRequest, text: request.malformed})
  else act(request)
}

function settle(id: RequestId, topic: string, refusal: Refusal | undefined, reply: Reply): void {
  if (refusal === undefined) reply.send(encodeTopicResponse(id, topic))
  else reply.refuse(id, refusal)
}

function health({isHealthy, uptimeSec}: ServerContext, id: RequestId, frame: Buffer): Buffer {
  const features = asksFeatures(frame) ? ownFeatures() : 0
  return encodeHealthResponse(id, isHealthy() ? 'healthy' : 'unhealthy', uptimeSec(), features)
}

function listTopics({desk}: ServerContext, id: RequestId): Buffer {
  const topics = [...desk.topics.values()].map(({name, partitions}) => ({name, partitions: partitions.length}))
  return encodeListTopicsResponse(id, topics)
}

function offsets({desk}: ServerContext, id: RequestId, topic: string, index: number, reply: Reply): void {
  const partition = desk.partition(topic, index)
  if ('code' in partition) {
    reply.refuse(id, partition)
    return
  }
  const {start, end} = partition
  reply.send(encodeOffsetsResponse(id, {topic, partition: index, start, end, highWaterMark: end}))
}

/** As the Go broker does, a fetch makes an unknown topic exist, with one partition. */
function fetch(context: ServerContext, id: RequestId, request: FetchRequest, reply: Reply): void {
  const {desk} = context
  if (desk.isMissing(request.topic)) {
    desk.ensure(request.topic, (refusal) => {
      if (refusal !== undefined) reply.refuse(id, refusal)
      else fetch(context, id, request, reply)
    })
    return
  }
  const partition = desk.partition(request.topic, request.partition)
  if ('code' in partition) {
    reply.refuse(id, partition)
    return
  }
  const {tail} = request
  const frameBytesMax = context.pool.lentBytes > LENT_BYTES_MAX ? SMALL_ANSWER_BYTES : FRAME_BYTES_MAX
  const limits = {
    bodyBytesMax: request.maxBytes,
    frameBytesMax,
    unpacks: tail?.unpacks === true,
    bodyBytesMin: tail === undefined || tail.waitMsMax === 0 ? 0 : Math.max(1, tail.bytesMin),
  }
  const startedMs = performance.now()
  const done = (error: StreambusError | undefined, answer: FinishedFetch | undefined) => {
    if (answer !== undefined) {
      const nowMs = performance.now()
      context.latency.consume.record((nowMs - startedMs - answer.waitedMs) * 1e6, nowMs)
      context.fetched.onFetched(partition, answer.nextOffset)
      reply.sendFetched(answer)
    } else reply.refuse(id, {code: WireError.storageError, text: error?.message ?? 'the log could not be read'})
  }
  const from = {partition, offset: request.offset}
  new FetchAnswer(context, id, from, limits, done, parkFor(context, reply, startedMs, tail?.waitMsMax ?? 0)).start()
}

/** No wait is longer than any timeout that a configuration may have. */
const WAIT_MS_MAX = 300_000

/** A fetch waits until so long after it came, while there is memory for what it holds. */
function parkFor(context: ServerContext, reply: Reply, startedMs: number, waitMsMax: number): Park {
  const untilMs = startedMs + Math.min(waitMsMax, WAIT_MS_MAX)
  return (fetch) => {
    const leftMs = untilMs - performance.now()
    if (leftMs <= 0 || context.pool.lentBytes > LENT_BYTES_MAX || !reply.mayWait(fetch)) return undefined
    return context.waits.add(fetch, leftMs)
  }
}
