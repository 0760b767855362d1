import {StreambusError} from '../base/errors.ts'
import type {Capture, CapturedFunction} from './model.ts'

/**
 * 0x draws a `.cpuprofile`, with defects that are worked around here, before it and after it: it
 * hides every frame that is not `.js` or `.mjs`, prints lines one too low, weighs by hits instead of
 * time, gives `(program)` and garbage collection no width, and writes names unescaped into a script
 * and a tooltip. So it is handed a profile of our own making, from any capture, and the tree in its
 * page is finished afterwards.
 */

/** Frame types of 0x that have a button of their own in its page. */
type FrameType = 'app' | 'deps' | 'core' | 'v8'

export interface FlameNode {
  readonly name: string
  readonly file: string
  readonly line: number
  readonly type: FrameType
  value: number // of this node alone, never negative
  readonly children: FlameNode[]
}

/** A page with the whole visualizer is about 500 KB; 0x writes about 100 KB and no error when bundling it failed. */
const PAGE_CHARS_MIN = 300_000
/** Where 0x calls its visualizer. JSON holds no line breaks, so no name can look like this. */
const CALL = '\n    visualizer('
/** The types that 0x hides until asked. */
const HIDDEN_TYPES = "new Set(['cpp', 'regexp', 'v8', 'native', 'init'])"
/** d3-fg's colour overflows for a frame with more than a tenth of the whole: the hottest come out white. Ours only get darker. */
const OVERFLOWING_COLOUR = /s \*= vector\s+l \+= \(vector \* 2\)/
const BOUNDED_COLOUR = 's = Math.min(100, s + vector); l = Math.max(45, l - vector * 1.5)'

/** The call tree of a capture by the value at `valueIndex`; negative values (of a difference) have no width. */
export function flameTree(capture: Capture, valueIndex: number): FlameNode {
  const root: FlameNode = {name: 'all', file: '', line: 0, type: 'v8', value: 0, children: []}
  const childByKey = new Map<FlameNode, Map<number, FlameNode>>()
  for (const {stack, values} of capture.samples) {
    let at = root
    for (const index of stack.toReversed()) {
      const known = childByKey.get(at) ?? new Map<number, FlameNode>()
      childByKey.set(at, known)
      let child = known.get(index)
      if (child === undefined) {
        child = flameNode(capture.functions[index]!)
        known.set(index, child)
        at.children.push(child)
      }
      at = child
    }
    at.value += Math.max(0, values[valueIndex]!)
  }
  return root
}

function flameNode({name, file, line}: CapturedFunction): FlameNode {
  return {name: shownName(name), file: printable(file), line, type: typeOf(file), value: 0, children: []}
}

/** 0x gives a leaf whose name starts with a parenthesis no width. */
function shownName(name: string): string {
  if (name === '(garbage collector)') return 'GC'
  if (name === '(program)') return 'native code'
  return printable(name.startsWith('(') ? name.replace(/^\((.*?)\)?$/, '$1') : name) || 'anonymous'
}

/** Names come from other programs, and the page puts them into a tooltip as HTML. */
function printable(text: string): string {
  return text.replaceAll('<', '\u2039').replaceAll('>', '\u203a').replaceAll('&', '\uff06')
}

/** Go's standard library: whole paths, or what -trimpath leaves of them. */
const GO_LIBRARY = /\/go\/src\/|^(runtime|internal|sync|net|syscall|os|io|bufio|fmt|encoding|reflect|time)\//

function typeOf(file: string): FrameType {
  if (file === '') return 'v8'
  if (/[/\\]node_modules[/\\]/.test(file)) return 'deps'
  if (file.startsWith('node:')) return 'core'
  return GO_LIBRARY.test(file) ? 'core' : 'app'
}

/** The tree as the text of the `.cpuprofile` that 0x reads: hits are values, lines 1-based as it prints them. */
export function flamegraphInput(root: FlameNode): string {
  const known = [root] // in the order of their ids, which start at 1; grows while it is walked
  const nodes: object[] = []
  for (const {name, file, line, value, children} of known) {
    nodes.push({
      id: nodes.length + 1,
      callFrame: {functionName: name, scriptId: '0', url: file, lineNumber: line, columnNumber: 0},
      hitCount: value,
      children: children.map((_, at) => known.length + at + 1),
    })
    for (const child of children) known.push(child)
  }
  return JSON.stringify({nodes, startTime: 0, endTime: 0, samples: [], timeDeltas: []})
}

/**
 * Finishes the page that 0x wrote for `flamegraphInput(root)`: types every frame, shows all types,
 * names the unit, escapes. Throws SB_CAPTURE_FAILED when the page is not one that draws.
 */
export function finishFlamegraph(page: string, root: FlameNode, unit: string, title: string): string {
  const start = page.lastIndexOf(CALL)
  const end = page.indexOf('\n', start + 1)
  if (page.length < PAGE_CHARS_MIN || start < 0 || end < 0 || !page.includes(HIDDEN_TYPES)) {
    throw new StreambusError('SB_CAPTURE_FAILED', `0x drew no flame graph: a page of ${page.length} characters`, {
      hint: 'is the package 0x installed whole, without overrides of its dependencies? (npm ls 0x d3-fg)',
    })
  }
  const tree = toPageTree(root)
  const call = `visualizer(${scriptJson({merged: tree, unmerged: tree})}, ${scriptJson({title, visualizeCpuProfile: true})})`
  const visualizer = page
    .slice(0, start)
    .replace(HIDDEN_TYPES, 'new Set([])')
    .replace(OVERFLOWING_COLOUR, BOUNDED_COLOUR)
    .replaceAll("' samples)", `' ${unit})`)
    .replace('<head>', `<head><title>${printable(title)}</title>`)
  return `<!doctype html>${visualizer}\n    ${call}${page.slice(page.indexOf('\n', start + CALL.length))}`
}

interface PageNode {
  readonly name: string
  readonly type: FrameType
  readonly top: number
  readonly value: number // with everything below
  readonly S: 0
  readonly children: PageNode[]
}

function toPageTree(node: FlameNode): PageNode {
  const children = node.children.map(toPageTree)
  const value = children.reduce((sum, child) => sum + child.value, node.value)
  const line = node.line > 0 ? `:${node.line}` : ''
  const name = node.file === '' ? node.name : `${node.name} ${node.file}${line}`
  return {name, type: node.type, top: node.value, value, S: 0, children}
}

/** JSON that can stand in a script: nothing in it can end the script. */
function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
}
