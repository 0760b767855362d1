import {FunctionTable} from './call-frames.ts'
import {invalidCapture} from './invalid.ts'
import {JsonFields, metadataOf} from './json-fields.ts'
import {type Capture, STACK_DEPTH_MAX, type StackSample} from './model.ts'

/**
 * Reads a parsed `.heapprofile` (Chrome DevTools protocol, `HeapProfiler.SamplingHeapProfile`), sizes
 * in bytes. The format does not say whether it holds live objects or everything allocated: ours carry
 * metadata that does, and others (`node --heap-prof`) hold what lived.
 *
 * Throws SB_INPUT_INVALID for anything else.
 */
export function readHeapProfile(root: Readonly<Record<string, unknown>>, source: string): Capture {
  const fields = new JsonFields(source)
  const table = new FunctionTable(fields)
  const samples: StackSample[] = []
  const waiting: {raw: unknown; callers: readonly number[]; isRoot: boolean}[] = []
  waiting.push({raw: root.head, callers: [], isRoot: true})
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const node = fields.object(next.raw, next.isRoot ? 'head' : 'node')
    const selfBytes = fields.number(node.selfSize, 'node.selfSize')
    const own = table.indexOf(node.callFrame)
    const [caller] = next.callers
    const stack = [caller === undefined ? own : table.calledFrom(own, caller), ...next.callers]
    if (stack.length > STACK_DEPTH_MAX) throw invalidCapture(source, `a stack is deeper than ${STACK_DEPTH_MAX} frames`)
    if (selfBytes !== 0) samples.push({stack, values: [Math.round(selfBytes)]})
    const children = node.children === undefined ? [] : fields.array(node.children, 'node.children')
    for (const raw of children) waiting.push({raw, callers: next.isRoot ? [] : stack, isRoot: false})
  }
  const metadata = metadataOf(root)
  return {
    format: 'heapprofile',
    valueTypes: [{type: metadata?.kind === 'alloc' ? 'alloc_space' : 'inuse_space', unit: 'bytes'}],
    defaultValue: 0,
    functions: table.functions,
    samples,
    ...(metadata === undefined ? {} : {durationNs: metadata.durationNs, metadata}),
  }
}
