import {gzipSync} from 'node:zlib'
import {Line, Location, Mapping, Function as PprofFunction, Profile, Sample, StringTable, ValueType} from 'pprof-format'
import type {Capture} from './model.ts'

/** One mapping that says "symbols are here", so that `go tool pprof` does not look for a binary. */
const MAPPING_ID = 1

/**
 * A capture as a gzipped pprof file (profile.proto) that `go tool pprof` and its kin open. Idle time
 * is left out, as in Go's own CPU profiles. Lines are those where functions begin: V8's finer
 * positions are wrong where a function of another file was inlined.
 */
export function toPprof(capture: Capture): Uint8Array {
  const strings = new StringTable()
  const profile = new Profile({
    stringTable: strings,
    sampleType: capture.valueTypes.map(({type, unit}) => valueType(strings, type, unit)),
    defaultSampleType: strings.dedup(capture.valueTypes[capture.defaultValue]!.type),
    mapping: [
      new Mapping({
        id: MAPPING_ID,
        filename: strings.dedup('node'),
        hasFunctions: true,
        hasFilenames: true,
        hasLineNumbers: true,
        hasInlineFrames: true,
      }),
    ],
    function: capture.functions.map(
      ({name, file, line}, at) =>
        new PprofFunction({
          id: at + 1,
          name: strings.dedup(name),
          systemName: strings.dedup(name),
          filename: strings.dedup(file),
          startLine: Math.max(0, line),
        }),
    ),
    location: capture.functions.map(
      ({line}, at) =>
        new Location({
          id: at + 1,
          mappingId: MAPPING_ID,
          line: [new Line({functionId: at + 1, line: Math.max(0, line)})],
        }),
    ),
    sample: capture.samples.map(
      ({stack, values}) => new Sample({locationId: stack.map((index) => index + 1), value: [...values]}),
    ),
    ...periodOf(capture, strings),
  })
  return gzipSync(profile.encode())
}

function periodOf(capture: Capture, strings: StringTable) {
  const {metadata} = capture
  const durationNanos = Math.round(capture.durationNs ?? 0)
  if (metadata === undefined) return {durationNanos}
  const isCpu = metadata.kind === 'cpu'
  return {
    durationNanos,
    timeNanos: BigInt(Date.parse(metadata.startedAt) || 0) * 1_000_000n,
    periodType: isCpu ? valueType(strings, 'cpu', 'nanoseconds') : valueType(strings, 'space', 'bytes'),
    period: Math.round(isCpu ? metadata.interval * 1000 : metadata.interval),
    comment: [strings.dedup(`streambus ${metadata.kind} capture, node ${metadata.node}`)],
  }
}

function valueType(strings: StringTable, type: string, unit: string): ValueType {
  return new ValueType({type: strings.dedup(type), unit: strings.dedup(unit)})
}
