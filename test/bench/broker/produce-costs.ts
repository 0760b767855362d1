import type {MeasureHooks} from '../../../src/app/target-watch.ts'
import {formatBytes, formatDurationNs, formatThreeDigits} from '../../../src/base/units.ts'
import {type BrokerMetrics, metricNames, metricsAt} from '../live-broker.ts'

/** What groups and syncs were like over the measured phases, from /metrics at their starts and ends. */
export interface ProduceCosts {
  readonly hooks: MeasureHooks
  text(): string
}

interface Seen {
  readonly groups: number
  readonly groupBytes: number
  readonly batches: number
  readonly syncs: number
  readonly syncSec: number
}

function seenIn(metrics: BrokerMetrics): Seen {
  return {
    groups: metrics.sum(metricNames.groups),
    groupBytes: metrics.sum(metricNames.groupBytes),
    batches: metrics.sum(metricNames.produceRequests),
    syncs: metrics.sum(metricNames.syncs),
    syncSec: metrics.sum(metricNames.syncSeconds),
  }
}

export function readProduceCosts(): ProduceCosts {
  const spans: (readonly [Seen, Seen])[] = []
  let before: Seen | undefined
  let problem: unknown
  const read = async (httpPort: number | undefined): Promise<Seen | undefined> => {
    if (httpPort === undefined) return undefined
    return metricsAt(httpPort)
      .then(seenIn)
      .catch((error: unknown) => {
        problem = error
        return undefined
      })
  }
  return {
    hooks: {
      onMeasureStart: async ({embedded}) => {
        before = await read(embedded?.httpPort)
      },
      onMeasureEnd: async ({embedded}) => {
        const after = await read(embedded?.httpPort)
        if (before !== undefined && after !== undefined) spans.push([before, after])
        return []
      },
    },
    text: () => (spans.length === 0 ? `group size unknown: ${String(problem)}` : textOf(spans)),
  }
}

function textOf(spans: readonly (readonly [Seen, Seen])[]): string {
  const total = (of: (seen: Seen) => number) => spans.reduce((sum, [from, to]) => sum + of(to) - of(from), 0)
  const groups = total(({groups}) => groups)
  const bytes = formatBytes(total(({groupBytes}) => groupBytes) / groups)
  const batches = formatThreeDigits(total(({batches}) => batches) / groups)
  const sync = formatDurationNs((total(({syncSec}) => syncSec) * 1e9) / total(({syncs}) => syncs))
  return `a group holds ${batches} batches, ${bytes}; a sync takes ${sync}`
}
