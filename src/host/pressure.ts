/**
 * Time in ns, since boot, in which at least one task (`some`) or every one that was not idle
 * (`full`) waited for a resource. Source: Documentation/accounting/psi.rst; totals are in us.
 */
export interface Pressure {
  readonly someNs: number
  readonly fullNs: number
}

/** From the text of /proc/pressure/* or of a group's *.pressure; undefined on one without the line `some`. */
export function parsePressure(text: string): Pressure | undefined {
  const some = totalOf(text, 'some')
  return some === undefined ? undefined : {someNs: some, fullNs: totalOf(text, 'full') ?? 0}
}

function totalOf(text: string, name: 'some' | 'full'): number | undefined {
  const found = new RegExp(`^${name} .*total=(\\d+)`, 'm').exec(text)
  return found === null ? undefined : Number(found[1]) * 1000
}
