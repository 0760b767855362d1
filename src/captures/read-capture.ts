import {StreambusError} from '../base/errors.ts'
import {invalidCapture} from './invalid.ts'
import {JsonFields} from './json-fields.ts'
import type {Capture} from './model.ts'
import {readCpuProfile} from './read-cpuprofile.ts'
import {readHeapProfile} from './read-heapprofile.ts'
import {readPprof} from './read-pprof.ts'

/**
 * Reads a capture of any format, told by its content: a `.cpuprofile` has `nodes`, a `.heapprofile`
 * has `head`, anything that is not JSON must be pprof. `source` (a path or URL) goes into messages.
 *
 * Throws SB_INPUT_EMPTY and SB_INPUT_INVALID.
 */
export function readCapture(bytes: Uint8Array, source: string): Capture {
  if (bytes.length === 0) throw new StreambusError('SB_INPUT_EMPTY', `${source} is empty`)
  if (!startsLikeJson(bytes)) return readPprof(bytes, source)
  const root = new JsonFields(source).object(parse(bytes, source), 'the document')
  if (root.nodes !== undefined) return readCpuProfile(root, source)
  if (root.head !== undefined) return readHeapProfile(root, source)
  throw invalidCapture(source, 'is JSON but no capture: it has neither nodes (.cpuprofile) nor head (.heapprofile)')
}

function parse(bytes: Uint8Array, source: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw invalidCapture(source, `is not whole JSON (${bytes.length} bytes)`, cause)
  }
}

/** pprof starts with a gzip magic or a protobuf tag, never with white space and a bracket. */
function startsLikeJson(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)
  return first === 0x7b || first === 0x5b
}
