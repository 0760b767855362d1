import {gunzipSync} from 'node:zlib'
import {Profile, type StringTable} from 'pprof-format'
import type {CaptureValueType} from '../model/capture.ts'
import {invalidCapture} from './invalid.ts'
import {type Capture, type CapturedFunction, STACK_DEPTH_MAX, type StackSample} from './model.ts'

/** Largest pprof file after decompression: a gzip bomb ends here. */
const PPROF_BYTES_MAX = 256 * 1024 * 1024

type Int = number | bigint

/**
 * Reads a pprof file (profile.proto), gzipped or not. Functions that were inlined into a location are
 * frames of their own, innermost first. Throws SB_INPUT_INVALID for anything else.
 */
export function readPprof(bytes: Uint8Array, source: string): Capture {
  const profile = decode(bytes, source)
  const valueTypes = profile.sampleType.map((value): CaptureValueType => {
    return {type: stringAt(profile.stringTable, value.type), unit: stringAt(profile.stringTable, value.unit)}
  })
  if (valueTypes.length === 0 || valueTypes.some(({type}) => type === '')) {
    throw invalidCapture(source, 'is not a whole pprof file: it does not name its sample types')
  }
  const {functions, indexById} = readFunctions(profile)
  const framesById = readLocations(profile, indexById, functions)
  const samples = profile.sample.map((sample, at): StackSample => {
    if (sample.value.length !== valueTypes.length) {
      throw invalidCapture(source, `sample ${at} has ${sample.value.length} values for ${valueTypes.length} types`)
    }
    const stack: number[] = []
    for (const id of sample.locationId) {
      const frames = framesById.get(toNumber(id))
      if (frames === undefined) throw invalidCapture(source, `sample ${at} names location ${id} that is not there`)
      for (const frame of frames) stack.push(frame)
      if (stack.length > STACK_DEPTH_MAX)
        throw invalidCapture(source, `sample ${at} is deeper than ${STACK_DEPTH_MAX} frames`)
    }
    return {stack, values: sample.value.map(toNumber)}
  })
  const named = stringAt(profile.stringTable, profile.defaultSampleType)
  const index = valueTypes.findIndex((value) => value.type === named)
  const durationNs = toNumber(profile.durationNanos)
  return {
    format: 'pprof',
    valueTypes,
    defaultValue: named === '' || index < 0 ? valueTypes.length - 1 : index, // the last one, as `go tool pprof` does
    functions,
    samples,
    ...(durationNs > 0 ? {durationNs} : {}),
  }
}

function decode(bytes: Uint8Array, source: string): Profile {
  try {
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
    return Profile.decode(isGzip ? gunzipSync(bytes, {maxOutputLength: PPROF_BYTES_MAX}) : bytes)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw invalidCapture(source, `is not a whole pprof file: ${reason}`, cause)
  }
}

function readFunctions(profile: Profile): {functions: CapturedFunction[]; indexById: Map<number, number>} {
  const functions: CapturedFunction[] = []
  const indexById = new Map<number, number>()
  for (const from of profile.function) {
    indexById.set(toNumber(from.id), functions.length)
    functions.push({
      name: stringAt(profile.stringTable, from.name) || '(unnamed)',
      file: stringAt(profile.stringTable, from.filename),
      line: Math.max(0, toNumber(from.startLine)),
      column: 0,
    })
  }
  return {functions, indexById}
}

/** Location id -> its functions, innermost first. A location without symbols becomes a function named by its address. */
function readLocations(profile: Profile, indexById: ReadonlyMap<number, number>, functions: CapturedFunction[]) {
  const framesById = new Map<number, readonly number[]>()
  for (const location of profile.location) {
    const frames = location.line
      .map((line) => indexById.get(toNumber(line.functionId)))
      .filter((at) => at !== undefined)
    if (frames.length === 0) {
      frames.push(functions.length)
      functions.push({
        name: `0x${BigInt.asUintN(64, BigInt(location.address)).toString(16)}`,
        file: '',
        line: 0,
        column: 0,
      })
    }
    framesById.set(toNumber(location.id), frames)
  }
  return framesById
}

/**
 * An int64 of the decoder as a number: small ones come as number, large ones as bigint, and negative
 * ones unsigned (-5 as 2^64 - 5). Exact up to 2^53.
 */
export function toNumber(value: Int): number {
  return Number(BigInt.asIntN(64, BigInt(value)))
}

function stringAt(table: StringTable, index: Int): string {
  return table.strings[toNumber(index)] ?? ''
}
