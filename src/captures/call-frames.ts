import type {JsonFields} from './json-fields.ts'
import type {CapturedFunction} from './model.ts'

const ANONYMOUS = '(anonymous)'

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
    return this.#add({name: name === '' ? ANONYMOUS : name, file: pathOf(url), line, column})
  }

  /**
   * The function to charge instead of `index` when `caller` called it. Functions of Node's C++ bindings
   * often have neither name nor place; as one function they would say nothing, so each caller has its own.
   */
  calledFrom(index: number, caller: number): number {
    const {name, file} = this.functions[index]!
    if (name !== ANONYMOUS || file !== '') return index
    return this.#add({name: `(native in ${this.functions[caller]!.name})`, file: '', line: 0, column: 0})
  }

  #add(found: CapturedFunction): number {
    const key = `${found.line}:${found.column}:${found.name}\n${found.file}`
    const known = this.#indexByKey.get(key)
    if (known !== undefined) return known
    this.#indexByKey.set(key, this.functions.length)
    return this.functions.push(found) - 1
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
