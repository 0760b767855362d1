import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {finishFlamegraph, flamegraphInput, flameTree} from '../captures/flamegraph.ts'
import type {Capture} from '../captures/model.ts'

/** Units that d3's tooltip can say after a number. */
const UNIT_NAMES: Readonly<Record<string, string>> = {nanoseconds: 'ns', count: 'samples'}

/**
 * Draws the flame graph of a capture through 0x into a self-contained HTML file at `path`. Takes
 * about a second. Throws SB_CAPTURE_FAILED when 0x did not draw.
 */
export async function drawFlamegraph(capture: Capture, valueIndex: number, path: string, title: string): Promise<void> {
  const tree = flameTree(capture, valueIndex)
  const folder = await mkdtemp(join(tmpdir(), 'streambus-flamegraph-'))
  try {
    const input = join(folder, 'input.cpuprofile')
    const output = join(folder, 'output.html')
    await writeFile(input, flamegraphInput(tree))
    const {default: visualize} = await import('0x') // takes 145 ms to load: only when a flame graph was asked for
    await visualize({visualizeCpuProfile: input, outputHtml: output, name: 'flamegraph', workingDir: folder})
    const unit = capture.valueTypes[valueIndex]!.unit
    await writeFile(path, finishFlamegraph(await readFile(output, 'utf8'), tree, UNIT_NAMES[unit] ?? unit, title))
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}
