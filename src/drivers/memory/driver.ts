import {StreambusError} from '../../base/errors.ts'
import type {Driver} from '../driver.ts'
import {MemoryBroker} from './memory-broker.ts'
import {MEMORY_BYTES_MAX, MemorySession} from './memory-session.ts'

/** Bytes of messages that each partition keeps. Small: what is read is read in the turn it was sent. */
const RETAIN_BYTES = 1 << 20

/** A target without I/O, with handles for what a test wants to happen to it. */
export interface MemoryTarget {
  readonly driver: Driver
  /** Takes nothing and answers nothing until `resume`. */
  stall(): void
  resume(): void
  /** Goes away; messages are kept. Until `restore` nobody can connect. */
  lose(): void
  restore(): void
}

export interface MemoryTargetOptions {
  readonly retainBytes?: number
}

/** A driver with no broker and no I/O: the generator's own floor, and the fake in tests. */
export function createMemoryTarget(options: MemoryTargetOptions = {}): MemoryTarget {
  const broker = new MemoryBroker(options.retainBytes ?? RETAIN_BYTES)
  const driver: Driver = {
    name: 'memory',
    abilities: {
      acks: ['none'],
      client: [],
      partitionsMax: 65_536,
      messageBytesMax: MEMORY_BYTES_MAX,
      batchBytesMax: MEMORY_BYTES_MAX,
    },
    async connect({nowNs}) {
      if (broker.isDown) throw new StreambusError('SB_TARGET_UNREACHABLE', 'The memory target is down.')
      return new MemorySession(broker, nowNs)
    },
  }
  return {
    driver,
    stall: () => broker.stall(),
    resume: () => broker.resume(),
    lose: () => broker.lose(),
    restore: () => broker.restore(),
  }
}

export const memoryDriver: Driver = createMemoryTarget().driver
