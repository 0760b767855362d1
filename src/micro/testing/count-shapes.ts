import {allocationsPerOp} from '../count-allocations.ts'
import {type Shape, shapes} from './shapes.ts'

/** Counts the objects of each shape and tells its parent. */
const counts: Partial<Record<Shape, number>> = {}
for (const [name, shape] of Object.entries(shapes)) {
  const work = shape()
  await work.run(500_000)
  counts[name as Shape] = await allocationsPerOp(work, 10_000)
}
process.send?.(counts, () => process.disconnect?.())
