import {assert} from '../../base/assert.ts'
import type {MessageShape} from '../../model/message-shape.ts'
import {keyBytesOf, sizeBytesMax, varyingSizes} from '../../model/message-sizes.ts'
import type {Topology, Workload} from '../../model/workload.ts'
import {BatchWriter} from './batch-writer.ts'
import {compressiblePayload} from './compressibility.ts'
import {KeyDraw} from './key-draw.ts'
import {checkKeys, weightedKeys} from './keys.ts'
import {type LaneChooser, type LanePlan, LanesByWeight, LanesInTurn, lanePlan} from './lane-chooser.ts'
import {PayloadSource, randomPayload} from './payload-source.ts'
import {SizeDraw} from './size-draw.ts'

/** Sizes that a payload is calibrated on. */
const CALIBRATION_SIZES = 64

/** How the messages of a run are made and where they go: the same in every worker. */
export interface MessagePlan {
  readonly lanes: LanePlan
  readonly chooser: LaneChooser
  /** What batches are filled with when they are laid out. */
  readonly payload: PayloadSource
  /** Absent: every batch is sent as it was laid out, apart from its stamps. */
  readonly writer: BatchWriter | undefined
  readonly valueBytesMax: number
  /** Of all draws. */
  readonly seed: number
  readonly keyBytes: number
}

/**
 * Draws up tables and payload; takes up to some 100 ms where values are to compress. `fileBytes` is
 * what a payload of a file is cut from. Throws SB_USAGE for keys that cannot be drawn.
 */
export function planMessages(
  {message, topology}: Pick<Workload, 'message' | 'topology'>,
  seed: number,
  fileBytes: Uint8Array | undefined,
): MessagePlan {
  checkKeys(message.keys)
  const varying = varyingSizes(message)
  const sizes = varying === undefined ? undefined : new SizeDraw(varying, seed)
  const weighted = weightedKeys(message.keys)
  const draw = weighted === undefined ? undefined : new KeyDraw(weighted, topology.partitions, seed)
  const lanes = lanePlan(topology, draw !== undefined)
  const payload = payloadOf(message, sizes, seed, fileBytes)
  return {
    lanes,
    chooser: chooserOf(topology, lanes, draw, seed),
    payload,
    writer: writerOf(message, topology.partitions, sizes, draw, payload),
    valueBytesMax: sizeBytesMax(message),
    seed,
    keyBytes: keyBytesOf(message),
  }
}

function chooserOf(topology: Topology, lanes: LanePlan, draw: KeyDraw | undefined, seed: number): LaneChooser {
  if (draw === undefined) return new LanesInTurn(lanes.count, topology.producers)
  return new LanesByWeight(draw.partitionShares, topology, seed)
}

function payloadOf(
  {payload, sizeBytes}: MessageShape,
  sizes: SizeDraw | undefined,
  seed: number,
  fileBytes: Uint8Array | undefined,
): PayloadSource {
  if (payload?.source === 'file') {
    assert(fileBytes !== undefined, 'the bytes of a payload file come with the request')
    return new PayloadSource(fileBytes)
  }
  const compressibility = payload?.compressibility ?? 0
  if (compressibility === 0) return randomPayload(seed)
  const drawn = Array.from({length: CALIBRATION_SIZES}, (_, index) => sizes?.sizeOf(index) ?? sizeBytes)
  return compressiblePayload(seed, compressibility, drawn)
}

function writerOf(
  {keys, payload, sizeBytes}: MessageShape,
  partitionsEach: number,
  sizes: SizeDraw | undefined,
  draw: KeyDraw | undefined,
  source: PayloadSource,
): BatchWriter | undefined {
  const isRefilled = sizes !== undefined || payload?.source === 'file'
  const inTurn = keys?.distribution === 'round-robin' ? keys.count : 0
  if (!isRefilled && draw === undefined && inTurn === 0) return undefined
  const keysOf = draw !== undefined ? {draw} : inTurn > 0 ? {inTurn} : undefined
  return new BatchWriter({sizes, payload: isRefilled ? source : undefined, keys: keysOf, partitionsEach}, {sizeBytes})
}
