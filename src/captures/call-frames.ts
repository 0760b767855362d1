import type {JsonFields} from './json-fields.ts'
import type {CapturedFunction} from './model.ts'

/** The functions of a V8 profile, each listed once: same name, script, line and column are one function. */
export class FunctionTable {
  readonly functions: CapturedFunction[] = []
  readonly #indexByKey = new Map<string, number>()
  readonly #fields: JsonFields

  constructor(fields: JsonFields) {
    this.#fields = fields
  }

  /** Index of the function that a node's `callFrame` names. V8's lines and columns are 0-based, ours 1-based. */
  indexOf(callFrame: unknown): number {
    const frame = this.#fields.object(callFrame, 'callFrame')
    const name = this.#fields.string(frame.functionName, 'callFrame.functionName')
    const url = this.#fields.string(frame.url, 'callFrame.url')
    const line = this.#fields.number(frame.lineNumber, 'callFrame.lineNumber') + 1
    const column = this.#fields.number(frame.columnNumber, 'callFrame.columnNumber') + 1
    const key = `${line}:${column}:${name}\n${url}`
    const known = this.#indexByKey.get(key)
    if (known !== undefined) return known
    const index = this.functions.length
    this.functions.push({name: name === '' ? '(anonymous)' : name, file: pathOf(url), line, column})
    this.#indexByKey.set(key, index)
    return index
  }
}

/** `file:///a%20b.ts` as `/a b.ts`; other URLs (`node:fs`) as they are. pprof would print `file:/a%20b.ts`. */
function pathOf(url: string): string {
  if (!url.startsWith('file://')) return url
  const path = url.slice('file://'.length)
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
