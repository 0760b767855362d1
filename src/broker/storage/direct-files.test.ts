import {mkdtemp, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {AlignedMemory, pageBytes} from './aligned-memory.ts'
import {DirectFiles} from './direct-files.ts'
import {type Files, readFully, writeFully} from './files.ts'
import {nodeFiles} from './node-files.ts'
import {SimulatedDisk} from './testing/simulated-disk.ts'

/** A disk that takes aligned calls only from what was opened for direct I/O, and keeps count of those that it got. */
class StrictDisk extends SimulatedDisk {
  readonly transfers: string[] = []
  readonly #direct = new Set<number>()

  override async open(path: string, mode: 'existing' | 'create', access?: 'direct'): Promise<number> {
    const handle = await super.open(path, mode)
    if (access === 'direct') this.#direct.add(handle)
    return handle
  }

  override write(...call: Parameters<SimulatedDisk['write']>): void {
    this.#check('write', call[0], call[1], call[2], call[3], call[4])
    super.write(...call)
  }

  override writeNow(...call: Parameters<SimulatedDisk['writeNow']>): number {
    this.#check('writeNow', ...call)
    return super.writeNow(...call)
  }

  override read(...call: Parameters<SimulatedDisk['read']>): void {
    this.#check('read', call[0], call[1], call[2], call[3], call[4])
    super.read(...call)
  }

  #check(kind: string, handle: number, buffer: Buffer, offset: number, length: number, position: number): void {
    if (!this.#direct.has(handle)) return
    this.transfers.push(`${kind} ${length} at ${position}`)
    expect([position % pageBytes, length % pageBytes, (buffer.byteOffset + offset) % pageBytes]).toEqual([0, 0, 0])
  }
}

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streambus-direct-'))
})
afterEach(() => rm(directory, {recursive: true, force: true}))

const pattern = (bytes: number) => Buffer.from(Uint8Array.from({length: bytes}, (_, at) => at * 7 + (at >>> 12)))
const systemError = (code: string) => Object.assign(new Error(code), {code})

async function content(files: Files, handle: number, bytes: number): Promise<Buffer> {
  const into = Buffer.alloc(bytes)
  return into.subarray(0, await readFully(files, handle, into, bytes, 0))
}

test('aligned calls go straight through; of an unaligned one the disk sees whole pages only', async () => {
  const disk = new StrictDisk()
  const memory = new AlignedMemory()
  const files = new DirectFiles(disk, memory)
  const handle = await files.open('/log/1.seg', 'create')
  const block = memory.allocate(8192)
  pattern(8192).copy(block.bytes)
  await writeFully(files, handle, block.bytes, 0)
  await writeFully(files, handle, Buffer.from('hello'), 4094) // over the boundary of two pages
  const expected = pattern(8192)
  expected.write('hello', 4094)
  expect(await content(files, handle, 8192)).toEqual(expected)
  expect(disk.transfers).toEqual(['write 8192 at 0', 'read 8192 at 0', 'write 8192 at 0', 'read 8192 at 0'])
  expect(files.writeNow(handle, pattern(4096), 0, 4096, 4096)).toBe(4096)
  expect(() => files.writeNow(handle, pattern(100), 0, 100, 0)).toThrow(RangeError)
  memory.release(block)
  expect(memory.bytes).toBe(0)
})

test('bytes come and go as without direct I/O, at any place and length', async () => {
  const disk = new StrictDisk()
  const files = new DirectFiles(disk, new AlignedMemory())
  const handle = await files.open('/log/1.seg', 'create')
  const model = Buffer.alloc(40_960)
  await writeFully(files, handle, model, 0)
  for (let step = 0; step < 60; step += 1) {
    const position = (step * 7919) % 30_000
    const bytes = pattern(1 + ((step * 1231) % 10_000))
    bytes.copy(model, position)
    await writeFully(files, handle, bytes, position)
    const into = Buffer.alloc(1 + ((step * 577) % 9000))
    expect(await readFully(files, handle, into, into.length, position)).toBe(into.length)
    expect(into.equals(model.subarray(position, position + into.length))).toBe(true)
  }
  expect(await content(files, handle, 50_000)).toEqual(model) // the end of the file
})

test('more than the bounce buffer holds, and several buffers at once', async () => {
  const disk = new StrictDisk()
  const files = new DirectFiles(disk, new AlignedMemory())
  const handle = await files.open('/log/1.seg', 'create')
  const bytes = pattern(2_500_000)
  await writeFully(files, handle, bytes, 0)
  const into = [Buffer.alloc(1_300_000), Buffer.alloc(100), Buffer.alloc(1_000_000)]
  const got = await new Promise<number>((resolve) => files.readInto(handle, into, 1000, (_, count) => resolve(count)))
  expect(got).toBe(2_300_100)
  expect(Buffer.concat(into).equals(bytes.subarray(1000, 2_301_100))).toBe(true)
})

test('other files than segments and tables go as they come', async () => {
  const disk = new StrictDisk()
  const files = new DirectFiles(disk, new AlignedMemory())
  await writeFully(files, await files.open('/MANIFEST', 'create'), Buffer.from('abc'), 0)
  expect(disk.contentOf('/MANIFEST').toString()).toBe('abc')
  expect(disk.transfers).toEqual([])
})

test.for(['create', 'write', 'read'] as const)(
  'a file system that refuses at %s ends the start, with what to do',
  async (kind) => {
    const disk = new StrictDisk()
    disk.fault = (call) => (call.kind === kind ? systemError('EINVAL') : undefined)
    await expect(new DirectFiles(disk, new AlignedMemory()).verify('/data/pool')).rejects.toMatchObject({
      code: 'SB_BROKER_START',
      message: expect.stringContaining('/data/pool'),
      hint: expect.stringContaining('storage.use_direct_io'),
    })
    expect(disk.paths()).toEqual([])
  },
)

test('another error than a refusal stays what it is', async () => {
  const disk = new StrictDisk()
  disk.fault = (call) => (call.kind === 'write' ? systemError('ENOSPC') : undefined)
  await expect(new DirectFiles(disk, new AlignedMemory()).verify('/data')).rejects.toMatchObject({code: 'ENOSPC'})
})

test('on the real disk: past the page cache where the file system takes it, else the clear error', async () => {
  const files = new DirectFiles(nodeFiles, new AlignedMemory())
  const refusal = await files.verify(directory).then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(await readdir(directory)).toEqual([])
  if (refusal !== undefined) {
    expect(refusal).toMatchObject({code: 'SB_BROKER_START'})
    return
  }
  const handle = await files.open(join(directory, '1.seg'), 'create')
  const bytes = pattern(100_000)
  await writeFully(files, handle, bytes, 0)
  const into = Buffer.alloc(50_000)
  await readFully(files, handle, into, 50_000, 12_345)
  expect(into.equals(bytes.subarray(12_345, 62_345))).toBe(true)
  await files.close(handle)
})
