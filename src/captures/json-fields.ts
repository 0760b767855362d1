import type {CaptureMetadata} from '../model/capture.ts'
import {invalidCapture} from './invalid.ts'

/** Typed reads from JSON of unknown origin; each throws SB_INPUT_INVALID naming the field. */
export class JsonFields {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }

  object(value: unknown, field: string): Readonly<Record<string, unknown>> {
    if (isRecord(value)) return value
    throw invalidCapture(this.source, `${field} is not an object but ${describe(value)}`)
  }

  array(value: unknown, field: string): readonly unknown[] {
    if (Array.isArray(value)) return value
    throw invalidCapture(this.source, `${field} is not an array but ${describe(value)}`)
  }

  number(value: unknown, field: string): number {
    if (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value
    throw invalidCapture(this.source, `${field} is not a number of at most 2^53 but ${describe(value)}`)
  }

  string(value: unknown, field: string): string {
    if (typeof value === 'string') return value
    throw invalidCapture(this.source, `${field} is not a string but ${describe(value)}`)
  }
}

/** What this program wrote beside the profile, or undefined when another program took it. */
export function metadataOf(root: Readonly<Record<string, unknown>>): CaptureMetadata | undefined {
  const found = root.streambus
  if (!isRecord(found)) return undefined
  const {kind, node, startedAt, durationNs, interval} = found
  if (kind !== 'cpu' && kind !== 'heap' && kind !== 'alloc') return undefined
  if (typeof node !== 'string' || typeof startedAt !== 'string') return undefined
  if (!isCount(durationNs) || !isCount(interval)) return undefined
  return {kind, node, startedAt, durationNs, interval}
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing'
  return text.length > 40 ? `${text.slice(0, 40)}...` : text
}
