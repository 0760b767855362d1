import {execFileSync, spawnSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {streambusDriver} from '../../src/drivers/streambus/driver.ts'
import type {Results} from '../../src/model/results.ts'
import {runCli} from '../cli/run-cli.ts'

// A real StreamBus that is already running: STREAMBUS_INTEROP=host:port. It cannot be had from a registry.
const address = process.env.STREAMBUS_INTEROP ?? ''
const benchstat = process.env.STREAMBUS_BENCHSTAT ?? 'benchstat'
const hasBenchstat = spawnSync(benchstat, ['-h'], {stdio: 'ignore'}).error === undefined

describe.skipIf(address === '')('a real StreamBus', () => {
  let cwd = ''
  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), 'streambus-interop-'))
  })
  afterAll(() => rmSync(cwd, {recursive: true, force: true}))
  const phases = ['--duration', '2s', '--warmup', '500ms']
  const short = [...phases, '--count', '2', '--message-size', '1024']
  const read = (path: string) => JSON.parse(readFileSync(join(cwd, path), 'utf8')) as Results

  test('answers the driver: topics, offsets, messages in order', async () => {
    const [host = '', port] = address.split(':')
    const options = {host, port: Number(port), nowNs: () => performance.now() * 1e6}
    const session = await streambusDriver.connect({...options, connectTimeoutMs: 5000, requestTimeoutMs: 5000})
    const topic = `streambus-interop-${process.pid}-${Date.now().toString(36)}`
    try {
      expect((await session.ping()).status).toBe('healthy')
      await session.createTopic(topic, 2)
      await expect(session.createTopic(topic, 2)).rejects.toMatchObject({code: 'SB_REQUEST_REFUSED'})
      const producer = await session.openProducer(topic, 1)
      const batch = producer.allocate(10, 32)
      batch.count = 10
      for (let index = 0; index < 10; index += 1) batch.view.setUint32(batch.valueStart[index] ?? 0, index)
      const error = await new Promise((resolve) => producer.sendBatch(batch, (_, problem) => resolve(problem)))
      expect(error).toBeUndefined()
      expect(await session.offsetsOf(topic, 1)).toEqual({start: 0, end: 10})
      const seen: number[] = []
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`only ${seen.length} of 10 messages came`)), 10_000)
        const onBatch = (arrived: {count: number; view: DataView; valueStart: Uint32Array}) => {
          for (let index = 0; index < arrived.count; index += 1) {
            seen.push(arrived.view.getUint32(arrived.valueStart[index] ?? 0))
          }
          if (seen.length < 10) return
          clearTimeout(timer)
          resolve()
        }
        session.openConsumer({topic, partitions: [1], startOffset: 0, onBatch}).catch(reject)
      })
      expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      await session.deleteTopic(topic)
    } finally {
      await session.close()
    }
  })

  test.each(['gzip', 'snappy', 'lz4', 'zstd'])(
    'takes values packed by %s as they are, and our consumers unpack them',
    async (codec) => {
      const target = ['--target', `streambus://${address}`, '--consumers', '1', '--compressibility', '0.6']
      const settings = [
        '--compression',
        codec,
        '--set',
        'consumer.max_poll_records=50',
        '--set',
        'producer.batch_timeout=5ms',
      ]
      const args = [
        'bench',
        'throughput',
        ...phases,
        '--count',
        '1',
        '--message-size',
        '1024',
        ...target,
        ...settings,
        '--output',
        `${codec}.json`,
      ]
      const {exitCode, stderr} = await runCli(args, {cwd, timeoutMs: 100_000})
      expect([0, 4], stderr).toContain(exitCode)
      const {workload, samples} = read(`${codec}.json`).benchmarks[0]!
      expect(workload.client).toEqual({compression: codec, pollMessagesMax: 50, batchTimeoutNs: 5e6})
      for (const {counters, packed} of samples) {
        expect(counters).toMatchObject({received: counters.acked, lost: 0, duplicated: 0, reordered: 0, errors: 0})
        expect(packed!.wireBytes / packed!.rawBytes).toBeLessThan(0.6)
      }
    },
  )

  test('is not asked for acks that it does not know', async () => {
    for (const acks of ['none', 'synced']) {
      const args = ['bench', 'throughput', ...short, '--target', `streambus://${address}`, '--acks', acks]
      const {exitCode, stderr} = await runCli(args, {cwd})
      expect(exitCode).toBe(2)
      expect(stderr).toContain(`cannot do acks ${acks}`)
    }
  })

  test('waits for enough to read, although the broker does not', async () => {
    const patient = ['--set', 'consumer.fetch_min_bytes=4KiB', '--set', 'consumer.fetch_max_wait=300ms']
    const args = ['load', '--target-rate', '100', '--batch-size', '1', '--size', '100', ...phases, '--count', '1']
    const target = ['--target', `streambus://${address}`]
    await runCli([...args, ...target, ...patient, '--output', 'patient.json'], {cwd, timeoutMs: 100_000})
    const sample = read('patient.json').benchmarks[0]!.samples[0]!
    expect(sample.counters).toMatchObject({received: 200, lost: 0})
    expect(sample.times.endToEndTime!.p50Ns).toBeGreaterThan(80e6) // 30 of 41 messages a wait: half of them wait that long
  })

  test('throughput against it and against ours: analyze, compare and benchstat read both', async () => {
    const ours = ['--set', 'storage.retention.bytes=256MiB', '--set', 'storage.wal.segment_size=64MiB']
    const theirs = ['--target', `streambus://${address}`]
    for (const [name, target] of [
      ['ours', ours],
      ['theirs', theirs],
    ] as const) {
      const args = ['bench', 'throughput', ...short, ...target, '--consumers', '1', '--output', `${name}.json`]
      const {exitCode, stderr} = await runCli(args, {cwd, timeoutMs: 100_000})
      expect(exitCode, stderr).toBe(0)
      for (const sample of read(`${name}.json`).benchmarks[0]?.samples ?? []) {
        expect(sample.counters.received).toBeGreaterThan(0)
        expect(sample.counters).toMatchObject({lost: 0, duplicated: 0, reordered: 0, errors: 0, unfinished: 0})
      }
      expect([0, 1]).toContain((await runCli(['analyze', `${name}.json`], {cwd})).exitCode)
    }
    const compared = await runCli(['compare', 'theirs=theirs.json', 'ours=ours.json', '--ignore', 'target'], {cwd})
    expect(compared.exitCode).toBe(0)
    expect(compared.stdout).toContain('vs base')
    if (!hasBenchstat) return
    const text = await runCli(['bench', 'throughput', ...short, ...theirs, '--format', 'gobench'], {
      cwd,
      timeoutMs: 100_000,
    })
    writeFileSync(join(cwd, 'theirs.txt'), text.stdout)
    const table = execFileSync(benchstat, ['theirs.txt'], {cwd, encoding: 'utf8'})
    expect(table).toContain('ProduceThroughput/size=1024/batch=100')
    expect(table).toContain('msgs/s')
  })

  test('latency in an open loop keeps its schedule through its stalls', async () => {
    const args = ['bench', 'latency', ...short, '--target', `streambus://${address}`, '--target-rate', '1k/s']
    const {exitCode, stderr} = await runCli([...args, '--output', 'latency.json'], {cwd, timeoutMs: 100_000})
    expect([0, 4], stderr).toContain(exitCode) // 4: this machine was too busy to keep the schedule, and says so
    for (const sample of read('latency.json').benchmarks[0]?.samples ?? []) {
      expect(sample.counters).toMatchObject({scheduled: 2000, acked: 2000, lost: 0, duplicated: 0})
    }
  })
})
