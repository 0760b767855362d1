import {FRAME_BYTES_MAX, RequestType, WireError} from '../../protocol/constants.ts'
import {type Decoded, isMalformed} from '../../protocol/decoded.ts'
import {
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
import {FetchAnswer, type FinishedFetch} from './fetch-answer.ts'
import type {ServerContext} from './server-context.ts'
import type {Refusal} from './topic-desk.ts'

/** Takes the one answer of a request, during the call or later. */
export interface Reply {
  send(frame: Buffer): void
  sendFetched(answer: FinishedFetch): void
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
      reply.send(encodeHealthResponse(id, context.isHealthy() ? 'healthy' : 'unhealthy', context.uptimeSec()))
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
  const frameBytesMax = context.pool.lentBytes > LENT_BYTES_MAX ? SMALL_ANSWER_BYTES : FRAME_BYTES_MAX
  const limits = {bodyBytesMax: request.maxBytes, frameBytesMax}
  const startedMs = performance.now()
  new FetchAnswer(context, id, {partition, offset: request.offset}, limits, (error, answer) => {
    if (answer !== undefined) {
      const nowMs = performance.now()
      context.latency.consume.record((nowMs - startedMs) * 1e6, nowMs)
      context.fetched.onFetched(partition, answer.nextOffset)
      reply.sendFetched(answer)
    } else reply.refuse(id, {code: WireError.storageError, text: error?.message ?? 'the log could not be read'})
  }).start()
}
