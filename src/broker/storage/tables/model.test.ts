import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {type DiskCall, SimulatedDisk, systemError} from '../testing/simulated-disk.ts'
import {generationOf, NaiveIndex, type PlacedRun} from './testing/naive-index.ts'
import {OpenTables} from './testing/open-tables.ts'

// Random flushes, merges, deletions, freed segments, failures and restarts against a list of all runs. Levels are of
// 32 KiB, 320 KiB and so on, so that a few thousand runs reach the last one.

const runsMost = Number(process.env.STREAMBUS_TABLES_RUNS ?? 60)

interface Partition {
  readonly topicId: number
  readonly partition: number
}

const partition = fc.record({topicId: fc.integer({min: 1, max: 3}), partition: fc.integer({min: 0, max: 2})})
const operation = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('flush' as const),
      parts: fc.array(fc.record({of: partition, runs: fc.integer({min: 1, max: 400})}), {minLength: 1, maxLength: 4}),
      gap: fc.integer({min: 0, max: 3}),
    }),
  },
  {weight: 4, arbitrary: fc.record({kind: fc.constant('settle' as const)})},
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('find' as const),
      of: partition,
      at: fc.double({min: -0.1, max: 1.1, noNaN: true}),
      runsMax: fc.integer({min: 1, max: 500}),
    }),
  },
  {weight: 1, arbitrary: fc.record({kind: fc.constant('free' as const), segments: fc.integer({min: 1, max: 4})})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('delete' as const), topicId: fc.integer({min: 1, max: 3})})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('restart' as const), maxLevel: fc.integer({min: 1, max: 4})})},
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('fail' as const),
      call: fc.constantFrom('write', 'read', 'fdatasync', 'create', 'syncDirectory'),
      after: fc.nat({max: 20}),
    }),
  },
)

class Run {
  readonly disk = new SimulatedDisk()
  readonly tables = new OpenTables(this.disk)
  readonly naive = new NaiveIndex()
  readonly #next = new Map<string, number>()
  #segment = 1
  #position = 4096

  open(maxLevel: number) {
    return this.tables.open({
      compaction: {
        maxLevel,
        level0CompactionTrigger: 3,
        level0SlowdownTrigger: 8,
        level0StopTrigger: 12,
        level1Bytes: 32_768,
      },
      isTopicLive: (topicId) => !this.naive.deadTopics.has(topicId),
      isSegmentLive: (segment, generation) => {
        expect(generation).toBe(generationOf(segment))
        return segment >= this.naive.firstLiveSegment
      },
    })
  }

  /** Batches of the partitions alternate in the log. */
  async flush(parts: readonly {of: Partition; runs: number}[], gap: number): Promise<void> {
    const fresh: PlacedRun[] = []
    for (let round = 0; parts.some((part) => part.runs > round); round += 1) {
      for (const {of, runs} of parts) if (round < runs) fresh.push(this.#place(of, gap))
    }
    const live = fresh.filter((run) => !this.naive.deadTopics.has(run.topicId))
    await this.tables.flush(live)
    this.naive.runs.push(...live)
  }

  async find(of: Partition, at: number, runsMax: number): Promise<void> {
    const offset = Math.floor((this.#next.get(keyOf(of)) ?? 10) * at)
    const expected = this.naive.find(of.topicId, of.partition, offset)
    const found = await this.tables.store.find(of.topicId, of.partition, offset, runsMax)
    const live = found.filter((run) => this.naive.isLive(of.topicId, run.segment))
    expect(live).toEqual(expected.slice(0, live.length))
    if (found.length < runsMax) expect(live.length).toBe(expected.length)
  }

  async settle(): Promise<void> {
    this.tables.store.maybeCompact()
    await this.tables.store.settled()
  }

  free(segments: number): void {
    this.naive.firstLiveSegment = Math.min(this.#segment, this.naive.firstLiveSegment + segments)
    this.tables.store.dropBefore(this.naive.firstLiveSegment)
  }

  fail(kind: string, after: number): void {
    let left = after
    this.disk.fault = (call: DiskCall) => {
      if (call.kind !== kind || left < 0) return undefined
      left -= 1
      return left < 0 ? systemError('EIO', call.path) : undefined
    }
  }

  #place({topicId, partition}: Partition, gap: number): PlacedRun {
    const key = keyOf({topicId, partition})
    const baseOffset = (this.#next.get(key) ?? 0) + gap
    this.#next.set(key, baseOffset + 5)
    if (this.#position > 500_000) {
      this.#segment += 1
      this.#position = 4096
    }
    const bytes = 800
    const run = {
      topicId,
      partition,
      baseOffset,
      segment: this.#segment,
      generation: generationOf(this.#segment),
      position: this.#position,
      bytes,
    }
    this.#position += bytes
    return run
  }
}

const keyOf = ({topicId, partition}: Partition) => `${topicId}/${partition}`

test('finds what a list of all runs has, whatever was merged, freed, deleted, failed or restarted', async () => {
  let deepest = 0
  let failed = 0
  await fc.assert(
    fc.asyncProperty(fc.array(operation, {minLength: 5, maxLength: 80}), async (operations) => {
      const run = new Run()
      await run.open(4)
      for (const operation of operations) {
        switch (operation.kind) {
          case 'flush':
            // A failed flush stops the broker; here the runs are just not there.
            await run
              .flush(operation.parts, operation.gap)
              .catch((error: {code?: string}) => expect(error.code).toBe('EIO'))
            break
          case 'settle':
            await run.settle()
            break
          case 'find':
            await run.find(operation.of, operation.at, operation.runsMax).catch((error: {code?: string}) => {
              if (error.code !== 'EIO') throw error
            })
            break
          case 'free':
            run.free(operation.segments)
            break
          case 'delete':
            run.naive.deadTopics.add(operation.topicId)
            break
          case 'restart':
            run.disk.fault = () => undefined
            await run.tables.store.close()
            await run.open(operation.maxLevel)
            break
          case 'fail':
            run.fail(operation.call, operation.after)
            break
        }
      }
      run.disk.fault = () => undefined
      await run.settle()
      for (let topicId = 1; topicId <= 3; topicId += 1) {
        if (!run.naive.deadTopics.has(topicId)) await run.find({topicId, partition: 1}, 0, 1000)
      }
      const {store, failures} = run.tables
      for (const level of store.metas.map((meta) => meta.level)) deepest = Math.max(deepest, level)
      failed += failures.length
      for (const failure of failures) expect(failure).toMatchObject({code: 'EIO'})
      expect(run.disk.paths().length).toBeGreaterThanOrEqual(store.metas.length)
      await store.close()
    }),
    {numRuns: runsMost, seed: 20_261_123},
  )
  expect(deepest).toBeGreaterThanOrEqual(2) // or nothing of the above says much
  expect(failed).toBeGreaterThan(0)
}, 120_000)
