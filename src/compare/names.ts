/** The parts of `Base/p1/k=v-8`. */
export interface BenchmarkName {
  readonly full: string
  readonly base: string // up to the first `/`
  readonly parts: readonly string[] // each with its `/`
  readonly suffix: string // `-8`, or empty
}

const cache = new Map<string, BenchmarkName>()
const CACHE_MAX = 10_000

/** Splits a benchmark's name (without the word Benchmark). The trailing `-DIGITS` is GOMAXPROCS. */
export function parseName(full: string): BenchmarkName {
  const known = cache.get(full)
  if (known !== undefined) return known
  if (cache.size >= CACHE_MAX) cache.clear()
  const suffix = /-\d+$/.exec(full)?.[0] ?? ''
  const [base, ...rest] = full.slice(0, full.length - suffix.length).split('/')
  const name = {full, base: base!, parts: rest.map((part) => `/${part}`), suffix}
  cache.set(full, name)
  return name
}

/** The value of `/key`: of the first part `/key=value`; for `/gomaxprocs`, the numeric suffix first. */
export function subName(name: BenchmarkName, key: string): string {
  if (key === '/gomaxprocs' && name.suffix !== '') return name.suffix.slice(1)
  return name.parts.find((part) => part.startsWith(`${key}=`))?.slice(key.length + 1) ?? ''
}

/** The full name without what other keys name: `.name` turns the base into `*`, `/k` drops its part. */
export function cutName(name: BenchmarkName, named: ReadonlySet<string>): string {
  const base = named.has('.name') ? '*' : name.base
  const parts = name.parts.filter((part) => !isNamed(part, named))
  return base + parts.join('') + (named.has('/gomaxprocs') ? '' : name.suffix)
}

function isNamed(part: string, named: ReadonlySet<string>): boolean {
  for (let split = part.indexOf('='); split > 0; split = part.indexOf('=', split + 1)) {
    if (named.has(part.slice(0, split))) return true
  }
  return false
}
