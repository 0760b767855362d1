import {StreambusError} from '../base/errors.ts'
import type {Abilities, Driver, Producer} from '../drivers/driver.ts'
import type {Workload} from '../model/workload.ts'
import {STREAMS_MAX} from './message-stamp.ts'

/**
 * What a driver may add to a record and to a batch. Only for advice: what really fits is known to a
 * producer of the driver alone, see `checkLayout`.
 */
const RECORD_OVERHEAD_BYTES = 32
const BATCH_OVERHEAD_BYTES = 512

/** Throws SB_USAGE for a workload that is beyond what the driver declares. Opens nothing. */
export function checkAbilities({name, abilities}: Driver, {message, topology}: Workload): void {
  const {partitionsMax, messageBytesMax} = abilities
  if (topology.partitions > partitionsMax) {
    throw new StreambusError(
      'SB_USAGE',
      `${topology.partitions} partitions are more than the ${partitionsMax} of driver ${name}.`,
      {hint: `Use --partitions ${partitionsMax} or less.`},
    )
  }
  if (topology.topics * topology.partitions > STREAMS_MAX) {
    throw new StreambusError(
      'SB_USAGE',
      `${topology.topics} topics of ${topology.partitions} partitions are more than ${STREAMS_MAX} partitions.`,
      {hint: `Use --topics ${Math.floor(STREAMS_MAX / topology.partitions)} or less, or fewer partitions.`},
    )
  }
  if (message.sizeBytes > messageBytesMax) throw messageTooLarge(name, message.sizeBytes, messageBytesMax)
  if (message.batchMessages * message.sizeBytes <= abilities.batchBytesMax) return
  const room = abilities.batchBytesMax - BATCH_OVERHEAD_BYTES
  const fitting = Math.floor(room / (message.sizeBytes + RECORD_OVERHEAD_BYTES))
  throw batchTooLarge(name, abilities, message, Math.max(1, fitting))
}

/** Throws SB_USAGE when a batch does not fit the way the driver lays it out, overhead included. */
export function checkLayout(driver: Driver, producer: Producer, message: Workload['message']): void {
  const {batchMessages, sizeBytes} = message
  if (isFitting(producer, batchMessages, sizeBytes)) return
  let fitting = 0
  let tooMany = batchMessages
  while (tooMany - fitting > 1) {
    const middle = Math.floor((fitting + tooMany) / 2)
    if (isFitting(producer, middle, sizeBytes)) fitting = middle
    else tooMany = middle
  }
  if (fitting === 0) throw messageTooLarge(driver.name, sizeBytes, driver.abilities.messageBytesMax)
  throw batchTooLarge(driver.name, driver.abilities, message, fitting)
}

function isFitting(producer: Producer, capacity: number, valueBytes: number): boolean {
  try {
    producer.allocate(capacity, valueBytes)
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
  {batchMessages, sizeBytes}: Workload['message'],
  fitting: number,
): StreambusError {
  const message = `A batch of ${batchMessages} messages of ${sizeBytes} B does not fit the ${batchBytesMax} B of a batch of driver ${driver}.`
  return new StreambusError('SB_USAGE', message, {hint: `Use --batch-size ${fitting} or less, or smaller messages.`})
}
