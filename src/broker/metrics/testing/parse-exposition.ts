/** A family as a scraper reads it. */
export interface ParsedFamily {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: ParsedSample[]
}

export interface ParsedSample {
  readonly name: string // with its suffix
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const NUMBER = /^(NaN|[+-]Inf|[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)$/

/**
 * Reads Prometheus's text format 0.0.4 by the letter of its description and throws at the first line that strays
 * from it: HELP and TYPE once and before the samples, a family's lines together, no sample twice, labels escaped,
 * numbers as Go's ParseFloat takes them, a newline at the end.
 */
export function parseExposition(text: string): Map<string, ParsedFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line must end with a newline')
  const families = new Map<string, ParsedFamily>()
  const seen = new Set<string>()
  let help: {name: string; text: string} | undefined
  let open: ParsedFamily | undefined
  for (const line of text.slice(0, -1).split('\n')) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (keyword === 'HELP') {
      if (!new RegExp(`^${NAME}$`).test(name) || families.has(name)) throw new Error(`bad or second HELP: ${line}`)
      if (/\\(?![\\n])/.test(rest)) throw new Error(`a lone backslash: ${line}`)
      help = {name, text: rest}
    } else if (keyword === 'TYPE') {
      if (help?.name !== name) throw new Error(`TYPE without its HELP before it: ${line}`)
      if (!/^(counter|gauge|histogram|summary)$/.test(rest)) throw new Error(`no such type: ${line}`)
      open = {name, type: rest, help: help.text, samples: []}
      families.set(name, open)
    } else {
      const sample = parseSample(line)
      if (open === undefined || !belongsTo(sample.name, open)) throw new Error(`a sample outside its family: ${line}`)
      const identity = JSON.stringify([sample.name, Object.entries(sample.labels).sort()])
      if (seen.has(identity)) throw new Error(`a sample twice: ${line}`)
      seen.add(identity)
      open.samples.push(sample)
    }
  }
  return families
}

function belongsTo(name: string, {name: family, type}: ParsedFamily): boolean {
  const suffix = name.startsWith(family) ? name.slice(family.length) : undefined
  if (type === 'histogram') return suffix === '_bucket' || suffix === '_sum' || suffix === '_count'
  if (type === 'summary') return suffix === '' || suffix === '_sum' || suffix === '_count'
  return suffix === ''
}

function parseSample(line: string): ParsedSample {
  const head = new RegExp(`^(${NAME})(\\{)?`).exec(line)
  if (head === null) throw new Error(`no sample: ${line}`)
  const labels: Record<string, string> = {}
  let rest = line.slice(head[0].length)
  if (head[2] === '{') {
    const pair = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(,|\})/
    for (let end = ','; end === ','; ) {
      const found = pair.exec(rest)
      if (found === null || found[1]! in labels) throw new Error(`a bad label: ${line}`)
      labels[found[1]!] = found[2]!.replace(/\\(["\\n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
      rest = rest.slice(found[0].length)
      end = found[3]!
    }
  }
  if (!rest.startsWith(' ') || !NUMBER.test(rest.slice(1))) throw new Error(`a bad value: ${line}`)
  const value = Number(rest.slice(1).replace('Inf', 'Infinity'))
  return {name: head[1]!, labels, value}
}
