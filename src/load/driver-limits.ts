import {StreambusError} from '../base/errors.ts'
import type {Abilities, Driver, Producer} from '../drivers/driver.ts'
import {type ClientSettings, clientSettingNames} from '../model/client-settings.ts'
import {keyBytesOf, sizeBytesMax, varyingSizes} from '../model/message-sizes.ts'
import type {Workload} from '../model/workload.ts'
import {checkKeys, weightedKeys} from './message/keys.ts'
import {lanePlan} from './message/lane-chooser.ts'
import {STREAMS_MAX} from './message-stamp.ts'

/**
 * What a driver may add to a record and to a batch. Only for advice: what really fits is known to a
 * producer of the driver alone, see `checkLayout`.
 */
const RECORD_OVERHEAD_BYTES = 32
const BATCH_OVERHEAD_BYTES = 512

/** Throws SB_USAGE for a workload that is beyond what the driver declares. Opens nothing. */
export function checkAbilities({name, abilities}: Driver, {message, topology, client}: Workload): void {
  const {partitionsMax, messageBytesMax} = abilities
  if (client !== undefined) checkClient(name, abilities, client)
  if (topology.partitions > partitionsMax) {
    throw new StreambusError(
      'SB_USAGE',
      `${topology.partitions} partitions are more than the ${partitionsMax} of driver ${name}.`,
      {hint: `Use --partitions ${partitionsMax} or less.`},
    )
  }
  checkLanes(topology, message)
  checkKeys(message.keys)
  const valueBytes = sizeBytesMax(message)
  const messageBytes = valueBytes + keyBytesOf(message)
  if (valueBytes > messageBytesMax) throw messageTooLarge(name, valueBytes, messageBytesMax)
  if (message.batchMessages * messageBytes <= abilities.batchBytesMax) return
  const room = abilities.batchBytesMax - BATCH_OVERHEAD_BYTES
  const fitting = Math.floor(room / (messageBytes + RECORD_OVERHEAD_BYTES))
  throw batchTooLarge(name, abilities, message, Math.max(1, fitting))
}

/** What the driver does not follow must not look as if it had been measured. */
function checkClient(name: string, {acks, client: followed}: Abilities, client: ClientSettings): void {
  const unknown = Object.keys(client).find((key) => key !== 'batchTimeoutNs' && !followed.some((each) => each === key))
  if (unknown !== undefined) {
    throw new StreambusError(
      'SB_USAGE',
      `Driver ${name} knows nothing of ${clientSettingNames[unknown as keyof ClientSettings]}.`,
      {
        hint: 'Leave it out, or measure another --target.',
      },
    )
  }
  if (client.acks === undefined || acks.includes(client.acks)) return
  throw new StreambusError('SB_USAGE', `Driver ${name} cannot do acks ${client.acks}.`, {
    hint: `--acks ${acks.join('|')}`,
  })
}

/** Keys that are drawn by weight need a lane from each producer to each partition. */
function checkLanes(topology: Workload['topology'], message: Workload['message']): void {
  const isWeighted = weightedKeys(message.keys) !== undefined
  const {count} = lanePlan(topology, isWeighted)
  if (count <= STREAMS_MAX) return
  const why = isWeighted ? 'each to each, because of the keys, ' : ''
  throw new StreambusError(
    'SB_USAGE',
    `${topology.producers} producers and ${topology.topics * topology.partitions} partitions ${why}are ${count} streams of messages: at most ${STREAMS_MAX} can be told apart.`,
    {hint: `Lower --producers, --topics or --partitions${isWeighted ? ', or use --keys round-robin' : ''}.`},
  )
}

/** Throws SB_USAGE when a batch does not fit the way the driver lays it out, overhead included. */
export function checkLayout(driver: Driver, producer: Producer, message: Workload['message']): void {
  const {batchMessages} = message
  const valueBytes = sizeBytesMax(message)
  const keyBytes = keyBytesOf(message)
  if (isFitting(producer, batchMessages, valueBytes, keyBytes)) return
  let fitting = 0
  let tooMany = batchMessages
  while (tooMany - fitting > 1) {
    const middle = Math.floor((fitting + tooMany) / 2)
    if (isFitting(producer, middle, valueBytes, keyBytes)) fitting = middle
    else tooMany = middle
  }
  if (fitting === 0) throw messageTooLarge(driver.name, valueBytes, driver.abilities.messageBytesMax)
  throw batchTooLarge(driver.name, driver.abilities, message, fitting)
}

function isFitting(producer: Producer, capacity: number, valueBytes: number, keyBytes: number): boolean {
  try {
    producer.allocate(capacity, valueBytes, keyBytes)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function messageTooLarge(driver: string, sizeBytes: number, sizeBytesMax: number): StreambusError {
  const message = `A message of ${sizeBytes} B is larger than driver ${driver} takes: ${sizeBytesMax} B at most.`
  return new StreambusError('SB_USAGE', message, {hint: `Use a --message-size of ${sizeBytesMax} B or less.`})
}

function batchTooLarge(
  driver: string,
  {batchBytesMax}: Abilities,
  shape: Workload['message'],
  fitting: number,
): StreambusError {
  const keyBytes = keyBytesOf(shape)
  const upTo = varyingSizes(shape) === undefined ? '' : 'up to '
  const size = `${upTo}${sizeBytesMax(shape)} B${keyBytes === 0 ? '' : ` with keys of ${keyBytes} B`}`
  const message = `A batch of ${shape.batchMessages} messages of ${size} does not fit the ${batchBytesMax} B of a batch of driver ${driver}.`
  return new StreambusError('SB_USAGE', message, {hint: `Use --batch-size ${fitting} or less, or smaller messages.`})
}
