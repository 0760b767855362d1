import type {Random} from '../../src/base/random.ts'

/** One call of benchstat: its arguments with one dash, as it takes them, and the files they name. */
export interface Invocation {
  readonly args: readonly string[]
  readonly files: Readonly<Record<string, string>>
  readonly stdin: string
}

/** Draws from lists, so that a sequence is the same for a seed. */
export class Draw {
  readonly random: Random

  constructor(random: Random) {
    this.random = random
  }

  chance(probability: number): boolean {
    return this.random() < probability
  }

  upTo(max: number): number {
    return Math.floor(this.random() * (max + 1))
  }

  one<T>(values: readonly T[]): T {
    return values[this.upTo(values.length - 1)]!
  }

  some<T>(values: readonly T[], max: number): T[] {
    return Array.from({length: 1 + this.upTo(max - 1)}, () => this.one(values))
  }
}

const bases = ['Encode', 'Decode', 'E2E', 'Ünï', 'A', '', 'a-b', 'Encode-2-3', 'Benchmark']
const parts = [
  '/size=1024',
  '/size=4k',
  '/size=1Ki',
  '/size=64',
  '/size=',
  '/k=v',
  '/k=w',
  '/text',
  '/k=v=2',
  '/',
  '/gomaxprocs=3',
]
const suffixes = ['', '', '-2', '-8', '-08', '-x', '-16']
const units = [
  ...['ns/op', 'ns/op', 'MB/s', 'B/op', 'allocs/op', 'msgs/s', 'p99-ns', 'user-ns/op', 'x', 'µ', 'ns', 'MB'],
  ...['ns*MB/s', 'op/ns', 'sec/op', 'B/s', '%', 'bytes', 'MB-ns', '*', 'ns/MB'],
]
const oddValues = [
  ...[
    '0',
    '-0',
    '-5',
    'inf',
    '+Inf',
    '-Infinity',
    'nan',
    'NaN',
    '+nan',
    '0x1p-2',
    '0X1.8P+1',
    '0x.8p0',
    '0x1',
    '1_000',
    '0x_1p0',
  ],
  ...[
    '1e308',
    '1e309',
    '1e-320',
    '1e-400',
    '.5',
    '5.',
    '.',
    '+7',
    '1e',
    'abc',
    '١٢',
    '1,5',
    '0b1',
    '0x1p99999',
    '0x1p-99999',
  ],
  ...[
    '123456789012345678901234567890',
    '4.9e-324',
    '2.2250738585072014e-308',
    '0x1.fffffffffffff8p1023',
    '1e+06',
    '0.0001',
    '999999.5',
  ],
]
const iterations = [
  '1',
  '100',
  '5000000',
  '0',
  '-3',
  '+4',
  '9223372036854775807',
  '9223372036854775808',
  '1.5',
  'x',
  '1_0',
  '0x1',
]
const keys = ['goos', 'goarch', 'pkg', 'note', 'cpu', 'k2', 'é', 'a-b', 'a.b', 'ǆx']
const configValues = [
  'linux',
  'darwin',
  'a',
  'b',
  'x y',
  'é',
  '10',
  '9',
  '4k',
  '',
  '1e2',
  'nan',
  ' lead',
  'tail ',
  '"q"',
]
const oddLines = [
  ...[
    'PASS',
    'ok  \tpkg\t1.2s',
    '',
    ' ',
    'coverage: 81% of statements',
    'panic: x',
    'Key: v',
    'key:v',
    'k K: v',
    ':',
    'a:',
    'a:\tb',
  ],
  ...[
    'BenchmarkAlone',
    'BenchmarkX ',
    'BenchmarkX 1',
    'BenchmarkX 1 2',
    'BenchmarkX 1 2 ns/op 3',
    'Benchmarking foo',
    'Benchmark',
    'Benchmark 1 2 x',
  ],
  ...[
    'BenchmarkX\u00a010\u20031 ns/op',
    'BenchmarkX\u008510 1 ns/op',
    ' BenchmarkX 1 2 x',
    '\ufeffBenchmarkX 1 2 x',
    'Unit',
    ' Unit x a=b',
    'Unit x',
    'Unit x =b',
    'Unit x ab',
  ],
  ...[
    'Unit ns/op assume=exact',
    'Unit sec/op assume=nothing',
    'Unit B/op better=higher',
    'Unit x better=lower better=higher',
    'Unit x a=b=c',
    'Unit\u00a0x assume=exact',
  ],
  ...[
    'BenchmarkX 1 5 ns/op 6 ns/op',
    'a\u0000b: c',
    'BenchmarkNul\u0000 1 2 x',
    'key: \u2028',
    'ſ: x',
    'ª: x',
    'BenchmarkX 1 2 \u0000',
    'key\u00a0: x',
  ],
]

/** A value near `base`, or an odd one. */
function value(draw: Draw, base: number, odd: number): string {
  if (draw.chance(odd)) return draw.one(oddValues)
  const spread = draw.one([0, 0.001, 0.02, 0.2])
  const raw = base * (1 + spread * (draw.random() - 0.5) * 2)
  return draw.chance(0.5) ? String(Math.round(raw)) : raw.toPrecision(3 + draw.upTo(10)).replace(/e\+/, 'e+')
}

/** A text as `go test -bench` might have printed, with some lines that it never would. */
export function randomText(draw: Draw): string {
  if (draw.chance(0.02)) return ''
  const odd = draw.one([0, 0, 0.01, 0.1])
  const names = draw
    .some(bases, 3)
    .map((base) => base + (draw.chance(0.7) ? draw.some(parts, 2).join('') : '') + draw.one(suffixes))
  const used = draw.some(units, 3)
  const scale = draw.one([1, 1, 1.02, 0.9, 2])
  const lines: string[] = []
  for (let count = draw.upTo(3); count > 0; count -= 1) lines.push(configLine(draw))
  const samples = draw.one([1, 3, 4, 5, 6, 10, 11, 26, 31])
  for (let sample = 0; sample < samples; sample += 1) {
    for (const name of names) {
      if (draw.chance(odd)) lines.push(draw.one(oddLines))
      if (draw.chance(0.02)) lines.push(configLine(draw))
      const pairs = used.map((unit, index) => `${value(draw, 10 ** (index * 3) * 12.3 * scale, odd)} ${unit}`)
      lines.push(
        `Benchmark${name}\t${draw.chance(odd) ? draw.one(iterations) : '100'}\t${pairs.join(draw.one(['\t', ' ', '  ']))}`,
      )
    }
  }
  if (draw.chance(0.03))
    lines.push(
      `BenchmarkLong 1 ${'2 x '.repeat(draw.one([5460, 16379, 16380, 16381, 20000]))}${draw.one(['', ' ', '  ', '   '])}`,
    )
  if (draw.chance(0.2)) lines.push(draw.one(oddLines))
  const end = draw.one(['\n', '\n', '\n', '\r\n'])
  // A byte order mark at the start we read over, and benchstat does not.
  return lines.join(end).replace(/^\uFEFF/, '') + (draw.chance(0.9) ? end : '')
}

function configLine(draw: Draw): string {
  return `${draw.one(keys)}: ${draw.one(configValues)}`
}

const fields = [
  '.config',
  '.fullname',
  '.name',
  '.file',
  '/size',
  '/k',
  '/gomaxprocs',
  'goos',
  'pkg',
  'note',
  'é',
  '"pkg"',
  '/text',
  'missing',
]
const badFields = ['.unit', '""', 'a:b', 'OR', '"x']
const orders = [
  '',
  '',
  '',
  '',
  '@alpha',
  '@num',
  '@first',
  '@(a b linux)',
  '@(1024 4k 64 1024)',
  '@("" a)',
  '@(Encode Decode)',
]
const badOrders = ['@x', '@', '@()', '@fixed', '@(', '@"num"', '@(a,b)']

export function randomProjection(draw: Draw): string {
  const count = draw.one([0, 1, 1, 1, 2, 3])
  const field = () =>
    draw.one(draw.chance(0.03) ? badFields : fields) + draw.one(draw.chance(0.03) ? badOrders : orders)
  return Array.from({length: count}, field).join(draw.one([',', ' ', ', ', ',', ' ,']))
}

const filterKeys = [
  '.name',
  '.fullname',
  '.file',
  '.unit',
  '/size',
  '/k',
  'goos',
  'pkg',
  'note',
  '"é"',
  '.unit',
  '.unit',
]
const filterValues = [
  'Encode',
  'ns/op',
  'sec/op',
  'MB/s',
  'B/s',
  '1024',
  '4k',
  'linux',
  'a',
  '""',
  '"x y"',
  '"\\u00e9"',
  '/^E/',
  '/op$/',
  '/(?i)encode/',
  '/[[:digit:]]+/',
  '/s|B/',
  '/./',
  '/\\//',
  '/[/]/',
  '/(\\/)/',
]
const badFilterParts = ['.config', '""', '"\\q"', '/(/', '*', '-x', '/a/b', '/]/', '/)/', ')']

export function randomFilter(draw: Draw, depth = 3): string {
  const kind = depth === 0 ? 0 : draw.upTo(7)
  const inner = () => randomFilter(draw, depth - 1)
  if (kind === 1) return `${inner()} ${inner()}`
  if (kind === 2) return `${inner()} AND ${inner()}`
  if (kind === 3) return `${inner()} OR ${inner()}`
  if (kind === 4) return `-${inner()}`
  if (kind === 5) return `(${inner()})`
  if (kind === 6 && draw.chance(0.3)) return '*'
  const key = draw.one(draw.chance(0.01) ? badFilterParts : filterKeys)
  const values = draw.some(draw.chance(0.02) ? badFilterParts : filterValues, 3)
  return draw.chance(0.2) ? `${key}:(${values.join(' OR ')})` : `${key}:${values[0]}`
}

const slips = [
  '',
  '(',
  ')',
  ':',
  '@',
  ',',
  '-',
  '*',
  '"',
  '/',
  '\\',
  ' ',
  '[',
  'é',
  '\u0001',
  '\u00a0',
  '\u2028',
  '\n',
  'AND',
  'OR ',
  '😀',
]

/** The query with one to three slips of the pen. */
export function broken(draw: Draw, query: string): string {
  const chars = [...query]
  for (let edits = draw.upTo(2); edits >= 0; edits -= 1)
    chars.splice(draw.upTo(chars.length), draw.upTo(1), draw.one(slips))
  return chars.join('')
}

/** A whole call of the current benchstat. */
export function randomInvocation(draw: Draw): Invocation {
  const args: string[] = []
  const query = (flag: string, make: () => string, probability: number) => {
    if (draw.chance(probability)) args.push(flag, draw.chance(0.05) ? broken(draw, make()) : make())
  }
  query('-filter', () => randomFilter(draw), 0.3)
  query('-table', () => randomProjection(draw), 0.2)
  query('-row', () => randomProjection(draw), 0.2)
  query('-col', () => randomProjection(draw), 0.3)
  query('-ignore', () => randomProjection(draw), 0.2)
  if (draw.chance(0.2))
    args.push('-alpha', draw.one(['0', '1', '0.001', '0.5', '0.05', '1.1', '-0.1', '0x1p-3', '0.01']))
  if (draw.chance(0.2))
    args.push('-confidence', draw.one(['0', '1', '0.5', '0.99', '0.8', '0.999', '1.5', '0.9', '0.98']))
  if (draw.chance(0.4)) args.push('-format', 'csv')
  return withInputs(draw, args)
}

/** A whole call of benchstat as it was before 2023. */
export function randomClassicInvocation(draw: Draw): Invocation {
  const args: string[] = []
  if (draw.chance(0.4)) args.push('-delta-test', draw.one(['utest', 'ttest', 'none', 'ttest']))
  if (draw.chance(0.2)) args.push('-alpha', draw.one(['0', '1', '0.001', '0.5', '0x1p-3']))
  if (draw.chance(0.4)) args.push('-geomean')
  if (draw.chance(0.3)) args.push('-csv')
  if (draw.chance(0.3)) args.push('-norange')
  if (draw.chance(0.4)) args.push('-sort', draw.one(['none', 'name', '-name', 'delta', '-delta']))
  if (draw.chance(0.3))
    args.push(
      '-split',
      draw.one(['', 'pkg', 'goos,note', 'size', 'name', 'gomaxprocs,pkg', 'sub1', 'k', 'missing', 'pkg,pkg', 'é']),
    )
  const files = randomFiles(draw)
  return {args: [...args, ...draw.some(Object.keys(files), 4)], files, stdin: ''}
}

function randomFiles(draw: Draw): Record<string, string> {
  const files: Record<string, string> = {}
  let text = randomText(draw)
  for (let index = draw.upTo(2); index >= 0; index -= 1) {
    files[draw.one(['old', 'new', 'dir/a', 'é', 'x.y', 'b']) + String(index) + draw.one(['', '.txt'])] = text
    // Much of the same in each, so that there is something to compare.
    text = draw.chance(0.7) ? nudged(draw, text) : randomText(draw)
  }
  return files
}

/** The same benchmarks with other figures, and now and then a line less. */
function nudged(draw: Draw, text: string): string {
  const factor = draw.one([1, 1.01, 1.5, 0.7])
  const lost = draw.one([0, 0, 0.1])
  return text
    .split('\n')
    .filter((line) => line === '' || !draw.chance(lost))
    .map((line) =>
      line.replace(/(?<=\t100\t.*?)\b(\d+(?:\.\d+)?)(?= |\t)/g, (digits) => (Number(digits) * factor).toPrecision(6)),
    )
    .join('\n')
}

function withInputs(draw: Draw, flags: readonly string[]): Invocation {
  const files = randomFiles(draw)
  const stdin = draw.chance(0.1) ? randomText(draw) : undefined
  const inputs = draw
    .some(Object.keys(files), 4)
    .map((path) => (draw.chance(0.3) ? `${draw.one(['O', 'N', '', 'é', 'a b'])}=${path}` : path))
  if (stdin !== undefined) inputs.push(draw.one(['-', 'in=-']))
  return {args: [...flags, ...inputs], files, stdin: stdin ?? ''}
}
