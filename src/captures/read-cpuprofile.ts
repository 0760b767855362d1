import {FunctionTable} from './call-frames.ts'
import {invalidCapture} from './invalid.ts'
import {JsonFields, metadataOf} from './json-fields.ts'
import {type Capture, STACK_DEPTH_MAX, type StackSample} from './model.ts'

/** What V8 calls a thread that waits for events. */
const IDLE = '(idle)'

interface Node {
  readonly id: number
  functionIndex: number
  readonly hitCount: number
  parent: Node | undefined
}

/**
 * Reads a parsed `.cpuprofile` (Chrome DevTools protocol, `Profiler.Profile`). Values of a sample:
 * how often the sampler saw the stack, and its time in nanoseconds. One sample a node of the call tree.
 *
 * Throws SB_INPUT_INVALID for anything else.
 */
export function readCpuProfile(root: Readonly<Record<string, unknown>>, source: string): Capture {
  const fields = new JsonFields(source)
  const table = new FunctionTable(fields)
  const nodes = readNodes(root, fields, table)
  const startUs = fields.number(root.startTime, 'startTime')
  const endUs = fields.number(root.endTime, 'endTime')
  const seen = chargeNodes(root, fields, nodes, startUs, endUs)
  const samples: StackSample[] = []
  const idle = [0, 0]
  for (const node of nodes.values()) {
    const {count, timeUs} = seen.get(node) ?? {count: 0, timeUs: 0}
    if (count === 0 && timeUs === 0) continue
    const values = [count, Math.round(timeUs * 1000)]
    if (!values.every(Number.isSafeInteger))
      throw invalidCapture(source, `node ${node.id} took ${timeUs} us, more than can be`)
    if (table.functions[node.functionIndex]!.name === IDLE) for (const at of [0, 1]) idle[at]! += values[at]!
    else samples.push({stack: stackOf(node, source), values})
  }
  const metadata = metadataOf(root)
  return {
    format: 'cpuprofile',
    valueTypes: [
      {type: 'samples', unit: 'count'},
      {type: 'cpu', unit: 'nanoseconds'},
    ],
    defaultValue: 1,
    functions: table.functions,
    samples,
    idle,
    durationNs: Math.max(0, Math.round((endUs - startUs) * 1000)),
    ...(metadata === undefined ? {} : {metadata}),
  }
}

function readNodes(root: Readonly<Record<string, unknown>>, fields: JsonFields, table: FunctionTable) {
  const nodes = new Map<number, Node>()
  const childIds = new Map<Node, readonly unknown[]>()
  for (const raw of fields.array(root.nodes, 'nodes')) {
    const from = fields.object(raw, 'node')
    const id = fields.number(from.id, 'node.id')
    if (nodes.has(id)) throw invalidCapture(fields.source, `node ${id} appears twice`)
    const hitCount = from.hitCount === undefined ? 0 : fields.number(from.hitCount, 'node.hitCount')
    const node: Node = {id, functionIndex: table.indexOf(from.callFrame), hitCount, parent: undefined}
    nodes.set(id, node)
    if (from.children !== undefined) childIds.set(node, fields.array(from.children, 'node.children'))
  }
  if (nodes.size === 0) throw invalidCapture(fields.source, 'nodes is empty')
  for (const [node, ids] of childIds) {
    for (const id of ids) {
      const child = nodes.get(fields.number(id, 'node.children'))
      if (child === undefined)
        throw invalidCapture(fields.source, `node ${node.id} names a child ${id} that is not there`)
      child.parent = node
      child.functionIndex = table.calledFrom(child.functionIndex, node.functionIndex)
    }
  }
  return nodes
}

/**
 * Sample i was seen at startTime + timeDeltas[0] + ... + timeDeltas[i], and stands for the time until
 * the next one: it is charged delta i + 1, the last one what is left until endTime. Deltas may be
 * negative (samples arrive out of order) and are clamped to 0.
 */
function chargeNodes(
  root: Readonly<Record<string, unknown>>,
  fields: JsonFields,
  nodes: ReadonlyMap<number, Node>,
  startUs: number,
  endUs: number,
): Map<Node, {count: number; timeUs: number}> {
  const seen = new Map<Node, {count: number; timeUs: number}>()
  if (root.samples === undefined) return chargeByHits(nodes, Math.max(0, endUs - startUs))
  const ids = fields.array(root.samples, 'samples')
  const deltas = fields.array(root.timeDeltas, 'timeDeltas').map((delta) => fields.number(delta, 'timeDeltas'))
  if (deltas.length !== ids.length) {
    throw invalidCapture(fields.source, `${ids.length} samples but ${deltas.length} timeDeltas`)
  }
  const lastUs = deltas.reduce((sum, delta) => sum + delta, startUs)
  for (const [i, id] of ids.entries()) {
    const node = nodes.get(fields.number(id, 'samples'))
    if (node === undefined) throw invalidCapture(fields.source, `sample ${i} names node ${id} that is not there`)
    const timeUs = Math.max(0, deltas[i + 1] ?? endUs - lastUs)
    const charged = seen.get(node)
    if (charged === undefined) seen.set(node, {count: 1, timeUs})
    else {
      charged.count += 1
      charged.timeUs += timeUs
    }
  }
  return seen
}

/** A profile without samples only counts hits: each stands for the same share of the time. */
function chargeByHits(nodes: ReadonlyMap<number, Node>, totalUs: number): Map<Node, {count: number; timeUs: number}> {
  const hits = [...nodes.values()].reduce((sum, node) => sum + node.hitCount, 0)
  const seen = new Map<Node, {count: number; timeUs: number}>()
  for (const node of nodes.values()) {
    if (node.hitCount > 0) seen.set(node, {count: node.hitCount, timeUs: (totalUs * node.hitCount) / hits})
  }
  return seen
}

/** Functions from the node up to below the root; the root stands for the thread and is no function. */
function stackOf(node: Node, source: string): number[] {
  const stack = [node.functionIndex]
  for (let at = node.parent; at?.parent !== undefined; at = at.parent) {
    stack.push(at.functionIndex)
    if (stack.length > STACK_DEPTH_MAX) throw invalidCapture(source, `a stack is deeper than ${STACK_DEPTH_MAX} frames`)
  }
  return stack
}
