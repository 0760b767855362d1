import {type ChildProcess, execFile, spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {captureGo} from '../../src/capture/go-pprof.ts'
import {readCapture} from '../../src/captures/read-capture.ts'
import {toPprof} from '../../src/captures/to-pprof.ts'
import {topFunctions} from '../../src/captures/top.ts'

const run = promisify(execFile)
const hasGo = spawnSync('go', ['version'], {stdio: 'ignore'}).status === 0

/** Burns CPU in one function, makes garbage in another and keeps 8 MiB in a third; says where it listens. */
const PROGRAM = `package main

import (
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
)

var kept [][]byte
var sink []byte
var sum uint64

//go:noinline
func burn() { for i := uint64(0); i < 1e6; i++ { sum = sum*31 + i } }

//go:noinline
func churn() { for i := 0; i < 100; i++ { sink = make([]byte, 64<<10) } }

//go:noinline
func keep() { kept = append(kept, make([]byte, 8<<20)) }

func main() {
	keep()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil { panic(err) }
	fmt.Println(listener.Addr())
	go http.Serve(listener, nil)
	for { burn(); churn() }
}
`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streambus-go-'))
})
afterAll(() => rm(folder, {recursive: true, force: true}))

// Skipped where Go is not installed: these tests are about agreeing with Go itself.
describe.skipIf(!hasGo)('with Go', {timeout: 120_000}, () => {
  test.each([
    ['node.cpuprofile', ['205.25ms 50.04% 50.04%', 'allocate'], 'Type: cpu'],
    ['node.heapprofile', ['512.03kB 33.33% 33.33%', 'shift'], 'Type: inuse_space'],
    ['go-cpu.prof', ['2.30s 33.38% 33.38%', 'runtime.memmove'], 'Type: cpu'],
  ])('go tool pprof -top reads what we write of %s', async (name, [figures, functionName], type) => {
    const path = join(folder, `${name}.pb.gz`)
    const source = await readFile(new URL(`../../src/captures/fixtures/${name}`, import.meta.url))
    await writeFile(path, toPprof(readCapture(source, name)))
    const {stdout} = await run('go', ['tool', 'pprof', '-top', path])
    expect(stdout).toContain(type)
    const first = stdout.split('\n').find((line) => /^\s*\d\S*\s+\d\S*%/.test(line))
    expect(first).toContain(figures)
    expect(first).toContain(functionName)
  })

  describe('a running Go process', () => {
    let child: ChildProcess
    let url: string
    beforeAll(async () => {
      const source = join(folder, 'main.go')
      const binary = join(folder, 'busy')
      await writeFile(source, PROGRAM)
      await run('go', ['build', '-o', binary, source], {env: {...process.env, GO111MODULE: 'off'}})
      child = spawn(binary, {stdio: ['ignore', 'pipe', 'ignore']})
      const [line] = (await once(child.stdout!, 'data')) as [Buffer]
      url = `http://${line.toString().trim()}`
    }, 120_000)
    afterAll(async () => {
      if (child.exitCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    })

    const shareOf = (bytes: Uint8Array, type: string, functionName: string) => {
      const capture = readCapture(bytes, url)
      const index = capture.valueTypes.findIndex((value) => value.type === type)
      const top = topFunctions(capture, index, 1000)
      const row = top.rows.find(({name}) => name === functionName)
      return {share: (row?.cumulative ?? 0) / top.total, bytes: row?.cumulative ?? 0, capture}
    }

    test('cpu: the function that burns is found', async () => {
      const {bytes} = await captureGo({url, kind: 'cpu', seconds: 1})
      expect(shareOf(bytes, 'cpu', 'main.burn').share).toBeGreaterThan(0.1)
    })

    test('heap: what is kept is found, garbage is not', async () => {
      const {bytes} = await captureGo({url, kind: 'heap', seconds: 0})
      expect(shareOf(bytes, 'inuse_space', 'main.keep').bytes).toBe(8 << 20)
    })

    test('alloc: only what was allocated meanwhile, so nothing of what was kept before', async () => {
      const {bytes} = await captureGo({url, kind: 'alloc', seconds: 1})
      const churned = shareOf(bytes, 'alloc_space', 'main.churn')
      expect(churned.share).toBeGreaterThan(0.9)
      expect(churned.capture.durationNs).toBeGreaterThan(0.9e9)
      expect(shareOf(bytes, 'alloc_space', 'main.keep').bytes).toBe(0)
    })

    test('a second CPU capture is told to wait for the first', async () => {
      const first = captureGo({url, kind: 'cpu', seconds: 2})
      await new Promise((resolve) => setTimeout(resolve, 500))
      const second = captureGo({url, kind: 'cpu', seconds: 1})
      await expect(second).rejects.toMatchObject({hint: expect.stringContaining('one CPU capture at a time')})
      await first
    })
  })
})
