import {formatDurationNs, formatThreeDigits} from '../../base/units.ts'
import type {HostSeen} from '../../model/sample.ts'
import {median} from '../../stats/quantile.ts'
import {sortSamples} from '../../stats/sorted-samples.ts'
import type {Rule} from '../rule.ts'

type Share = 'stealShare' | 'otherShare' | 'pressureIoShare' | 'pressureMemoryShare'

const words: Record<Share, string> = {
  stealShare: 'of the CPU time was taken by other guests of the hypervisor',
  otherShare: 'of a core was used by something else on this machine',
  pressureIoShare: 'of the time something waited for the disk',
  pressureMemoryShare: 'of the time something waited for memory',
}

/** A sample that the host spoilt is invalid already; this speaks of those that count and were disturbed all the same. */
export const hostDisturbed: Rule = {
  id: 'host-disturbed',
  summary: 'Something else on the machine took its share while it was measured.',
  check({usable}, thresholds) {
    const hosts = usable.flatMap(({host}) => host ?? [])
    const limits: Record<Share, number> = {
      stealShare: thresholds['steal-max'],
      otherShare: thresholds['other-cpu-max'],
      pressureIoShare: thresholds['io-pressure-max'],
      pressureMemoryShare: thresholds['memory-pressure-max'],
    }
    const found = (Object.keys(words) as Share[]).flatMap((name) => {
      const share = medianOf(hosts, (host) => host[name])
      return share !== undefined && share > limits[name] ? [{name, share}] : []
    })
    const hiccupNs = medianOf(hosts, hiccupP99Ns) ?? 0
    const isHiccuping = hiccupNs > thresholds['hiccup-p99-max']
    if (found.length === 0 && !isHiccuping) return undefined
    const shares = found.map(({name, share}) => `${formatThreeDigits(share * 100)} % ${words[name]}`)
    const hiccups = isHiccuping ? [`a thread that only slept was woken ${formatDurationNs(hiccupNs)} late at p99`] : []
    return {
      severity: 'warning',
      category: 'host',
      description: [...shares, ...hiccups].join('; '),
      impact: 'Tails and rates carry that; the same target on a quiet machine will look better.',
      suggestion:
        'Stop what else runs here, or measure from a machine of its own; compare only runs that met the same.',
      testIt: 'streambus bench latency --target-rate 1k/s',
      evidence: {...Object.fromEntries(found.map(({name, share}) => [name, share])), hiccupP99Ns: hiccupNs},
    }
  },
}

function hiccupP99Ns({hiccups}: HostSeen): number | undefined {
  const meanwhile = (hiccups ?? []).filter(({when}) => when === 'meanwhile').map(({p99Ns}) => p99Ns)
  return meanwhile.length === 0 ? undefined : Math.max(...meanwhile)
}

function medianOf(hosts: readonly HostSeen[], figure: (host: HostSeen) => number | undefined): number | undefined {
  const values = hosts.flatMap((host) => figure(host) ?? [])
  return values.length === 0 ? undefined : median(sortSamples(values))
}
