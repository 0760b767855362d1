import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'

/** The tour of README.md: the commands in its ```console blocks, in order, and how to put their output back. */
export interface TourBlock {
  readonly commands: readonly string[] // without the `$ `
  readonly outputs: readonly string[] // what stands below each
  readonly start: number // of the block's content in the text
  readonly end: number
}

const BLOCK = /```console\n([\s\S]*?)```/g

/** The blocks of a page, in order. */
export function tourBlocks(text: string): TourBlock[] {
  return [...text.matchAll(BLOCK)].map((match) => {
    const content = match[1] ?? ''
    const start = match.index + '```console\n'.length
    const commands = content.split('\n').flatMap((line) => (line.startsWith('$ ') ? [line.slice(2)] : []))
    const outputs = content.split(/^\$ .*\n/m).slice(1)
    return {commands, outputs, start, end: start + content.length}
  })
}

/** The words of a command line after `streambus`; single quotes keep blanks together. */
export function wordsOf(command: string): string[] {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '')
  if (words[0] !== 'streambus') throw new Error(`not a command of ours: ${command}`)
  return words.slice(1)
}

/** The page with the output of every block's commands put in anew. */
export async function rewriteBlocks(
  text: string,
  outputOf: (command: string, before: string) => Promise<string>,
): Promise<string> {
  let result = ''
  let at = 0
  for (const block of tourBlocks(text)) {
    const parts: string[] = []
    for (const [index, command] of block.commands.entries()) {
      const output = await outputOf(command, block.outputs[index] ?? '')
      parts.push(`$ ${command}\n${output.trimEnd()}\n`)
    }
    result += text.slice(at, block.start) + parts.join('\n')
    at = block.end
  }
  return result + text.slice(at)
}

/** Replaces the content of every block of the README and what stands after the machine's marker. */
export async function rewriteTour(
  root: string,
  machine: string,
  outputOf: (command: string, before: string) => Promise<string>,
): Promise<void> {
  const path = join(root, 'README.md')
  await writeFile(path, withMachine(await rewriteBlocks(await readFile(path, 'utf8'), outputOf), machine))
}

/** What stands after the marker of the machine that the page was written on. */
export function withMachine(text: string, machine: string): string {
  return text.replace(/<!-- tour:machine -->(\n\*[^\n]*\*)?/, `<!-- tour:machine -->\n*${machine}*`)
}
