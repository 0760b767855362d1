import {execFile, spawnSync} from 'node:child_process'
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pathToFileURL} from 'node:url'
import {promisify} from 'node:util'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {drawFlamegraph} from '../../src/app/draw-flamegraph.ts'
import {readCapture} from '../../src/captures/read-capture.ts'

const browser = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version'], {stdio: 'ignore'}).status === 0,
)

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--window-size=1400,900',
  '--virtual-time-budget=3000',
  '--dump-dom',
]

/**
 * The graph is a canvas, which a DOM does not show. So the page is told, before its own script runs,
 * to keep every text that is drawn, and to leave them in the document's body at the end.
 */
const SPY = `<script>
  const drawn = []
  const fillText = CanvasRenderingContext2D.prototype.fillText
  CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
    drawn.push(text)
    return fillText.call(this, text, ...rest)
  }
  addEventListener('error', (event) => drawn.push('error: ' + event.message))
  addEventListener('load', () => setTimeout(() => { document.body.dataset.drawn = drawn.join('|') }, 500))
</script>`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streambus-browser-'))
})
afterAll(() => rm(folder, {recursive: true, force: true}))

/** Draws the flame graph of a capture, opens it, and resolves with the texts on its canvas and the whole DOM. */
async function open(bytes: Uint8Array): Promise<{texts: string[]; dom: string}> {
  const path = join(folder, 'flamegraph.html')
  const capture = readCapture(bytes, 'the fixture')
  await drawFlamegraph(capture, capture.defaultValue, path, 'a </script> title')
  const page = await readFile(path, 'utf8')
  await writeFile(path, page.replace('<head>', `<head>${SPY}`))
  const profile = await mkdtemp(join(folder, 'profile-'))
  const url = pathToFileURL(path).href
  const {stdout} = await promisify(execFile)(browser!, [...FLAGS, `--user-data-dir=${profile}`, url], {
    maxBuffer: 64 * 1024 * 1024,
    timeout: 60_000,
  })
  const drawn = /data-drawn="([^"]*)"/.exec(stdout)?.[1] ?? ''
  return {texts: drawn.split('|'), dom: stdout}
}

const fixture = (name: string) => readFile(new URL(`../../src/captures/fixtures/${name}`, import.meta.url))

// Skipped where no Chromium is installed: whether a page draws can only be seen in a browser.
describe.skipIf(browser === undefined)('a flame graph in a browser', {timeout: 90_000}, () => {
  test('a CPU capture of Node: frames of every kind are drawn, garbage collection too', async () => {
    const {texts} = await open(await fixture('node.cpuprofile'))
    expect(texts).toContain('allocate /srv/app/burn.js:5')
    expect(texts).toContain('processImmediate node:internal/timers:438') // a core frame, hidden by 0x itself
    expect(texts).toContain('GC') // without width in 0x itself
    expect(texts.filter((text) => text.startsWith('error:'))).toEqual([])
  })

  test('heap and Go captures are drawn by the same page', async () => {
    const heap = await open(await fixture('node.heapprofile'))
    expect(heap.texts).toContain('shift node:internal/fixed_queue:109')
    const go = await open(await fixture('go-cpu.prof'))
    expect(go.texts).toContain('example.com/ring.(*Ring).Push example.com/ring/ring.go:12')
  })

  test('.ts and .cjs frames are drawn, and a hostile name stays text', async () => {
    const frame = (functionName: string, url: string) => ({
      functionName,
      scriptId: '1',
      url,
      lineNumber: 6,
      columnNumber: 0,
    })
    const attack = '</script><script>document.body.dataset.owned = 1</script><img src=x onerror=alert(1)>'
    const profile = {
      nodes: [
        {id: 1, callFrame: frame('(root)', ''), hitCount: 0, children: [2, 3, 4]},
        {id: 2, callFrame: frame('typed', 'file:///app/a.ts'), hitCount: 1},
        {id: 3, callFrame: frame('common', 'file:///app/b.cjs'), hitCount: 1},
        {id: 4, callFrame: frame(attack, 'file:///app/c.js'), hitCount: 1},
      ],
      startTime: 0,
      endTime: 3000,
      samples: [2, 3, 4],
      timeDeltas: [0, 1000, 1000],
    }
    const {texts, dom} = await open(Buffer.from(JSON.stringify(profile)))
    expect(texts).toContain('typed /app/a.ts:7')
    expect(texts).toContain('common /app/b.cjs:7')
    expect(dom).not.toContain('data-owned')
    expect(dom).not.toContain('<img src')
  })
})
